"""Conversation after conversation by keys alone, the way back, and the palettes."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]


def begin(visit, role="Triage owner", path="/inbox/needs-decision/", **how):
    page = visit(role, goes_on=True, **how)
    page.goto(path)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("article.conversation")).to_be_visible()
    return page


def open_one(page):
    return page.locator("article.conversation").get_attribute("data-conversation")


def expect_another(page, pk):
    """Wait until another conversation is open and ready for keys; return which."""
    expect(page.locator("article.conversation")).not_to_have_attribute("data-conversation", pk)
    expect(page.locator("#conversation-title")).to_be_focused()
    return open_one(page)


def wait_for_the_next(page, pk):
    """Wait until the one below is at hand, as it is since it was heard of last, before anybody asks for it."""
    page.wait_for_function(
        """(pk) => {
            const next = document.querySelector(`#row-${pk} ~ .row > .row-link`);
            const { [next.parentElement.dataset.conversation]: its = 0, all = 0 } = window.changedAt ?? {};
            return performance.getEntriesByName(next.href).at(-1)?.responseEnd > Math.max(its, all);
        }""",
        arg=pk,
    )


def record(page, pk):
    """Record what is filled in; where it departs from what is suggested, say why with a digit."""
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        """(pk) => document.querySelector(".departure")
            || document.querySelector("article.conversation").dataset.conversation !== pk""",
        arg=pk,
    )
    if page.locator(".departure").count():
        page.keyboard.press("3")
    return expect_another(page, pk)


def test_ten_conversations_are_decided_by_keys_alone(visit):
    page = begin(visit)
    decided = []

    for number in range(10):
        pk = open_one(page)
        decided.append(pk)
        if number % 2:
            page.keyboard.press("1")
            reasons = page.get_by_role("dialog", name="Why does nobody answer?")
            expect(reasons.or_(page.locator("#id_reason option:checked:not([value=''])"))).to_have_count(1)
            if reasons.count():
                page.keyboard.press("2")
                expect(reasons).to_have_count(0)
        else:
            page.keyboard.press("2")
            page.keyboard.press("t")
            expect(page.get_by_role("dialog", name="To which department?")).to_be_visible()
            page.keyboard.type("custo")
            page.keyboard.press("Enter")
        record(page, pk)

    assert len(set(decided)) == 10
    page.goto(f"/conversations/{decided[0]}/")
    expect(page.locator("#conversation-side")).to_contain_text("In a department's queue")
    page.goto(f"/conversations/{decided[1]}/")
    expect(page.locator("#conversation-side")).to_contain_text("Closed")


def test_what_was_done_last_is_undone_with_one_key(visit):
    page = begin(visit)
    pk = open_one(page)
    page.keyboard.press("2")
    following = record(page, pk)
    toast = page.locator("#toast")
    expect(toast).to_contain_text("Decided.")

    page.keyboard.press("z")

    expect(page.locator("article.conversation")).to_have_attribute("data-conversation", pk)
    expect(toast).to_contain_text("Your decision is taken back.")
    expect(page.locator("#conversation-side")).to_contain_text("Needs a decision")
    expect(page.locator(f"#row-{pk}")).not_to_have_class(re.compile("is-gone|is-done"))
    assert page.url.endswith(f"/{pk}/")
    page.keyboard.press("j")
    expect(page.locator("article.conversation")).to_have_attribute("data-conversation", following)


def test_what_the_reader_brings_back_is_no_news_in_another_tab(visit):
    page = begin(visit)
    pk = open_one(page)
    page.keyboard.press("2")
    record(page, pk)
    other = page.context.new_page()
    other.goto("/inbox/needs-decision/")
    expect(other.locator("[data-live]")).to_have_attribute("data-state", "live")
    expect(other.locator(f"#row-{pk}")).to_have_count(0)

    page.keyboard.press("z")

    expect(other.locator(f"#row-{pk}")).to_be_visible()
    expect(other.locator("[data-list-news] a")).to_be_hidden()
    other.close()


def test_the_next_one_is_there_before_it_is_asked_for(visit):
    page = begin(visit)
    first = open_one(page)
    wait_for_the_next(page, first)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("j")
    second = expect_another(page, first)
    assert [url for url in asked if url.endswith(f"/needs-decision/{second}/")] == []

    page.keyboard.press("k")

    assert expect_another(page, second) == first
    assert page.url.endswith(f"/{first}/")
    page.go_back()
    expect(page.locator("article.conversation")).to_have_attribute("data-conversation", second)


def test_who_asks_for_another_tab_gets_the_conversation_there(visit):
    page = visit("Triage owner")
    page.goto("/inbox/needs-decision/")

    with page.context.expect_page() as opened:
        page.locator(".row-link").first.click(modifiers=["ControlOrMeta"])

    expect(opened.value.locator("article.conversation")).to_be_visible()
    expect(page.locator("article.conversation")).to_have_count(0)


def test_what_was_begun_is_there_when_one_comes_back(visit):
    page = begin(visit)
    first = open_one(page)
    page.locator("#id_note").fill("Sounds tired.")
    page.keyboard.press("Escape")

    page.keyboard.press("j")
    second = expect_another(page, first)
    expect(page.locator("#id_note")).to_have_value("")
    page.keyboard.press("k")

    assert expect_another(page, second) == first
    expect(page.locator("#id_note")).to_have_value("Sounds tired.")


def test_the_palette_reaches_pages_lists_and_acts(visit):
    page = begin(visit)
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Go to anything, do anything")
    box = palette.get_by_role("combobox")
    expect(box).to_be_focused()

    box.fill("go to the dec")
    expect(palette.get_by_role("option")).to_have_count(0)
    box.fill("what do we do")
    page.keyboard.press("Enter")
    expect(page.locator(".decision-form [name=disposition]:checked")).to_be_focused()

    page.keyboard.press("Control+k")
    box.fill("everyth")
    expect(palette.get_by_role("option", name="Everything")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/everything/")
    page.keyboard.press("Control+k")
    expect(palette.get_by_role("group", name="Lately").get_by_role("option")).to_have_text(
        [re.compile("Everything"), re.compile("What do we do")][:1]
    )
    page.keyboard.press("Escape")
    expect(palette).to_have_count(0)


def test_a_changed_key_works_and_is_shown(visit):
    page = visit("Manager")
    page.goto("/account/keyboard/")
    page.get_by_label("Next conversation", exact=True).focus()
    page.keyboard.press("k")
    expect(page.locator("[data-key-said]")).to_contain_text("“k” is taken: Previous conversation.")
    page.keyboard.press("n")
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("#messages")).to_contain_text("Your keys were changed.")

    page.goto("/inbox/everything/")
    page.keyboard.press("n")
    expect(page.locator(".row-link").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".row-link").first).to_be_focused()
    expect(page.locator("#keys [data-key-of=next]")).to_have_text("n")

    page.goto("/account/keyboard/")
    page.get_by_role("button", name="As they came").click()
    expect(page.get_by_label("Next conversation", exact=True)).to_have_value("j")


def test_no_word_leaves_the_choices_of_a_decision_on_a_narrow_screen(visit):
    page = begin(visit)
    open_one(page)
    page.set_viewport_size({"width": 320, "height": 700})
    sentences = (
        "Als Kundenservice antworten",
        "Responder como atención al cliente",
        "Répondre en tant que service client",
    )

    for sentence in sentences:
        over = page.locator(".decision-form .choice").evaluate_all(
            """(boxes, text) => boxes.filter((box) => {
              box.querySelector(".choice-label").textContent = text;
              return box.scrollWidth > box.clientWidth;
            }).length""",
            sentence,
        )
        assert over == 0, sentence


def test_without_javascript_the_notice_undoes_and_everything_is_a_page(visit):
    page = visit("Triage owner", javascript=False)
    page.goto("/inbox/needs-decision/")
    page.locator(".row-link").nth(4).click()
    page.locator("#id_department").select_option(label="Customer service")
    page.get_by_role("button", name=re.compile("Record the decision")).last.click()
    departure, done = page.locator(".departure"), page.locator("#toast", has_text="Decided.")
    expect(departure.or_(done).first).to_be_visible()
    if departure.count():
        departure.locator("button").first.click()
    expect(done).to_be_visible()

    page.locator("#toast").get_by_role("button", name=re.compile("Undo")).click()

    expect(page.locator("#toast")).to_contain_text("Your decision is taken back.")
    page.locator("[data-palette]").click()
    expect(page.get_by_role("heading", name="Go to", exact=True)).to_be_visible()
    page.get_by_role("link", name="Urgent").click()
    expect(page.locator("#list-title")).to_have_text("Urgent")


def test_quick_presses_count_from_where_the_reader_is_going(visit):
    page = begin(visit, path="/inbox/everything/")
    places = """() => [...document.querySelectorAll("#inbox-list .row")].map((row) => row.dataset.conversation)"""
    began = page.evaluate(places).index(open_one(page))

    for _ in range(10):
        page.keyboard.press("j")

    page.wait_for_function(
        """(place) => document.querySelector("article.conversation").dataset.conversation
            === document.querySelectorAll("#inbox-list .row")[place].dataset.conversation""",
        arg=began + 10,
    )
    expect(page.locator("#conversation[aria-busy]")).to_have_count(0)
    assert page.evaluate(places).index(open_one(page)) == began + 10
