"""Going on to the next conversation before the server has answered, and what a refusal brings back."""

import re
from itertools import count

import pytest
from playwright.sync_api import expect

from tests.browser.hearing import await_rows, hand_over
from tests.browser.test_flow import begin, expect_another, open_one, wait_for_the_next
from tests.browser.test_live import await_quiet

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]

NUMBERS = count(1)
DECIDES = re.compile("/(decide|follow)/")


def hold_decisions(page, answer):
    """Keep decisions from the server; return those kept, and what lets ``answer`` deal with them."""
    held, is_released = [], False
    page.route(DECIDES, lambda route: route.continue_() if is_released else held.append(route))

    def release():
        nonlocal is_released
        is_released = True
        for route in held:
            answer(route)

    return held, release


@pytest.fixture
def begin_where_nothing_is_suggested(visit, running):
    """Open the first of four conversations that only this test has, of which the policy says nothing."""

    def begin_there():
        word = f"kite{next(NUMBERS)}"
        texts = [f"A {word} was seen above the bridge, on the {day}." for day in ("4th", "5th", "6th", "7th")]
        hand_over(visit, running, *({"external_id": text, "text": text, "author": "Ida Lund"} for text in texts))
        path = f"/inbox/needs-decision/?q={word}"
        await_rows(visit("Triage owner"), path, len(texts))
        page = begin(visit, path=path)
        expect(page.locator(".decision-form[data-suggested]")).to_have_count(0)
        await_quiet(page)
        return page

    return begin_there


def decide_and_go_on(page):
    """Decide with a note where the next one waits ready; return what was decided and what is open then."""
    pk = open_one(page)
    wait_for_the_next(page, pk)
    page.locator("#id_note").fill("Sounds tired.")
    with page.expect_request(DECIDES):
        page.keyboard.press("Control+Enter")
    return pk, expect_another(page, pk)


def test_the_next_one_is_shown_before_the_decision_is_answered(begin_where_nothing_is_suggested):
    page = begin_where_nothing_is_suggested()
    held, release = hold_decisions(page, lambda route: route.continue_())

    pk, following = decide_and_go_on(page)

    assert len(held) == 1
    expect(page.locator(f"#row-{pk}")).to_have_class(re.compile("is-done"))
    expect(page.locator("#toast .toast")).to_have_count(0)
    assert f"/{following}/" in page.url
    release()
    expect(page.locator("#toast")).to_contain_text("Decided.")
    assert open_one(page) == following
    page.keyboard.press("z")
    expect(page.locator("article.conversation")).to_have_attribute("data-conversation", pk)


def test_decisions_reach_the_server_in_the_order_in_which_they_were_made(begin_where_nothing_is_suggested):
    page = begin_where_nothing_is_suggested()
    held, release = hold_decisions(page, lambda route: route.continue_())
    first, second = decide_and_go_on(page)
    wait_for_the_next(page, second)
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    assert len(held) == 1
    assert open_one(page) == second
    # As when something happens to the conversation meanwhile.
    with page.expect_response(lambda answer: f"/{second}/" in answer.url):
        page.evaluate("htmx.trigger('#thread', 'refresh')")
    expect(page.locator("#thread.htmx-request")).to_have_count(0)

    release()

    expect_another(page, second)
    expect(page.locator("#toast")).to_contain_text("Decided.")
    for pk in (first, second):
        expect(page.locator(f"#row-{pk}")).to_have_class(re.compile("is-done|is-gone"))


def test_undo_before_the_answer_takes_back_what_was_done_last_sent_or_not(begin_where_nothing_is_suggested):
    page = begin_where_nothing_is_suggested()
    held, release = hold_decisions(page, lambda route: route.continue_())
    first, second = decide_and_go_on(page)
    wait_for_the_next(page, second)
    page.keyboard.press("Control+Enter")
    page.keyboard.press("z")
    page.keyboard.press("z")

    release()

    expect(page.locator("#toast")).to_contain_text("Your decision is taken back.")
    assert len(held) == 1
    assert open_one(page) == first
    for pk in (first, second):
        expect(page.locator(f"#row-{pk}")).not_to_have_class(re.compile("is-done|is-gone"))


def test_a_decision_that_is_refused_brings_its_conversation_back_as_it_was(begin_where_nothing_is_suggested):
    page = begin_where_nothing_is_suggested()
    pk = open_one(page)
    other = page.context.new_page()
    other.goto(f"/conversations/{pk}/")
    _held, release = hold_decisions(page, lambda route: route.continue_())
    pk, _following = decide_and_go_on(page)
    other.keyboard.press("Control+Enter")
    expect(other.locator("#toast")).to_contain_text("Decided.")
    other.close()

    release()

    expect(page.locator("article.conversation")).to_have_attribute("data-conversation", pk)
    expect(page.locator("#conversation-notice")).to_contain_text("Somebody has decided on, claimed or closed")
    expect(page.locator("#id_note")).to_have_value("Sounds tired.")
    expect(page.locator("#conversation-title")).to_be_focused()
    expect(page.locator(f"#row-{pk}")).not_to_have_class(re.compile("is-done"))
    assert f"/{pk}/" in page.url


def test_a_decision_that_nobody_answered_brings_it_back_and_is_made_again(begin_where_nothing_is_suggested):
    page = begin_where_nothing_is_suggested()
    _held, release = hold_decisions(page, lambda route: route.abort())
    pk, _following = decide_and_go_on(page)

    release()

    expect(page.locator("article.conversation")).to_have_attribute("data-conversation", pk)
    expect(page.locator("#messages")).to_contain_text("No answer came.")
    expect(page.locator("#id_note")).to_have_value("Sounds tired.")
    page.keyboard.press("Control+Enter")
    expect_another(page, pk)
    expect(page.locator("#toast")).to_contain_text("Decided.")


def test_a_fault_of_the_server_brings_the_conversation_back_and_says_so(begin_where_nothing_is_suggested):
    page = begin_where_nothing_is_suggested()
    _held, release = hold_decisions(page, lambda route: route.fulfill(status=503))
    pk, _following = decide_and_go_on(page)

    release()

    expect(page.locator("article.conversation")).to_have_attribute("data-conversation", pk)
    expect(page.locator("#messages")).to_contain_text("The server did not carry that out.")
    expect(page.locator("#id_note")).to_have_value("Sounds tired.")


def test_what_was_asked_before_a_fault_does_not_hide_it(begin_where_nothing_is_suggested):
    page = begin_where_nothing_is_suggested()
    asked = []
    page.route("**/decision-needs/", lambda route: asked.append(route))
    page.evaluate(
        "() => document.addEventListener('htmx:afterOnLoad', ({ target }) => (window.last = target.className))"
    )
    with page.expect_request("**/decision-needs/"):
        page.locator("#id_priority").select_option("2")
    page.route(DECIDES, lambda route: route.fulfill(status=503))
    page.keyboard.press("Control+Enter")
    fault = page.locator("#messages")
    expect(fault).to_contain_text("The server did not carry that out.")

    asked[0].continue_()

    page.wait_for_function("() => window.last?.includes('decision-needs')")
    expect(fault).to_contain_text("The server did not carry that out.")


def test_what_comes_late_for_what_was_left_does_not_take_its_form(begin_where_nothing_is_suggested):
    page = begin_where_nothing_is_suggested()
    pk = open_one(page)
    wait_for_the_next(page, pk)
    late = []
    page.route(re.compile(f"/{pk}/$"), lambda route: late.append(route))
    page.evaluate("window.htmx.trigger('#thread', 'refresh')")
    _held, release = hold_decisions(page, lambda route: route.fulfill(status=503))
    with page.expect_request(DECIDES):
        page.keyboard.press("Control+Enter")
    expect_another(page, pk)
    page.unroute(re.compile(f"/{pk}/$"))
    with page.expect_event("requestfinished", lambda request: request.url.endswith(f"/{pk}/")):
        late[0].continue_()

    release()

    expect(page.locator("article.conversation")).to_have_attribute("data-conversation", pk)
    page.keyboard.press("Control+Enter")
    expect_another(page, pk)
    expect(page.locator("#toast")).to_contain_text("Decided.")
    expect(page.locator("#messages")).to_be_empty()


def test_who_is_busy_with_the_next_one_is_told_of_a_refusal_and_not_torn_away(begin_where_nothing_is_suggested):
    page = begin_where_nothing_is_suggested()
    _held, release = hold_decisions(page, lambda route: route.fulfill(status=503))
    pk, following = decide_and_go_on(page)
    page.locator("#id_note").fill("Wants an answer.")

    release()

    expect(page.locator("#messages")).to_contain_text("What you did was not carried out. It is as you left it:")
    assert open_one(page) == following
    expect(page.locator("#id_note")).to_be_focused()
    page.locator("#messages a").click()
    expect(page.locator("article.conversation")).to_have_attribute("data-conversation", pk)
    expect(page.locator("#id_note")).to_have_value("Sounds tired.")
    page.locator("#conversation-title").click()
    page.keyboard.press("j")
    expect_another(page, pk)
    expect(page.locator("#id_note")).to_have_value("Wants an answer.")


def test_what_departs_from_what_is_suggested_waits_for_the_question(visit):
    page = begin(visit)
    while not page.locator(".decision-form[data-suggested~=priority]").count():
        pk = open_one(page)
        page.keyboard.press("j")
        expect_another(page, pk)
    pk = open_one(page)
    wait_for_the_next(page, pk)
    page.keyboard.press("2")
    page.locator("#id_priority option:not([selected])").first.evaluate("(option) => (option.selected = true)")
    shown = page.evaluate_handle("() => document.querySelector('article.conversation')")

    page.keyboard.press("Control+Enter")

    expect(page.locator(".departure")).to_be_focused()
    assert page.evaluate("(was) => was.isConnected", shown)
    assert open_one(page) == pk
