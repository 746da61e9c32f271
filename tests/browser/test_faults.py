import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.test_live import claimed

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]

CONVERSATIONS = "**/inbox/everything/*/"


def test_a_conversation_that_cannot_be_loaded_says_so_in_its_place_and_is_asked_for_again(visit):
    page = visit("Triage owner")
    page.goto("/inbox/everything/")
    page.route(CONVERSATIONS, lambda route: route.fulfill(status=500))
    page.locator(".row-link").nth(1).click()
    fault = page.locator("#conversation .region-fault")
    expect(fault).to_contain_text("This could not be shown")

    page.unroute(CONVERSATIONS)
    fault.get_by_role("button", name="Try again").click()

    expect(page.locator("#conversation .conversation")).to_be_visible()
    expect(fault).to_have_count(0)


def test_what_was_asked_for_offline_comes_with_the_connection(visit):
    page = visit("Triage owner")
    page.goto("/inbox/everything/")
    page.context.set_offline(True)
    page.locator(".row-link").nth(1).click()
    expect(page.locator("#conversation .region-fault")).to_contain_text("You are offline")

    page.context.set_offline(False)

    expect(page.locator("#conversation .conversation")).to_be_visible()


def test_a_page_of_an_older_release_opens_conversations_as_pages_of_the_newer(visit):
    page = visit("Triage owner")
    page.goto("/inbox/everything/")
    page.evaluate("window.isOld = true")
    page.route("**/js/draft*.js", lambda route: route.fulfill(status=404))

    page.locator(".row-link").nth(1).click()

    page.wait_for_function("() => !window.isOld")
    expect(page.locator("#conversation .conversation")).to_be_visible()


def test_a_phone_says_above_the_list_what_could_not_be_opened(visit):
    page = visit("Triage owner", size=PHONE)
    page.goto("/inbox/everything/")
    page.route(CONVERSATIONS, lambda route: route.fulfill(status=503))
    page.locator(".row-link").nth(1).click()
    fault = page.locator("#messages .region-fault")
    expect(fault).to_be_visible()

    page.unroute(CONVERSATIONS)
    fault.get_by_role("button", name="Try again").click()

    expect(page.locator("#conversation .conversation")).to_be_visible()
    expect(fault).to_have_count(0)


def test_a_refusal_that_stands_in_its_place_is_no_fault(visit):
    page = visit("Triage owner")
    page.goto("/inbox/needs-decision/")
    page.locator(".row-link").first.click()
    closing = page.locator("#conversation-header form[action*='/close/']")
    expect(closing).to_be_attached()
    refusal = "<p class='notice' data-refusal>Read and attest the policy in force before you close.</p>"
    page.route(re.compile("/close/"), lambda route: route.fulfill(status=403, content_type="text/html", body=refusal))

    closing.evaluate("(form) => ((form.noValidate = true), form.requestSubmit())")

    expect(page.locator("#conversation-notice")).to_contain_text("Read and attest the policy")
    expect(page.locator("#messages")).to_be_empty()


def test_a_draft_that_the_server_could_not_save_is_saved_without_another_key(visit):
    _triage, page, _pk = claimed(visit)
    page.route("**/draft/", lambda route: route.fulfill(status=503), times=1)

    page.locator("#reply-body").fill("We are sorry.")

    state = page.locator("[data-draft-state]")
    expect(state).to_have_attribute("data-state", "unsaved")
    expect(state).to_have_attribute("data-state", "saved")
