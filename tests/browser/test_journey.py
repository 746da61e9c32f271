import re

import pytest
from playwright.sync_api import expect

from tests.browser.hearing import TAKES_NO_ANSWERS

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]

URGENT = "1"


def open_first(page, path):
    """Open the first conversation of a list that can be answered; return its number."""
    page.goto(path)
    row = page.locator(".row-link").filter(has_not_text=TAKES_NO_ANSWERS).first
    pk = row.get_attribute("href").rstrip("/").split("/")[-1]
    row.click()
    expect(page.locator(f'article[data-conversation="{pk}"]')).to_be_visible()
    return pk


def decide_for_customer_service(page, *, priority=None):
    """Give what is open to a department; what is urgent stands at the head of its list, however long that is."""
    page.locator('.decision-form [value="customer_service"]').check(force=True)
    if priority is not None:
        page.locator("#id_priority").select_option(priority)
    page.locator("#id_department").select_option(label="Customer service")
    page.get_by_role("button", name=re.compile("Record the decision")).click()
    # Where the policy suggests something else, it asks once why.
    why = page.locator(".departure")
    assigned = page.locator("#conversation-side", has_text="In a department's queue")
    expect(why.or_(assigned)).to_be_visible()
    if why.is_visible():
        why.get_by_role("button").first.click()
        expect(assigned).to_be_visible()


def test_a_conversation_goes_from_decision_to_close_and_back(visit):
    triage = visit("Triage owner")
    pk = open_first(triage, "/inbox/needs-decision/")
    decide_for_customer_service(triage)
    expect(triage.locator("#conversation-side")).to_contain_text("In a department's queue")

    responder = visit("Responder")
    responder.goto(f"/conversations/{pk}/")
    responder.get_by_role("button", name=re.compile("^Claim")).click()
    composer = responder.locator("#reply-body")
    composer.fill("Thank you for telling us. Could you send us your order number in a private message?")
    expect(responder.locator('[data-draft-state] [data-when="saved"]')).to_be_visible()

    responder.reload()
    expect(composer).to_have_value(
        "Thank you for telling us. Could you send us your order number in a private message?"
    )

    responder.get_by_role("button", name=re.compile("^Send Ctrl|^Send$")).click()
    sent = responder.locator(".message-ours", has_text="Thank you for telling us.")
    expect(sent).to_contain_text("Sent")
    expect(responder.locator("#conversation-side")).to_contain_text("Waiting for the customer")

    responder.locator("summary", has_text="Close").first.click()
    responder.get_by_label("How did it end?").select_option("resolved")
    responder.get_by_role("button", name="Close it").click()
    expect(responder.locator("#conversation-side")).to_contain_text("Closed")

    responder.get_by_role("button", name="Reopen").click()
    expect(responder.locator("#conversation-side")).to_contain_text("In a department's queue")
    history = responder.locator("#conversation-side")
    expect(history).to_contain_text("decided under policy version")
    expect(history).to_contain_text("claimed the conversation.")
    expect(history).to_contain_text("closed the conversation: solved.")
    expect(history).to_contain_text("reopened the conversation.")


def test_the_same_works_without_javascript(visit):
    triage = visit("Triage owner", javascript=False)
    triage.goto("/inbox/needs-decision/")
    row = triage.locator(".row-link").nth(1)
    pk = row.get_attribute("href").rstrip("/").split("/")[-1]
    row.click()
    expect(triage.locator(f'article[data-conversation="{pk}"]')).to_be_visible()
    decide_for_customer_service(triage)
    expect(triage.locator("#toast")).to_contain_text("Decided.")

    responder = visit("Responder", javascript=False)
    responder.goto(f"/conversations/{pk}/")
    responder.get_by_role("button", name=re.compile("^Claim")).click()
    expect(responder.locator("#toast")).to_contain_text("You hold this conversation.")
    responder.locator("#reply-body").fill("We are looking into it.")
    responder.get_by_role("button", name=re.compile("Send and close")).click()
    expect(responder.locator("#toast")).to_contain_text("Until then you can take it back.")


def test_two_people_want_one_conversation_and_one_is_told_who_has_it(visit):
    triage = visit("Triage owner")
    pk = open_first(triage, "/inbox/needs-decision/")
    decide_for_customer_service(triage)
    expect(triage.locator("#conversation-side")).to_contain_text("In a department's queue")
    first, second = visit("Responder"), visit("Responder")
    # The second page is not told live: it must find out when it acts.
    second.route("**/live/?*", lambda route: route.abort())
    for page in (first, second):
        page.goto(f"/conversations/{pk}/")
    claim = second.get_by_role("button", name=re.compile("^Claim"))
    expect(claim).to_be_visible()

    first.get_by_role("button", name=re.compile("^Claim")).click()
    expect(first.locator("#reply-body")).to_be_visible()
    claim.click()

    expect(second.locator("article.conversation")).to_contain_text("holds this conversation")


def test_what_one_person_does_appears_on_the_page_of_another(visit):
    triage = visit("Triage owner")
    watcher = visit("Manager")
    pk = open_first(triage, "/inbox/needs-decision/")
    watcher.goto(f"/inbox/needs-decision/{pk}/")
    expect(watcher.locator("[data-live]")).to_have_attribute("data-state", "live")

    decide_for_customer_service(triage)

    expect(watcher.locator("#conversation-side")).to_contain_text("In a department's queue")


def test_the_inbox_is_worked_by_keyboard(visit):
    page = visit("Triage owner")
    page.goto("/inbox/needs-decision/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("article.conversation")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
