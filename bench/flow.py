"""The inbox in a real browser on the demonstration company: from key press to paint, weight, what moves.

With ``--size`` from key press to paint alone, among so many conversations.
"""

import gzip
import math
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, Response, ViewportSize
from whitenoise.compress import Compressor

from bench.copying import copy_rows
from bench.figures import Figure
from socialhub.local import paths
from socialhub.local.browsing import browser
from socialhub.local.running import product

SUMMARY = "in a browser: key press to the next conversation painted, weight of a visit, layout shift, largest paint"

SIZE = int(os.environ.get("BENCH_SIZE", "0"))
PAINTED_WITHIN = 150 if SIZE else 100
MOVES, DECISIONS = 100, 20
# Nobody reads faster; the next conversation is fetched while this one is read.
READING = 0.6
WIDE: ViewportSize = {"width": 1440, "height": 900}
SLOWER = 4

# What the demonstration has, hours earlier with every copy; a deadline of a copy ends after the measurement.
_AGO = "- n * interval '1 hour'"
_AHEAD = "now() + interval '1 day' + n * interval '1 minute' + %s * interval '1 second'"
COPIED = {
    "listening_mention": {
        "id": "id + n * %(mentions)s",
        "external_id": "external_id || '-' || n",
        "published_at": f"published_at {_AGO}",
        "heard_at": f"heard_at {_AGO}",
    },
    "triage_conversation": {
        "id": "id + n * %(conversations)s",
        "opened_at": f"opened_at {_AGO}",
        "last_inbound_at": f"last_inbound_at {_AGO}",
        "closed_at": f"closed_at {_AGO}",
        "due_at": f"CASE WHEN due_at IS NOT NULL THEN {_AHEAD % 'id'} END",
        "step_due_at": f"CASE WHEN step_due_at IS NOT NULL THEN {_AHEAD % 'id'} END",
        "resolve_due_at": f"CASE WHEN resolve_due_at IS NOT NULL THEN {_AHEAD % 'id'} + interval '9 days' END",
    },
    "triage_threadentry": {
        "mention_id": "mention_id + n * %(mentions)s",
        "conversation_id": "conversation_id + n * %(conversations)s",
    },
    "triage_concern": {
        "id": "id + n * %(concerns)s",
        "conversation_id": "conversation_id + n * %(conversations)s",
        "last_inbound_at": f"last_inbound_at {_AGO}",
    },
    "triage_decision": {"id": "id + n * %(decisions)s", "conversation_id": "conversation_id + n * %(conversations)s"},
    # With the number of the transaction that wrote the original: what the rollups have counted already.
    "triage_event": {"id": "id + n * %(events)s", "conversation_id": "conversation_id + n * %(conversations)s"},
}
COPIED_OF = {
    "mentions": "listening_mention",
    "conversations": "triage_conversation",
    "concerns": "triage_concern",
    "decisions": "triage_decision",
    "events": "triage_event",
}

# The clock begins with the key press itself and ends behind the frame in which another conversation was painted.
CLOCK = """
() => {
  window.painted = [];
  let pressed = 0;
  const pk = () => document.querySelector("article.conversation")?.dataset.conversation;
  let before = pk();
  window.recorded = 0;
  addEventListener("flow:done", () => window.recorded++);
  addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
  new MutationObserver(() => {
    if (pk() === before || !pk()) return;
    before = pk();
    const began = pressed;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.painted.push(performance.now() - began);
      channel.port2.postMessage(0);
    });
  }).observe(document.getElementById("conversation"), { childList: true });
}
"""
# Counted by place: of several quick presses only the last is painted.
PLACE = """
() => [...document.querySelectorAll("#inbox-list .row")].findIndex(
  (row) => row.dataset.conversation === document.querySelector("article.conversation").dataset.conversation)
"""
WATCH = """
  window.shifted = 0;
  window.largest = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.largest = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
"""


def measure() -> list[Figure]:
    """Start the whole product on the demonstration company and work in it as its triage owner."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        # The database's own user has to reach it.
        data.chmod(0o711)
        with product(data) as running, browser() as chromium:
            if SIZE:
                _fill(data)
                return [*_moves(chromium, running.address), *_decisions(chromium, running.address)]
            return [
                *_weights(chromium, running.address),
                *_steadiness(chromium, running.address),
                *_moves(chromium, running.address),
                *_decisions(chromium, running.address),
            ]


def _fill(data: Path) -> None:
    """Bring the product's own database to ``SIZE`` conversations while it runs."""
    with psycopg.connect(paths.database_url(data), autocommit=True) as database, database.cursor() as cursor:
        found = cursor.execute("SELECT count(*) FROM triage_conversation").fetchone()
        assert found is not None
        copy_rows(cursor, COPIED, of=COPIED_OF, copies=math.ceil(SIZE / found[0]) - 1)
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def _visit(chromium: Browser, address: str) -> Iterator[tuple[BrowserContext, Page]]:
    context = chromium.new_context(base_url=address, viewport=WIDE)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("button.menu-item", has_text="Triage owner").first.click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)
    yield context, page
    context.close()


def _moves(chromium: Browser, address: str) -> list[Figure]:
    with _visit(chromium, address) as (_context, page):
        _open_first(page, "/inbox/everything/")
        began = page.evaluate(PLACE)
        for _ in range(MOVES):
            page.keyboard.press("j")
            time.sleep(READING)
        page.wait_for_timeout(1000)
        moved = page.evaluate(PLACE) - began
        painted = sorted(page.evaluate("window.painted"))
    return [
        Figure("conversations moved to", moved, "", MOVES, "exactly"),
        Figure("key press to paint, median", _at(painted, 0.5), "ms"),
        Figure("key press to paint, 95 of 100 within", _at(painted, 0.95), "ms", PAINTED_WITHIN),
        Figure("key press to paint, the slowest", painted[-1], "ms"),
    ]


def _decisions(chromium: Browser, address: str) -> list[Figure]:
    with _visit(chromium, address) as (_context, page):
        _open_first(page, "/inbox/needs-decision/")
        for number in range(DECISIONS):
            page.keyboard.press("2")
            page.keyboard.press("Control+Enter")
            page.wait_for_function(
                "(n) => window.painted.length > n || document.querySelector('.departure')", arg=number
            )
            if page.locator(".departure").count():
                page.keyboard.press("3")
                page.wait_for_function("(n) => window.painted.length > n", arg=number)
            time.sleep(READING)
        page.wait_for_load_state("networkidle")
        recorded = page.evaluate("window.recorded")
        painted = sorted(page.evaluate("window.painted"))
    return [
        # What is refused brings its conversation back, which is painted too.
        Figure("decisions by keys, painted", len(painted), "", DECISIONS, "exactly"),
        Figure("decisions by keys, recorded", recorded, "", DECISIONS, "exactly"),
        Figure("decision to the next painted, median", _at(painted, 0.5), "ms"),
        Figure("decision to the next painted, 95 of 100 within", _at(painted, 0.95), "ms", PAINTED_WITHIN),
    ]


def _open_first(page: Page, path: str) -> None:
    page.goto(path)
    page.locator(".row-link").first.click()
    page.locator("article.conversation").wait_for()
    page.wait_for_load_state("networkidle")
    page.evaluate(CLOCK)


def _weights(chromium: Browser, address: str) -> list[Figure]:
    with _visit(chromium, address) as (context, page):
        everything: list[Response] = []
        page.on("response", lambda answer: everything.append(answer))
        # What signing in has brought along counts with the first visit: as in a browser that was never here.
        page.goto("about:blank")
        context.new_cdp_session(page).send("Network.clearBrowserCache")
        page.goto("/inbox/needs-decision/")
        page.wait_for_load_state("networkidle")
        # Asked for once more: a browser does not always tell what was in an answer.
        first = {answer.url: _weight(context.request.get(answer.url)) for answer in everything if _counts(answer)}
    # Files are named after what is in them: a browser never asks twice for the same.
    later = {url: weight for url, weight in first.items() if "/static/" not in url}
    scripts = sum(weight for url, weight in first.items() if url.endswith(".js"))
    styles = sum(weight for url, weight in first.items() if url.endswith(".css"))
    return [
        Figure("requests of a first visit", len(first)),
        Figure("first visit, compressed, everything", sum(first.values()) / 1024, "KB", 60),
        Figure("of that scripts", scripts / 1024, "KB"),
        Figure("of that styles", styles / 1024, "KB"),
        Figure("later visits, compressed", sum(later.values()) / 1024, "KB", 20),
    ]


def _counts(answer: Response) -> bool:
    """Return whether an answer is weighed: the stream has no end, and production has no script for debugging."""
    return answer.ok and "/live/" not in answer.url and not answer.url.endswith("/django-htmx.js")


def _weight(answer: APIResponse) -> int:
    """Return what a body weighs as production sends it: files packed once and well, pages as they come."""
    body = answer.body()
    return len(Compressor.compress_brotli(body) if "/static/" in answer.url else gzip.compress(body, 6))


def _steadiness(chromium: Browser, address: str) -> list[Figure]:
    with _visit(chromium, address) as (context, page):
        context.add_init_script(WATCH)
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto("/inbox/needs-decision/")
        page.wait_for_timeout(4000)
        list_shift, list_paint = page.evaluate("[window.shifted, window.largest]")
        page.locator(".row-link").first.click()
        page.locator("article.conversation").wait_for()
        page.goto(page.url)
        page.wait_for_timeout(4000)
        shift, paint = page.evaluate("[window.shifted, window.largest]")
    return [
        Figure("layout shift of the list", list_shift, "", 0, "exactly"),
        Figure("layout shift with a conversation open", shift, "", 0, "exactly"),
        Figure("largest paint of the list, four times slower", list_paint / 1000, "s", 1.0),
        Figure("largest paint with a conversation open, four times slower", paint / 1000, "s", 1.0),
    ]


def _at(ordered: list[float], part: float) -> float:
    return ordered[max(math.ceil(len(ordered) * part) - 1, 0)]
