import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE
from tests.browser.test_journey import decide_for_customer_service, open_first

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(300)]

CLAUSE = "Bicycles that were lost on their way"
QUESTION = "Who answers about a lost bicycle?"

# The names in the pictures of what would move that reach over where the bands begin and end.
OVER_BANDS = """() => [...document.querySelectorAll(".picture:has(.flow)")].flatMap((picture) => {
  const boxes = (each) => [...picture.querySelectorAll(each)].map((one) => one.getBoundingClientRect());
  const ends = boxes(".flow-end");
  const begin = Math.min(...ends.map((end) => end.left)), finish = Math.max(...ends.map((end) => end.right));
  return boxes(".flow-name").filter((name) => name.right > begin && name.left < finish);
})"""


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).last.click()


def begin_a_draft(page: Page) -> int:
    page.goto("/policy/versions/")
    page.get_by_role("button", name="Begin a draft").or_(page.get_by_role("link", name="Edit the draft")).click()
    expect(page.locator("h1 + p")).to_contain_text("Draft of version")
    return int(re.search(r"version (\d+)", page.locator("h1 + p").inner_text())[1])


def write_a_clause(page: Page) -> str:
    page.get_by_role("link", name="Add a clause").first.click()
    page.get_by_label("Title").fill(CLAUSE)
    page.get_by_label("Text").fill("Whoever misses a bicycle hears from us on the same day.")
    save(page)
    heading = page.get_by_role("heading", name=CLAUSE)
    expect(heading).to_be_visible()
    return heading.inner_text().split(" ")[0]


def write_a_rule(page: Page, label: str) -> None:
    page.get_by_role("link", name=f"Add a rule to clause {label}", exact=True).click()
    page.get_by_label("Name of the rule").fill("Lost bicycle")
    page.get_by_label("Condition to add").select_option(label="Words or phrases")
    page.get_by_role("button", name="Add this condition").click()
    page.get_by_label("Words or phrases", exact=True).last.fill("bike\nbicycle")
    page.get_by_label("Tags").fill("lost bicycle")
    # What it would find is told while it is written.
    expect(page.locator("#rule-preview .rule-finds")).to_contain_text(re.compile(r"^[\d,]+ of the latest [\d,]+ conv"))
    expect(page.locator("#rule-preview .rule-examples a").first).to_be_visible()
    save(page)
    expect(page.locator(f'[id="clause-{label}"]')).to_contain_text("Lost bicycle")


def ask_a_question(page: Page, label: str) -> None:
    page.get_by_role("link", name="Edit grace and quiz").click()
    page.get_by_role("link", name="Edit how it is attested").click()
    # Nobody else who walks through the product at this time is held up.
    page.get_by_label("Days of grace").fill("30")
    save(page)
    page.get_by_role("link", name="Add a question").click()
    option = page.get_by_label("About the clause").locator("option", has_text=CLAUSE)
    page.get_by_label("About the clause").select_option(option.get_attribute("value"))
    page.get_by_label("Question").fill(QUESTION)
    page.get_by_label("Answer 1").fill("Customer service")
    page.get_by_label("Answer 2").fill("Nobody")
    page.get_by_label("The right one").select_option(label="Answer 1")
    save(page)
    expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()


def try_on_the_past(page: Page, number: int) -> None:
    page.goto(f"/policy/versions/{number}/trials/")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("region", name="In short")).to_be_visible(timeout=90_000)
    expect(page.locator("main")).to_contain_text("Lost bicycle")
    page.set_viewport_size(PHONE)
    assert page.evaluate(OVER_BANDS) == []
    page.set_viewport_size(WIDE)


def send_to_review(page: Page, reviewer: str) -> None:
    page.goto("/policy/draft/")
    people = page.get_by_label("Somebody else")
    people.select_option(people.locator("option", has_text=reviewer).get_attribute("value"))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".reviewer")).to_contain_text(reviewer)
    page.get_by_role("button", name="Send to review").click()
    expect(page.locator("h1 + p")).to_contain_text("is before its reviewers")


def comment_and_approve(page: Page, number: int, label: str) -> None:
    page.goto(f"/policy/versions/{number}/review/")
    clause = page.locator(f'[id="clause-{label}"]')
    clause.locator("summary", has_text=f"Comment on clause {label}").click()
    clause.get_by_label(f"Comment on clause {label}").fill("The same day is a promise. Good.")
    clause.locator("details[open] form").get_by_role("button").last.click()
    expect(page.locator(f'[id="clause-{label}"]')).to_contain_text("The same day is a promise. Good.")
    say(page)


def say(page: Page) -> None:
    page.get_by_label("I approve this version").check()
    page.get_by_role("button", name="Give your word").click()
    expect(page.locator("h1 + p")).to_contain_text("is approved by all its reviewers")


def publish(page: Page, number: int) -> None:
    page.goto(f"/policy/versions/{number}/review/")
    page.get_by_role("link", name="Put it in force now").click()
    page.get_by_role("button", name="Put it in force").click()
    expect(page.locator("#messages")).to_contain_text(f"Version {number} is in force.")


def attest(page: Page) -> None:
    page.goto("/policy/")
    expect(page.locator("main")).to_contain_text("It binds you otherwise than the version that you attested.")
    page.get_by_role("link", name=re.compile("I have read it: to 1 question")).click()
    question = page.get_by_role("group", name=QUESTION)
    question.get_by_label("Nobody").check()
    page.get_by_role("button", name="I have read it").click()
    expect(page.get_by_role("alert")).to_contain_text(CLAUSE)
    question.get_by_label("Customer service").check()
    page.get_by_role("button", name="I have read it").click()
    expect(page.locator("main")).to_contain_text("You attested it on")


def answer_under(owner: Page, number: int) -> None:
    attest(owner)
    open_first(owner, "/inbox/needs-decision/")
    decide_for_customer_service(owner)
    side = owner.locator("#conversation-side")
    expect(side).to_contain_text("In a department's queue")
    expect(side).to_contain_text(f"decided under policy version {number}")


def test_a_policy_goes_from_a_draft_to_a_decision_under_it(visit):
    editor = visit("Policy editor")
    number = begin_a_draft(editor)
    label = write_a_clause(editor)
    write_a_rule(editor, label)
    ask_a_question(editor, label)
    try_on_the_past(editor, number)
    send_to_review(editor, "Mette")

    comment_and_approve(visit("Manager"), number, label)
    publish(editor, number)

    answer_under(visit("Triage owner"), number)
