"""An act on many at work: some conversations at a time in a transaction that also counts them, bout by bout.

What was done is counted, whenever a worker is killed; a run that is cancelled does not touch
one conversation more. Two workers on one run do no harm: they take turns at its items.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import translation

from socialhub.lib import bouts
from socialhub.lib.bouts import Bout
from socialhub.lib.bulk import save_rows
from socialhub.lib.errors import Conflict, Refusal
from socialhub.lib.queue import wake_last
from teams import languages
from teams.models import User
from triage.models import BulkItem, BulkRun, Conversation, Event
from triage.models.bulk import UNDERWAY
from triage.services.bulk import acts, doing
from triage.services.bulk.preparing import RIGHTS
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Tell
from triage.services.pen import offering
from triage.services.telling_many import MOST_ARRIVALS, tell_of_run

log = logging.getLogger(__name__)

Act = BulkRun.Act
State = BulkRun.State

# So many are locked at once, and fewer where that takes longer than this. Whoever wants one of them, or to cancel,
# waits for that long; and then the person is read anew: who loses a right loses it for the rest.
BATCH = 200
# Of fewer than this the questions that each batch asks would be most of the work.
FIRST_BATCH = 25
LOCKED_SECONDS = 0.5
# The worker rests for this share of its time, so that the database is free for others.
REST = 0.2
KEPT_FOR = timedelta(weeks=4)
PREPARED_FOR = timedelta(days=1)


class Stumbled(Conflict):
    """Something broke of which nobody had thought."""

    code = "stumbled"


def run_bout(*, run_id: int, clock: Callable[[], datetime], seconds: float = bouts.SECONDS, rest: float = REST) -> Bout:
    """Act on the next conversations for about so long."""
    BulkRun.objects.filter(pk=run_id, state=State.QUEUED).update(state=State.RUNNING, moved_at=clock())
    run = BulkRun.objects.select_related("person", "undoes").filter(pk=run_id, state=State.RUNNING).first()
    if run is None:
        return Bout.GONE
    # Until something is counted, the bout is one that was lost. After one that was, they go one by one at first: so all
    # up to the place where it stumbles is done.
    most = min(FIRST_BATCH, BATCH) if not run.stumbles else 1
    BulkRun.objects.filter(pk=run_id).update(stumbles=F("stumbles") + 1, moved_at=clock())
    began = time.monotonic()
    with translation.override(languages.of_person(run.person)):
        while True:
            started = time.monotonic()
            bout = _take_turn(run, most, clock())
            took = time.monotonic() - started
            if bout != Bout.MORE:
                return bout
            if time.monotonic() - began >= seconds:
                break
            is_slow = took >= LOCKED_SECONDS and most >= FIRST_BATCH
            most = max(most // 2, FIRST_BATCH) if is_slow else min(most * 2, BATCH)
            time.sleep(took * rest)
    _wake_offering(run)
    return Bout.MORE


def sweep(*, at: datetime) -> None:
    """Wake runs whose worker was lost, stop those that stumble, and forget what is old."""
    underway = BulkRun.objects.filter(state__in=UNDERWAY)
    for run in bouts.take_lost(underway, at=at):
        if run.stumbles >= bouts.MOST_STUMBLES:
            stopped = {"state": State.FAILED, "problem": BulkRun.Problem.STUMBLED, "finished_at": at}
            underway.filter(pk=run.pk, moved_at=at).update(**stopped)
        else:
            wake_last("triage.act_on_many", run_id=run.pk)
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


def _take_turn(run: BulkRun, most: int, at: datetime) -> Bout:
    """Act on the next conversations and count them, or end the run where there are none."""
    person = _person_of(run, at)
    if person is None:
        return Bout.GONE
    with transaction.atomic():
        # With its run locked, it cannot be cancelled in between, nor can another worker be at it.
        locked = BulkRun.objects.select_for_update(no_key=True).filter(pk=run.pk, state=State.RUNNING).first()
        if locked is None:
            return Bout.GONE
        items = list(run.items.filter(state=BulkItem.State.WAITING).order_by("conversation_id")[:most])
        if not items:
            _finish(run, at)
            return Bout.DONE
        told = _Told(locked)
        came = _act_on(items, run, person, told, at)
        for item in items:
            _keep(item, came[item.conversation_id])
        save_rows(items, ["state", "code", "sentence", "fence", "event_id"])
        done = sum(item.state == BulkItem.State.DONE for item in items)
        BulkRun.objects.filter(pk=run.pk).update(
            done_count=F("done_count") + done,
            refused_count=F("refused_count") + len(items) - done,
            moved_at=at,
            # What breaks everywhere makes no progress, and is stopped.
            stumbles=F("stumbles") if _broken(came) == len(items) else 0,
            told=told.departments,
        )
    return Bout.MORE


def _act_on(
    items: Sequence[BulkItem], run: BulkRun, person: User, told: "_Told", at: datetime
) -> dict[int, acts.Done | Refusal]:
    """Act on some; where something breaks, on each alone, so that one of them does not keep all the others."""
    parts, before = doing.parts_of(run.how), list(told.departments)
    try:
        with transaction.atomic():
            return acts.act_on(items, run=run, person=person, parts=parts, tell=told.tell, at=at)
    except (OperationalError, InterfaceError):
        # The database is away: the bout begins anew.
        raise
    except Exception as error:
        log.exception(
            "An act on many broke.", extra={"run": run.pk, "conversations": [item.conversation_id for item in items]}
        )
        told.departments = before
        if len(items) == 1:
            return {items[0].conversation_id: Stumbled(str(BulkRun.Problem.STUMBLED.label))}
        came: dict[int, acts.Done | Refusal] = {}
        for item in items:
            came |= _act_on([item], run, person, told, at)
            if _broken(came) == bouts.MOST_STUMBLES:
                raise error from None
    return came


def _broken(came: Mapping[int, acts.Done | Refusal]) -> int:
    return sum(isinstance(one, Stumbled) for one in came.values())


def _keep(item: BulkItem, came: acts.Done | Refusal) -> None:
    if isinstance(came, acts.Done):
        item.state, item.code, item.fence, item.event_id = BulkItem.State.DONE, "", came.fence, came.event_id
    else:
        item.state, item.code, item.sentence = BulkItem.State.REFUSED, came.code, str(came)[:300]


class _Told:
    """Who tells of what a run hands over: few are told of one by one, many once for each department, with the first."""

    def __init__(self, run: BulkRun) -> None:
        self.run = run
        self.departments: list[int] = list(run.told)

    @property
    def tell(self) -> Tell:
        """Return how the run tells."""
        return deciding.tell_each if self.run.matched_count <= MOST_ARRIVALS else self._once

    def _once(self, conversation: Conversation, event: Event) -> None:
        department_id = conversation.department_id
        if department_id is not None and department_id not in self.departments:
            tell_of_run(self.run.matched_count, conversation, event)
            self.departments.append(department_id)


def _finish(run: BulkRun, at: datetime) -> None:
    BulkRun.objects.filter(pk=run.pk, state=State.RUNNING).update(state=State.DONE, finished_at=at, stumbles=0)
    _wake_offering(run)


def _wake_offering(run: BulkRun) -> None:
    parts = doing.parts_of(run.how)
    if run.act in (Act.DECIDE, Act.ASSIGN) and parts.department is not None and parts.offered_to is None:
        offering.wake_offering(parts.department.pk)
