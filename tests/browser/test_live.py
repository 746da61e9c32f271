"""Two people side by side, one browser with many tabs, lost connections and ended sessions."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.test_journey import URGENT, decide_for_customer_service, open_first

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(240)]

TYPED = "We are sorry. Could you send us the number of your order, please?"


def claimed(visit, *, size=None):
    """A responder holds a conversation and has begun to write; return both pages and its number."""
    triage = visit("Triage owner")
    pk = open_first(triage, "/inbox/needs-decision/")
    decide_for_customer_service(triage)
    expect(triage.locator("#conversation-side")).to_contain_text("In a department's queue")
    responder = visit("Responder", **({"size": size} if size else {}))
    responder.goto(f"/conversations/{pk}/")
    responder.get_by_role("button", name=re.compile("^Claim")).click()
    expect(responder.locator("#reply-body")).to_be_visible()
    expect(responder.locator("[data-live]")).to_have_attribute("data-state", "live")
    return triage, responder, pk


def type_half(page):
    text = page.locator("#reply-body")
    text.press_sequentially(TYPED, delay=5)
    text.evaluate("(field) => field.setSelectionRange(7, 7)")
    page.evaluate("window.typedIn = document.getElementById('reply-body')")
    return text


def is_undisturbed(page, text):
    expect(text).to_have_value(TYPED)
    assert page.evaluate("document.activeElement === window.typedIn && window.typedIn.isConnected")
    assert text.evaluate("(field) => field.selectionStart") == 7


def write_note(page, pk, words):
    page.goto(f"/conversations/{pk}/notes/")
    page.locator("#note-body").fill(words)
    page.get_by_role("button", name="Write the note").click()


def await_quiet(page):
    """Wait until nothing more is heard of what has just come in: what is at hand would be asked for again."""
    page.evaluate(
        """() => {
            window.changedAt = {};
            const hear = ({ detail }) => (window.changedAt[detail?.id ?? "all"] = window.heardAt = performance.now());
            for (const what of ["conversation", "reload", "policy", "sending"]) {
                document.addEventListener(`live:${what}`, hear);
            }
            window.heardAt = performance.now();
        }"""
    )
    page.wait_for_function("() => performance.now() - window.heardAt > 1500")


def test_what_is_typed_stays_while_others_act_on_the_conversation(visit):
    triage, responder, pk = claimed(visit)
    text = type_half(responder)

    write_note(triage, pk, "They wrote to us by mail as well.")

    expect(responder.locator("#conversation-side")).to_contain_text("They wrote to us by mail as well.")
    is_undisturbed(responder, text)


def test_those_who_look_at_one_conversation_see_each_other_and_who_writes(visit):
    triage, responder, pk = claimed(visit)
    triage.goto(f"/conversations/{pk}/")

    expect(responder.locator("#here")).to_contain_text("is here")
    expect(triage.locator("#here")).to_contain_text("is here")
    type_half(responder)
    expect(triage.locator("#here")).to_contain_text("is writing an answer")
    triage.goto("/inbox/needs-decision/")
    expect(responder.locator("#here")).to_be_empty()


def test_a_claim_by_somebody_else_shows_in_the_row(visit):
    triage = visit("Triage owner")
    pk = open_first(triage, "/inbox/needs-decision/")
    decide_for_customer_service(triage, priority=URGENT)
    watcher = visit("Manager")
    watcher.goto("/inbox/department-customer-service/")
    row = watcher.locator(f"#row-{pk}")
    expect(row).to_be_visible()
    expect(watcher.locator("[data-live]")).to_have_attribute("data-state", "live")

    responder = visit("Responder")
    responder.goto(f"/conversations/{pk}/")
    responder.get_by_role("button", name=re.compile("^Claim")).click()

    expect(row).to_have_class(re.compile("is-taken"))
    expect(row.locator(".row-owner")).not_to_be_empty()


def test_a_row_that_could_not_be_asked_for_is_true_again_with_the_connection(visit):
    triage = visit("Triage owner")
    pk = open_first(triage, "/inbox/needs-decision/")
    decide_for_customer_service(triage, priority=URGENT)
    watcher = visit("Manager")
    watcher.goto("/inbox/department-customer-service/")
    row = watcher.locator(f"#row-{pk}")
    row.locator(".row-link").focus()
    expect(watcher.locator("[data-live]")).to_have_attribute("data-state", "live")
    watcher.route(re.compile("/row/"), lambda route: route.abort())
    responder = visit("Responder")
    responder.goto(f"/conversations/{pk}/")
    with watcher.expect_event("requestfailed", lambda request: "/row/" in request.url):
        responder.get_by_role("button", name=re.compile("^Claim")).click()
    expect(responder.locator("#reply-body")).to_be_visible()
    expect(watcher.locator("#messages")).to_be_empty()

    watcher.context.set_offline(True)
    expect(watcher.locator("[data-live]")).to_have_attribute("data-state", "offline")
    # Looked at again while nothing comes through, and once more in vain when it does.
    with watcher.expect_event("requestfailed", lambda request: "/places/" in request.url):
        watcher.evaluate("document.dispatchEvent(new CustomEvent('live:reload'))")
    watcher.route(re.compile("/places/"), lambda route: route.fulfill(status=503), times=1)
    with watcher.expect_response(lambda response: response.status == 503 and "/places/" in response.url):
        watcher.context.set_offline(False)

    expect(row.locator(".row-owner")).to_contain_text("Ida")
    expect(row.locator(".row-link")).to_be_focused()


# Let a page hear that somebody else has claimed conversations.
HEAR = """
(ids) => {
  for (const id of ids) {
    const detail = { id: Number(id), kinds: ["claimed"], by: [], isMine: false };
    document.dispatchEvent(new CustomEvent("live:conversation", { detail, cancelable: true }));
  }
}
"""


def rows_of(page):
    page.goto("/inbox/everything/")
    return page.locator("#inbox-list .row").evaluate_all("(rows) => rows.map((row) => row.dataset.conversation)")


def test_of_many_rows_that_change_at_once_each_is_renewed(visit):
    page = visit("Manager")
    numbers = rows_of(page)[:4]

    with page.expect_response(re.compile(f"/{numbers[-1]}/row/")):
        page.evaluate(HEAR, numbers)

    for number in numbers:
        expect(page.locator(f"#row-{number}")).to_have_class(re.compile("is-taken"))


def test_what_is_new_comes_at_once_while_a_row_is_on_its_way(visit):
    page = visit("Manager")
    number = rows_of(page)[0]
    held = []
    page.route(re.compile("/row/"), lambda route: held.append(route))
    with page.expect_request(re.compile("/row/")):
        page.evaluate(HEAR, [number])

    page.locator("[data-list-news] a").evaluate("(link) => ((link.hidden = false), link.click())")

    expect(page.locator("[data-list-news] a")).to_be_hidden()
    expect(page.locator(".row-link").first).to_be_focused()


def test_what_happens_while_the_page_is_being_renewed_is_shown_too(visit):
    triage, page, pk = claimed(visit)
    await_quiet(page)
    held = []
    address = f"**{page.locator('#thread').get_attribute('hx-get')}"
    page.route(address, lambda route: held.append(route), times=1)
    with page.expect_request(address):
        page.evaluate("window.htmx.trigger('#thread', 'refresh')")
    page.evaluate("document.addEventListener('live:counters', () => (window.hasHeard = true))")
    answer = held[0].fetch()
    write_note(triage, pk, "They called as well.")
    page.wait_for_function("() => window.hasHeard")

    held[0].fulfill(response=answer)

    expect(page.locator("#conversation-side")).to_contain_text("They called as well.")


def test_many_tabs_share_one_stream_and_the_next_takes_over(visit):
    first = visit("Manager")
    first.goto("/inbox/everything/")
    expect(first.locator("[data-live]")).to_have_attribute("data-state", "live")
    opened = []
    first.context.on("request", lambda request: opened.append(request.method) if "/live/?" in request.url else None)
    others = [first.context.new_page() for _ in range(6)]
    for page in others:
        page.goto("/inbox/everything/")
        expect(page.locator("[data-live]")).to_have_attribute("data-state", "live")
    assert opened == []

    with others[0].expect_response(lambda answer: "/live/?after=" in answer.url):
        first.close()


def test_a_lost_connection_is_shown_and_what_was_missed_comes_with_the_next(visit):
    triage, responder, pk = claimed(visit)
    responder.locator("#conversation-title").focus()
    responder.context.set_offline(True)
    expect(responder.locator("[data-live]")).to_have_attribute("data-state", "offline")
    expect(responder.locator("[data-live-status]")).to_have_text("Offline")

    write_note(triage, pk, "This was written while nobody heard it.")
    responder.context.set_offline(False)

    expect(responder.locator("[data-live]")).to_have_attribute("data-state", "live")
    expect(responder.locator("#conversation-side")).to_contain_text("This was written while nobody heard it.")


def test_text_outlives_the_session_in_which_it_was_typed(visit):
    _triage, responder, _pk = claimed(visit)
    other = responder.context.new_page()
    other.goto("/accounts/logout/")
    other.get_by_role("button", name=re.compile("Sign out")).last.click()
    other.wait_for_url(re.compile("/accounts/login/"))

    text = responder.locator("#reply-body")
    text.fill(TYPED)
    notice = responder.locator("#session")
    expect(notice).to_contain_text("You are signed out")
    expect(responder.locator('[data-draft-state] [data-when="here"]')).to_be_visible()
    with responder.context.expect_page() as signing_in:
        notice.get_by_role("link").click()
    page = signing_in.value
    page.locator("button.menu-item", has_text="Responder").first.click()
    page.wait_for_url(lambda address: "/accounts/login/" not in address)

    expect(notice).to_be_empty()
    expect(responder.locator('[data-draft-state] [data-when="saved"]')).to_be_visible()
    expect(text).to_have_value(TYPED)
    responder.get_by_role("button", name=re.compile("^Release")).click()
    expect(responder.locator("#conversation-side")).to_contain_text("In a department's queue")


def test_text_that_was_never_saved_comes_back_with_the_page(visit):
    _triage, responder, pk = claimed(visit)
    responder.route("**/draft/", lambda route: route.abort())
    responder.locator("#reply-body").fill(TYPED)
    expect(responder.locator('[data-draft-state] [data-when="unsaved"]')).to_be_visible()
    responder.unroute("**/draft/")

    responder.goto("/inbox/mine/")
    responder.goto(f"/conversations/{pk}/")

    expect(responder.locator("#reply-body")).to_have_value(TYPED)
    expect(responder.locator('[data-draft-state] [data-when="saved"]')).to_be_visible()


def test_on_a_phone_people_who_come_move_nothing(visit):
    triage, responder, pk = claimed(visit, size=PHONE)
    # What the claim itself brings with it may move something.
    await_quiet(responder)
    expect(responder.locator(".htmx-request")).to_have_count(0)
    # In one go: it may be put in place anew at any time.
    height = "() => document.getElementById('thread').getBoundingClientRect().y"
    before = responder.evaluate(height)

    triage.goto(f"/conversations/{pk}/")

    expect(responder.locator("#here")).to_contain_text("is here")
    assert responder.evaluate(height) == before
