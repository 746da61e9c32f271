"""Acts on 200,000 conversations: prepared, at work beside the inbox, killed, cancelled half-way, taken back."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection
from django.utils import timezone

from bench.figures import Figure
from bench.inbox import load
from bench.world import Browser, make_company
from listening.models import Channel, Profile
from teams.models import Notification, User
from triage.models import BulkItem, BulkRun, Conversation, Decision, Event
from triage.services.bulk import preparing, starting
from triage.states import Disposition, Stage, Visibility

SUMMARY = "acts on 200,000 conversations: prepared, at work beside the inbox, killed, cancelled, taken back"
SIZE = int(os.environ.get("BENCH_SIZE", 200_000))
# Of ten conversations that are loaded, two are new and one is assigned.
OF_NEW = 5
SECONDS = float(os.environ.get("BENCH_SECONDS", 20))
QUIET_LOOKS = 40
PAUSE = 0.25

Act = BulkRun.Act


def measure() -> list[Figure]:
    """Load, and act on all that is new in every way, each for some seconds."""
    company = make_company(responders=5)
    owner, departments = company["owner"], company["departments"]
    _load(company)
    browser = Browser(owner)
    quiet = statistics.median(_look(browser) for _ in range(QUIET_LOOKS))
    decided = {
        "disposition": Disposition.CUSTOMER_SERVICE.value,
        "reason": "",
        "priority": None,
        "department": departments[0].pk,
        "visibility": Visibility.PUBLIC.value,
        "offered_to": None,
        "note": "",
        "tags": None,
        "departure": "other",
    }
    assigned = {"department": departments[1].pk, "offered_to": None, "note": ""}
    figures = []
    for act, stage, how in (
        (Act.TAG, Stage.NEW, {"add": ["checked"], "remove": []}),
        (Act.CLOSE, Stage.NEW, {"outcome": "resolved"}),
        (Act.ASSIGN, Stage.ASSIGNED, assigned),
    ):
        run, _seconds = _prepared(owner, act, stage)
        _started(run, how)
        rate, _looks = _at_work(run, browser)
        starting.cancel(run_id=run.pk, at=timezone.now())
        figures.append(Figure(f"{act.value}, a second", rate))
        figures.append(Figure(f"take back {act.value}, a second", _taken_back(run, owner, browser)[1]))
    return [*figures, *_decide(owner, decided, browser, quiet)]


def _decide(owner: User, how: Mapping[str, Any], browser: Browser, quiet: float) -> list[Figure]:
    """Decide on all that is new; the worker is killed once, and another goes on until somebody cancels."""
    run, prepared_in = _prepared(owner, Act.DECIDE, Stage.NEW)
    preview = _seconds_of(lambda: _page(browser, run))
    before = Decision.objects.count()
    _started(run, how)
    _at_work(run, browser, is_killed=True)
    rate, looks = _at_work(run, browser)
    worker = _worker(run)
    time.sleep(1)
    cancelled_in = _seconds_of(lambda: starting.cancel(run_id=run.pk, at=timezone.now()))
    worker.wait()
    run.refresh_from_db()
    decisions = Decision.objects.count() - before
    moved = Conversation.objects.filter(stage=Stage.NEW).count() - (run.matched_count - decisions)
    told = Notification.objects.in_page().filter(user__email="r0@bench.example", kind="queue").count()
    undoing, undone_rate, undo_prepared_in = *_taken_back(run, owner, browser), _last_preparing()
    refused = _all_refused(owner)
    return [
        Figure("prepare", prepared_in, "s", 30),
        Figure("page of what was prepared", preview * 1000, "ms", 1000),
        Figure("decide, a second", rate),
        Figure("inbox, median of a quiet moment", quiet * 1000, "ms"),
        Figure("inbox, median meanwhile", statistics.median(looks) * 1000, "ms"),
        Figure("cancel", cancelled_in, "s", 5),
        Figure("done when it was cancelled", run.done_count),
        Figure("decisions that are not counted, or counted and not made", abs(decisions - run.done_count), "", 0),
        Figure("events more or less than decisions", _events(run) - decisions, "", 0, "exactly"),
        Figure("conversations touched that are not counted", abs(moved), "", 0),
        Figure("lines at the bell of who gets them", told, "", 1),
        Figure("prepare to take back", undo_prepared_in, "s", 30),
        Figure("take back decide, a second", undone_rate),
        Figure("refused while taking back", undoing.refused_count, "", 0),
        Figure(
            "page of a run of which all was refused", _seconds_of(lambda: _page(browser, refused)) * 1000, "ms", 1000
        ),
    ]


def _load(company: Mapping[str, Any]) -> None:
    channel = Channel.objects.create(name="Bench", kind="import", created_at=timezone.now())
    profiles = Profile.objects.bulk_create(
        Profile(channel=channel, external_id=f"p{n}", name=f"P {n}") for n in range(100)
    )
    what = {
        "channel": channel.pk,
        "profile": profiles[0].pk,
        "department": company["departments"][0].pk,
        "holder": company["people"][0].pk,
    }
    load(what, 1, SIZE * OF_NEW)
    decided = {"disposition": Disposition.CUSTOMER_SERVICE, "visibility": Visibility.PUBLIC}
    Conversation.objects.filter(stage=Stage.ASSIGNED).update(**decided)


_preparing: list[float] = []


def _last_preparing() -> float:
    return _preparing[-1]


def _prepared(owner: User, act: BulkRun.Act, stage: Stage) -> tuple[BulkRun, float]:
    began = time.perf_counter()
    found = Conversation.objects.visible_to(owner).filter(stage=stage)
    run = preparing.prepare(act=act, found=found, person=owner, at=timezone.now())
    return run, time.perf_counter() - began


def _started(run: BulkRun, how: Mapping[str, Any]) -> None:
    starting.start(run_id=run.pk, how=how, at=timezone.now(), clock=timezone.now)


def _at_work(run: BulkRun, browser: Browser, *, is_killed: bool = False) -> tuple[float, list[float]]:
    """Let a worker act for some seconds and look at the inbox meanwhile; return how many a second, and the looks."""
    worker, looks = _worker(run), []
    run.refresh_from_db()
    before, began = run.done_count + run.refused_count, time.perf_counter()
    while (spent := time.perf_counter() - began) < SECONDS and worker.poll() is None:
        looks.append(_look(browser))
        time.sleep(PAUSE)
    run.refresh_from_db()
    rate = (run.done_count + run.refused_count - before) / spent
    if is_killed:
        worker.kill()
        worker.wait()
    else:
        _stop(worker)
    return rate, looks


def _worker(run: BulkRun) -> "subprocess.Popen[bytes]":
    worker = subprocess.Popen(
        [sys.executable, "-m", "bench.acting", str(run.pk)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert worker.stdout is not None
    assert worker.stdin is not None
    worker.stdout.readline()
    worker.stdin.write(b"\n")
    worker.stdin.flush()
    return worker


def _stop(worker: "subprocess.Popen[bytes]") -> None:
    worker.terminate()
    worker.wait()


def _taken_back(run: BulkRun, owner: User, browser: Browser) -> tuple[BulkRun, float]:
    began = time.perf_counter()
    undoing = preparing.prepare_undo(run_id=run.pk, person=owner, at=timezone.now())
    _preparing.append(time.perf_counter() - began)
    _started(undoing, {})
    rate, _looks = _at_work(undoing, browser)
    undoing.refresh_from_db()
    if undoing.is_underway:
        starting.cancel(run_id=undoing.pk, at=timezone.now())
        undoing.refresh_from_db()
    return undoing, rate


def _all_refused(owner: User) -> BulkRun:
    """Return a run that was refused everywhere."""
    run, _seconds = _prepared(owner, Act.CLOSE, Stage.NEW)
    sentence = "This conversation is closed already."
    run.items.update(state=BulkItem.State.REFUSED, code="closed", sentence=sentence)
    now = timezone.now()
    BulkRun.objects.filter(pk=run.pk).update(
        state=BulkRun.State.DONE, started_at=now, finished_at=now, refused_count=run.matched_count
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE triage_bulkitem")
    return BulkRun.objects.get(pk=run.pk)


def _events(run: BulkRun) -> int:
    acted = run.items.filter(state=BulkItem.State.DONE).values("event_id")
    return Event.objects.filter(pk__in=acted, kind=Event.Kind.DECIDED).count()


def _look(browser: Browser) -> float:
    def ask() -> None:
        status, _body = browser.ask("GET", "/inbox/needs-decision/")
        assert status == 200, status

    return _seconds_of(ask)


def _page(browser: Browser, run: BulkRun) -> None:
    status, _body = browser.ask("GET", f"/bulk/{run.pk}/")
    assert status == 200, status


def _seconds_of(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
