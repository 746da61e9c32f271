"""One piece of work of each role, from signing in to its end, without a mouse; the focus is always seen."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hearing import TAKES_NO_ANSWERS
from tests.browser.test_journey import open_first

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]

FOCUS = """() => {
    const active = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(active);
    const { top, bottom, left, right } = active.getBoundingClientRect();
    return {
        isBody: active === document.body,
        name: (active.ariaLabel ?? active.labels?.[0]?.textContent ?? active.textContent).trim().replace(/\\s+/g, " "),
        isOutlined: outlineStyle !== "none" && parseFloat(outlineWidth) > 1,
        isSeen: bottom > 0 && top < innerHeight && right > 0 && left < innerWidth,
    };
}"""
MOST_STEPS = 90


def reach(page: Page, name: str, *, key: str = "Tab") -> None:
    """Press Tab until what is called so has the focus; whatever has it on the way shows it, where one looks."""
    passed = []
    for _ in range(MOST_STEPS):
        page.keyboard.press(key)
        focus = page.evaluate(FOCUS)
        if focus["isBody"]:
            continue
        assert focus["isOutlined"], focus
        assert focus["isSeen"], focus
        if focus["name"].startswith(name):
            return
        passed.append(focus["name"])
    raise AssertionError(f"{name} is not reached by Tab: {passed}")


def command(page: Page, words: str) -> None:
    """Do what the palette offers first for these words."""
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog")
    expect(palette.get_by_role("combobox")).to_be_focused()
    page.keyboard.type(words)
    expect(palette.get_by_role("option").first).to_contain_text(re.compile(re.escape(words), re.IGNORECASE))
    page.keyboard.press("Enter")


def decide(page: Page, *, department: str = "Customer service", priority: str = "") -> str:
    """Give the first conversation that needs a decision and can be answered to a department; return which it was."""
    page.goto("/inbox/needs-decision/")
    for row in page.locator(".row-link").all_inner_texts():
        page.keyboard.press("j")
        if TAKES_NO_ANSWERS not in row:
            break
    page.keyboard.press("Enter")
    expect(page.locator("#conversation-title")).to_be_focused()
    pk = page.locator("article.conversation").get_attribute("data-conversation")
    page.keyboard.press("2")
    page.keyboard.press("t")
    expect(page.get_by_role("dialog", name="To which department?")).to_be_visible()
    page.keyboard.type(department)
    page.keyboard.press("Enter")
    if priority:
        reach(page, "Priority")
        page.keyboard.type(priority)
    page.keyboard.press("Control+Enter")
    departure, done = page.locator(".departure"), page.locator("#toast", has_text="Decided.")
    expect(departure.or_(done).first).to_be_visible()
    if departure.count():
        page.keyboard.press("1")
    expect(done).to_be_visible()
    return pk


def claim(page: Page, pk: str) -> None:
    page.goto(f"/inbox/department-customer-service/{pk}/")
    page.keyboard.press("c")
    expect(page.locator("#reply-body")).to_be_visible()
    expect(page.locator("#conversation-title")).to_be_focused()


def test_a_responder_answers_notes_and_closes(visit):
    pk = decide(visit("Triage owner"))
    page = visit("Responder")
    claim(page, pk)

    page.keyboard.press("r")
    page.keyboard.type("Thank you for telling us. We look into it.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message-ours", has_text="We look into it.")).to_be_visible()
    expect(page.locator("#conversation-title")).to_be_focused()

    command(page, "Write a note")
    expect(page.locator("#note-body")).to_be_focused()
    page.keyboard.type("Called them as well. @Car")
    offered = page.locator("[data-asking-found] button", has_text="Carla Mendes")
    expect(offered).to_be_visible()
    page.keyboard.press("Tab")
    expect(offered).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#note-body")).to_have_value("Called them as well. @Carla Mendes ")
    expect(page.locator("#note-ask option:checked")).to_have_text("Carla Mendes")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".note", has_text="Called them as well.")).to_be_visible()
    expect(page.locator("[data-keep=notes] > summary")).to_be_focused()

    expect(page.locator(".message-ours", has_text="We look into it.")).to_contain_text("Sent")
    command(page, "Close")
    reach(page, "Close it")
    page.keyboard.press("Enter")
    expect(page.locator("#conversation-side")).to_contain_text("Closed")
    expect(page.locator("#conversation-title")).to_be_focused()


def test_a_lead_takes_over_and_hands_on(visit):
    pk = decide(visit("Triage owner"))
    claim(visit("Responder"), pk)
    page = visit("Lead")
    page.goto(f"/inbox/department-customer-service/{pk}/")

    command(page, "Take over")
    reach(page, "Why?")
    page.keyboard.type("Ida is ill.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#conversation-side")).to_contain_text(re.compile(r"Holder\s*You"))
    expect(page.locator("#conversation-title")).to_be_focused()

    command(page, "Hand over")
    reach(page, "Whom do you ask?")
    page.keyboard.type("Carla")
    reach(page, "What should they know?")
    page.keyboard.type("They called twice.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#conversation-banners")).to_contain_text("You have asked Carla Mendes")
    command(page, "Withdraw")
    expect(page.locator("#conversation-banners")).not_to_contain_text("You have asked")
    expect(page.locator("#conversation-title")).to_be_focused()


def test_an_approver_approves(visit):
    triage = visit("Triage owner")
    pk = open_first(triage, "/inbox/needs-decision/")
    expect(triage.locator("#conversation-title")).to_be_focused()
    triage.locator('.decision-form [value="customer_service"]').check(force=True)
    triage.locator("#id_department").select_option(label="Customer service")
    triage.locator("summary", has_text="Needs approval by").click()
    triage.locator(".decision-approval input:visible").first.fill("Jonas Petri")
    triage.get_by_role("button", name=re.compile("Record the decision")).last.click()
    side = triage.locator("#conversation-side", has_text="In a department's queue")
    expect(triage.locator(".departure").or_(side).first).to_be_visible()
    if triage.locator(".departure").count():
        triage.keyboard.press("1")
    expect(side).to_be_visible()
    author = visit("Responder")
    claim(author, pk)
    author.keyboard.press("r")
    author.keyboard.type("We are sorry, and send you a new one.")
    author.keyboard.press("Control+Enter")
    expect(author.locator("#composer")).to_contain_text("Withdraw and change the text")

    page = visit("Lead")
    command(page, "Approvals")
    page.wait_for_url("**/approvals/")
    reach(page, "Ida Winther answers")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/approvals/\d+/"))
    reach(page, "Approve")
    page.keyboard.press("Enter")

    page.wait_for_url("**/approvals/")
    expect(author.locator("#composer")).to_contain_text("Approved")


def test_a_listener_takes_something_away(visit):
    page = visit("Listener")
    expect(page.locator("h1")).to_contain_text("listens")
    reach(page, "Take away")
    page.keyboard.press("Enter")
    # The form comes when it is asked for.
    expect(page.get_by_label("What should we remember?")).to_be_visible()
    reach(page, "What should we remember?")
    page.keyboard.type("They would pay for a child seat.")
    reach(page, "Write it down")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("They would pay for a child seat.")
    assert not page.evaluate(FOCUS)["isBody"]


def test_a_policy_editor_writes_a_clause(visit):
    page = visit("Policy editor")
    command(page, "Versions")
    page.wait_for_url("**/policy/versions/")
    reach(page, "Edit the draft" if page.get_by_text("Edit the draft").count() else "Begin a draft")
    page.keyboard.press("Enter")
    page.wait_for_url("**/policy/draft/")
    reach(page, "Add a clause")
    page.keyboard.press("Enter")
    page.wait_for_url("**/clauses/**")
    reach(page, "Title")
    page.keyboard.type("Child seats")
    reach(page, "Text")
    page.keyboard.type("We answer on the same day.")
    reach(page, "Save")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Child seats").last).to_be_visible()


def test_an_administrator_invites_somebody(visit):
    page = visit("Administrator")
    command(page, "People")
    page.wait_for_url("**/team/people/")
    reach(page, "Add a person")
    page.keyboard.press("Enter")
    page.wait_for_url("**/add/")
    reach(page, "Name")
    page.keyboard.type("Kim Larsen")
    reach(page, "E-mail address")
    page.keyboard.type("kim@tavolund.example")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Kim Larsen")


def test_a_manager_asks_for_another_period(visit):
    page = visit("Manager")
    expect(page.locator("h1")).to_have_text("Reports")
    reach(page, "Show")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/?**")
    reach(page, "The numbers")
    page.keyboard.press("Enter")
    expect(page.locator("details[open] table").first).to_be_visible()
