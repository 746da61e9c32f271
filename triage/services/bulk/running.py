"""An act on many at work: each conversation in a transaction of its own that also counts it, bout by bout.

What was done is counted, whenever a worker is killed; a run that is cancelled does not touch
one conversation more. Two workers on one run do no harm: they take turns at its items.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import translation

from socialhub.lib.errors import Refusal
from socialhub.lib.queue import wake_last
from teams import languages
from teams.models import User
from triage import tasks
from triage.models import BulkItem, BulkRun, Conversation, Event
from triage.models.bulk import UNDERWAY
from triage.services.bulk import acts
from triage.services.bulk.preparing import RIGHTS
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Tell
from triage.services.pen import offering
from triage.services.telling_many import MOST_ARRIVALS, tell_of_run

Act = BulkRun.Act
State = BulkRun.State

# After so many the person is read anew: who loses a right loses it for the rest.
BATCH = 25
BOUT_SECONDS = 2.0
# The worker rests for this share of its time, so that the database is free for others.
REST = 0.2
LOST_AFTER = timedelta(seconds=60)
MOST_STUMBLES = 4
KEPT_FOR = timedelta(weeks=4)
PREPARED_FOR = timedelta(days=1)


class Bout(Enum):
    """How a bout ended."""

    MORE = "more"
    DONE = "done"
    GONE = "gone"


def run_bout(*, run_id: int, clock: Callable[[], datetime], seconds: float = BOUT_SECONDS, rest: float = REST) -> Bout:
    """Act on the next conversations for about so long."""
    BulkRun.objects.filter(pk=run_id, state=State.QUEUED).update(state=State.RUNNING, moved_at=clock())
    run = BulkRun.objects.select_related("person", "undoes").filter(pk=run_id, state=State.RUNNING).first()
    if run is None:
        return Bout.GONE
    # Until something is counted, the bout is one that was lost.
    BulkRun.objects.filter(pk=run_id).update(stumbles=F("stumbles") + 1, moved_at=clock())
    began, parts = time.monotonic(), acts.parts_of(run.how)
    with translation.override(languages.of_person(run.person)):
        while time.monotonic() - began < seconds:
            started = time.monotonic()
            waiting = run.items.filter(state=BulkItem.State.WAITING).order_by("conversation_id")
            batch = list(waiting.values_list("pk", flat=True)[:BATCH])
            if not batch:
                return _finish(run, parts, clock())
            person = _person_of(run, clock())
            if person is None:
                return Bout.GONE
            for item_id in batch:
                if time.monotonic() - began >= seconds:
                    break
                if not _take_turn(item_id, run, person, parts, clock()):
                    return Bout.GONE
            time.sleep((time.monotonic() - started) * rest)
    _wake_offering(run, parts)
    return Bout.MORE


def sweep(*, at: datetime) -> None:
    """Wake runs whose worker was lost, stop those that stumble, and forget what is old."""
    lost = BulkRun.objects.filter(state__in=UNDERWAY, moved_at__lt=at - LOST_AFTER)
    for run in lost.order_by("pk"):
        same = BulkRun.objects.filter(pk=run.pk, state__in=UNDERWAY, moved_at=run.moved_at)
        if run.stumbles >= MOST_STUMBLES:
            same.update(state=State.FAILED, problem=BulkRun.Problem.STUMBLED, finished_at=at)
        elif same.update(moved_at=at):
            wake_last(tasks.act_on_many, run_id=run.pk)
    BulkRun.objects.filter(state=State.PREPARED, prepared_at__lt=at - PREPARED_FOR).delete()
    old = BulkRun.objects.filter(finished_at__lt=at - KEPT_FOR).order_by("pk").values_list("pk", flat=True)
    # One at a time: each may have hundreds of thousands of items.
    for pk in old[:1]:
        BulkRun.objects.filter(pk=pk).delete()


def _person_of(run: BulkRun, at: datetime) -> User | None:
    """Return who began the run with the rights that they have now; where they may do this nowhere, it stops."""
    person = User.objects.get(pk=run.person_id)
    act = Act(run.act if run.undoes is None else run.undoes.act)
    if person.rights.may_somewhere(RIGHTS[act]):
        return person
    running = BulkRun.objects.filter(pk=run.pk, state=State.RUNNING)
    running.update(state=State.FAILED, problem=BulkRun.Problem.NOT_ALLOWED, finished_at=at)
    return None


def _take_turn(item_id: int, run: BulkRun, person: User, parts: acts.Parts, at: datetime) -> bool:
    """Act on one conversation and count it; False where the run was stopped meanwhile."""
    with transaction.atomic():
        # With its run locked, it cannot be cancelled in between, nor can another worker be at it.
        locked = BulkItem.objects.select_related("run").select_for_update(of=("self", "run"), no_key=True)
        item = locked.filter(pk=item_id, state=BulkItem.State.WAITING, run__state=State.RUNNING).first()
        if item is None:
            return BulkRun.objects.filter(pk=run.pk, state=State.RUNNING).exists()
        current = item.run
        told = _Told(current)
        try:
            with transaction.atomic():
                done = acts.act_on(item, run=run, person=person, parts=parts, tell=told.tell, at=at)
        except Refusal as refusal:
            change: dict[str, Any] = {
                "state": BulkItem.State.REFUSED,
                "code": refusal.code,
                "sentence": str(refusal)[:300],
            }
            counted = "refused_count"
        else:
            change = {"state": BulkItem.State.DONE, "code": "", "fence": done.fence, "event_id": done.event_id}
            counted = "done_count"
            current.is_told = told.is_told
        BulkItem.objects.filter(pk=item_id).update(**change)
        counts = {counted: F(counted) + 1, "moved_at": at, "stumbles": 0, "is_told": current.is_told}
        BulkRun.objects.filter(pk=run.pk).update(**counts)
    return True


class _Told:
    """Who tells of what a run hands over: few are told of one by one, many are told of once, with the first."""

    def __init__(self, run: BulkRun) -> None:
        self.run = run
        self.is_told = run.is_told

    @property
    def tell(self) -> Tell:
        """Return how the run tells."""
        return deciding.tell_each if self.run.matched_count <= MOST_ARRIVALS else self._once

    def _once(self, conversation: Conversation, event: Event) -> None:
        if not self.is_told:
            tell_of_run(self.run.matched_count, conversation, event)
            self.is_told = True


def _finish(run: BulkRun, parts: acts.Parts, at: datetime) -> Bout:
    BulkRun.objects.filter(pk=run.pk, state=State.RUNNING).update(state=State.DONE, finished_at=at, stumbles=0)
    _wake_offering(run, parts)
    return Bout.DONE


def _wake_offering(run: BulkRun, parts: acts.Parts) -> None:
    if run.act in (Act.DECIDE, Act.ASSIGN) and parts.department is not None and parts.offered_to is None:
        offering.wake_offering(parts.department.pk)
