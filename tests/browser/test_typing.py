"""What somebody has typed or chosen stays, with the cursor, whatever others do meanwhile."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journey import URGENT, decide_for_customer_service, open_first
from tests.browser.test_live import claimed, write_note

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]

TYPED = "Half of what I want to say"
# How many drafts were on their way at once, and how many have been answered.
UNDERWAY = """
() => {
  const ask = window.fetch;
  let underway = 0;
  Object.assign(window, { most: 0, answered: 0 });
  window.fetch = (address, how) => {
    if (!String(address).endsWith("/draft/")) return ask(address, how);
    window.most = Math.max(window.most, ++underway);
    return ask(address, how).finally(() => (underway--, window.answered++));
  };
}
"""

# In one go, as nobody types on a page that is slow; and in the field that is there then.
TYPED_AND_SENT = """
(text) => {
  const field = document.getElementById("reply-body");
  field.focus();
  document.execCommand("insertText", false, text);
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true, cancelable: true }));
}
"""


def is_live(page: Page) -> None:
    expect(page.locator("[data-live]")).to_have_attribute("data-state", "live")


def type_half(page: Page, field: str) -> None:
    text = page.locator(field)
    text.press_sequentially(TYPED)
    text.evaluate("(field) => (field.setSelectionRange(4, 4), (window.typedIn = field))")


def is_undisturbed(page: Page, field: str) -> None:
    expect(page.locator(field)).to_have_value(TYPED)
    assert page.evaluate("document.activeElement === window.typedIn && window.typedIn.isConnected")
    assert page.evaluate("window.typedIn.selectionStart") == 4


def hears(page: Page, note: str) -> None:
    expect(page.locator("#conversation-side")).to_contain_text(note)


def test_a_decision_stays_as_it_was_begun_while_others_write_decide_and_claim(visit):
    page, other, third = visit("Triage owner"), visit("Manager"), visit("Triage owner")
    pk = open_first(page, "/inbox/needs-decision/")
    is_live(page)
    page.locator('.decision-form [value="public_response"]').check(force=True)
    page.locator("#id_priority").select_option("2")
    type_half(page, "#id_note")

    write_note(other, pk, "They called as well.")
    hears(page, "They called as well.")
    is_undisturbed(page, "#id_note")
    page.locator("#conversation-title").focus()
    write_note(other, pk, "And they wrote.")
    hears(page, "And they wrote.")
    page.locator("#id_note").focus()
    third.goto(f"/conversations/{pk}/")
    decide_for_customer_service(third)
    expect(page.locator("#conversation-side")).to_contain_text("In a department's queue")

    is_undisturbed(page, "#id_note")
    expect(page.locator("#id_priority")).to_have_value("2")
    expect(page.locator('.decision-form [value="public_response"]')).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#conversation-notice")).not_to_be_empty()
    is_undisturbed(page, "#id_note")


def test_an_answer_and_a_hand_over_stay_while_the_pen_is_taken(visit):
    _triage, page, pk = claimed(visit)
    lead = visit("Lead")
    page.locator("summary", has_text="Hand over").click()
    page.locator("#hand-over-taker").select_option(label="Carla Mendes")
    type_half(page, "#hand-over-note")

    write_note(lead, pk, "They called as well.")
    hears(page, "They called as well.")
    is_undisturbed(page, "#hand-over-note")
    expect(page.locator("#hand-over-taker option:checked")).to_have_text("Carla Mendes")
    page.locator("#hand-over-note").fill("")
    page.keyboard.press("Escape")
    expect(page.locator("summary", has_text="Hand over")).to_be_focused()

    type_half(page, "#reply-body")
    lead.goto(f"/conversations/{pk}/")
    lead.locator("summary", has_text="Take over").click()
    lead.locator("#take-over-reason").fill("Ida is ill.")
    lead.get_by_role("button", name="Take it over").click()

    expect(page.locator("#composer-notice")).to_have_text("Jonas Petri answers this conversation.")
    is_undisturbed(page, "#reply-body")


@pytest.mark.parametrize("field", ["#filter", "#search"])
def test_what_is_sought_stays_while_the_list_changes(visit, field):
    page, other = visit("Lead"), visit("Triage owner")
    pk = open_first(other, "/inbox/needs-decision/")
    page.goto("/inbox/department-customer-service/")
    is_live(page)
    number = page.locator("#queues a", has_text="Customer service")
    before = number.text_content()
    type_half(page, field)

    decide_for_customer_service(other, priority=URGENT)

    expect(page.locator("[data-list-news] a")).to_be_visible()
    expect(number).not_to_have_text(before)
    is_undisturbed(page, field)
    assert pk not in page.url


def open_clause(page: Page) -> str:
    page.goto("/policy/versions/")
    page.get_by_role("button", name="Begin a draft").or_(page.get_by_role("link", name="Edit the draft")).first.click()
    page.wait_for_url("**/policy/draft/")
    address = page.get_by_role("link", name=re.compile("^Edit clause")).first.get_attribute("href")
    page.goto(address)
    return address


def test_a_clause_that_is_saved_after_the_session_has_ended_waits_for_its_writer(visit):
    page = visit("Policy editor")
    open_clause(page)
    page.get_by_label("Text").fill(TYPED)
    other = page.context.new_page()
    other.goto("/accounts/logout/")
    other.get_by_role("button", name="Sign out").last.click()
    other.wait_for_url("**/accounts/login/")
    save = page.get_by_role("button", name="Save", exact=True).last

    save.click()
    expect(page.locator("#session")).to_contain_text("You are signed out")
    other.locator("button.menu-item", has_text="Manager").first.click()
    expect(other.locator("[data-live]")).to_be_visible()
    # It asks who is signed in now, and hears that it is somebody else.
    with page.expect_response(lambda answer: answer.request.method == "HEAD"):
        save.click()
    expect(page.locator("#session")).to_contain_text("You are signed out")
    expect(page.get_by_label("Text")).to_have_value(TYPED)
    other.goto("/accounts/logout/")
    other.get_by_role("button", name="Sign out").last.click()
    other.locator("button.menu-item", has_text="Policy editor").first.click()
    expect(other.locator("[data-live]")).to_be_visible()
    save.click()

    expect(page).to_have_url(re.compile("/policy/draft/(#.*)?$"))
    expect(page.locator("main")).to_contain_text(TYPED)
    expect(page.locator("#session")).to_be_empty()


def test_a_clause_of_the_draft_stays_while_another_editor_saves_it(visit):
    page, other = visit("Policy editor"), visit("Administrator")
    other.goto(open_clause(page))
    text = page.get_by_label("Text")
    text.fill(TYPED)
    theirs = other.get_by_label("Text")
    theirs.fill(f"{theirs.input_value()} Said otherwise.")
    other.get_by_role("button", name="Save", exact=True).last.click()
    other.wait_for_url("**/policy/draft/**")

    page.get_by_role("button", name="Save", exact=True).last.click()

    expect(page.locator("main")).to_contain_text("Somebody else wrote this clause a moment ago.")
    expect(text).to_have_value(TYPED)


def test_an_answer_that_is_sent_at_once_waits_for_nothing_and_does_not_come_back_as_a_draft(visit):
    def visit_where_saved_answers_never_come(role, **how):
        page = visit(role, **how)
        page.route("**/answers/*", lambda _route: None)
        return page

    _triage, responder, _pk = claimed(visit_where_saved_answers_never_come)
    drafts = []
    responder.on("request", lambda asked: drafts.append(asked.url) if asked.url.endswith("/draft/") else None)

    # Sooner than what is typed is saved as a draft, however slow the machine is.
    responder.evaluate(TYPED_AND_SENT, TYPED)

    expect(responder.locator("#thread")).to_contain_text(TYPED)
    expect(responder.locator("#reply-body")).to_have_value("")
    assert drafts == []


def test_what_is_typed_while_a_draft_is_on_its_way_is_saved_after_it(visit):
    _triage, page, _pk = claimed(visit)
    page.evaluate(UNDERWAY)
    held = []
    page.route("**/draft/", lambda route: route.continue_() if held else held.append(route))
    text = page.locator("#reply-body")
    with page.expect_request("**/draft/"):
        text.fill("Half")
        text.blur()
    text.fill(TYPED)
    text.blur()

    held[0].continue_()

    page.wait_for_function("() => window.answered === 2")
    assert page.evaluate("window.most") == 1


def test_what_waits_for_its_turn_is_saved_before_its_page_is_gone(visit):
    _triage, page, _pk = claimed(visit)
    page.evaluate(UNDERWAY)
    held = []
    page.route("**/draft/", lambda route: route.continue_() if held else held.append(route))
    text = page.locator("#reply-body")
    with page.expect_request("**/draft/"):
        text.fill("Half")
        text.blur()
    text.fill(TYPED)
    text.blur()

    with page.expect_request("**/draft/") as saved:
        page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    assert TYPED in saved.value.post_data
    assert page.evaluate("window.most") == 2


def test_who_looked_in_vain_has_not_seen_what_changes_after_it(visit):
    triage, page, pk = claimed(visit)
    type_half(page, "#reply-body")
    page.locator("#composer-notice").evaluate(
        "(place) => (place.innerHTML = '<p data-refusal>Changed. <a href=\"#\" data-look>Look at it</a></p>')"
    )
    address = f"**{page.locator('#thread').get_attribute('hx-get')}"
    earlier = []
    page.route(address, lambda route: route.abort() if earlier else earlier.append(route))
    with page.expect_request(address):
        page.evaluate("htmx.trigger('#thread', 'refresh')")
    # What was asked for before the look is given up, and not taken for it.
    with page.expect_event("requestfailed", lambda asked: "ERR_ABORTED" not in asked.failure):
        page.locator("[data-look]").click()
        earlier[0].continue_()
    page.unroute(address)

    write_note(triage, pk, "They called as well.")

    hears(page, "They called as well.")
    expect(page.locator("#composer-notice")).to_contain_text("Changed.")
