import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]


def open_last(page):
    """Open the newest one that needs a decision, beside what the other journeys take."""
    page.goto("/inbox/needs-decision/")
    # Further rows come in below it as soon as it is reached.
    pk = page.locator(".row-link").last.get_attribute("href").rstrip("/").split("/")[-1]
    page.locator(f"#row-{pk} > .row-link").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f'article[data-conversation="{pk}"]')).to_be_visible()
    return pk


def answer_all_anew(page):
    """Say "no danger", whether the machine has an opinion or not, and that it is about us."""
    given = page.locator('[data-guide] input[name="guide"]:not([value=""])')
    # Nobody waits for the first question to come in.
    for key in ("g", "n"):
        page.keyboard.press(key)
    expect(given).to_have_count(1)
    page.keyboard.press("Backspace")
    expect(given).to_have_count(0)
    expect(page.locator("[data-guide-now]")).to_be_focused()
    filled_in = page.locator(".guide-step", has_text="Is somebody in danger")
    if filled_in.count():
        filled_in.locator("summary").focus()
        page.keyboard.press("Enter")
    page.keyboard.press("n")
    expect(filled_in).to_contain_text("None of these")


def test_the_guide_is_walked_with_keys_to_a_decision(visit):
    page = visit("Triage owner")
    open_last(page)
    answer_all_anew(page)
    asked = page.locator(".guide-question legend")
    if asked.inner_text() == "Does a person speak about us?":
        page.keyboard.press("y")
    expect(asked).to_have_text("Does a customer need something done?")

    page.keyboard.press("p")
    expect(page.locator(".guide-question")).to_contain_text("The guide leads to: respond as customer service")
    expect(page.locator("[data-guide-now]")).to_be_focused()
    expect(page.locator('.decision-form [value="private"]')).to_be_checked()
    for key in ("Backspace", "n", "r"):
        page.keyboard.press(key)
    expect(page.locator(".guide-question")).to_contain_text("The guide leads to: do not respond")
    expect(page.locator('.decision-form [value="no_response"]')).to_be_checked()
    # In the guide a digit chooses nothing elsewhere.
    page.keyboard.press("3")
    expect(page.locator('.decision-form [value="no_response"]')).to_be_checked()

    page.keyboard.press("Control+Enter")
    why = page.locator(".departure")
    side = page.locator("#conversation-side")
    closed = side.get_by_text("Closed", exact=True)
    expect(why.or_(closed)).to_be_visible()
    if why.is_visible():
        page.keyboard.press("3")
    expect(closed).to_be_visible()
    side.locator(".walk > summary").first.click()
    expect(side.locator(".walk").first).to_contain_text("Is somebody in danger, or is the law or the press asking?")
    expect(side.locator(".walk").first).to_contain_text("Would an answer be worth it? No: it would feed a rant.")


def test_the_guide_is_walked_without_javascript(visit):
    page = visit("Triage owner", javascript=False)
    page.goto("/inbox/needs-decision/")
    page.locator(".row-link").last.click()
    page.locator("#id_note").fill("Sounds tired.")
    page.locator(".guide-summary").click()
    page.get_by_role("button", name="Walk through the questions").click()

    expect(page.locator(".guide-question")).to_be_visible()
    page.get_by_role("button", name=re.compile("None of these")).last.click()

    expect(page.locator(".guide-step", has_text="None of these")).to_have_count(1)
    expect(page.locator("#id_note")).to_have_value("Sounds tired.")
