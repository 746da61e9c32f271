"""Erasing night by night: a run walks through what came of age, bout by bout, and can be stopped.

A bout takes seconds, erases each conversation in a transaction of its own and saves how far
it came in one guarded UPDATE. A worker that is killed costs the place of its bout, and
nothing is erased twice; two that work on one run do no harm.
"""

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from listening.services import webhooks
from policies.engine.outcomes import What
from policies.engine.rules import Policy
from policies.services import reading
from socialhub.lib import bouts
from socialhub.lib.bouts import Bout
from socialhub.lib.errors import Conflict
from socialhub.lib.queue import wake_last
from socialhub.lib.told import Told
from teams.changes import Verb
from teams.models import User
from teams.services import audit
from triage.models import LegalHold, RetentionRun
from triage.services.arriving.facts import company_zone
from triage.services.keeping import ageing, erasing

log = logging.getLogger(__name__)

# In the company's own time, when hardly anybody is there.
NIGHT = range(1, 6)
BETWEEN_RUNS = timedelta(hours=20)
# Nothing is missed for longer that came to an erased conversation, or was on its way when its time came.
WHOLE_AFTER = timedelta(days=7)
# The worker rests for this share of its time, so that the database is free for others.
REST = 0.5


class NotUnderway(Conflict):
    """The run is over."""

    code = "not_underway"


@dataclass
class _Found:
    looked: int = 0
    erased: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    fates: Counter[erasing.Fate] = field(default_factory=Counter)


def sweep(*, at: datetime) -> None:
    """Begin the night's run where it is night and none was, and go on with one whose worker was lost."""
    running = RetentionRun.objects.filter(state=RetentionRun.State.RUNNING)
    for run in bouts.take_lost(running, at=at):
        wake_last("triage.erase_what_is_due", run_id=run.pk)
    if running.exists():
        return
    latest = RetentionRun.objects.order_by("-pk").values_list("started_at", flat=True).first()
    if at.astimezone(company_zone()).hour in NIGHT and (latest is None or latest < at - BETWEEN_RUNS):
        begin(at=at)


def begin(*, at: datetime) -> RetentionRun | None:
    """Begin a run under the policy in force; None where it erases nothing, or one is underway.

    It looks only at what came of age since the last one, but at everything under a new
    version, after a hold was lifted, and once a week. The calls of other systems go at once.
    """
    policy = reading.policy_in_force()
    _let_calls_go(policy, at)
    after = since_when(policy, at=at)
    walked = ageing.stretches(policy, after=after, until=at)
    if not walked:
        return None
    try:
        with transaction.atomic():
            run = RetentionRun.objects.create(
                version_id=policy.version_id,
                started_at=at,
                moved_at=at,
                is_whole=after is None,
                stretches=[stretch.as_data() for stretch in walked],
                place=_place(0, None),
            )
            wake_last("triage.erase_what_is_due", run_id=run.pk)
    except IntegrityError as error:
        if "triage_retentionrun_one_underway" not in str(error):
            raise
        return None
    return run


def _let_calls_go(policy: Policy, at: datetime) -> None:
    """Empty the calls of other systems that are older than what any rule lets go.

    They are copies, of which nobody knows any more what they led to: so the shortest time of all
    counts, from the day on which they came. What is on hold keeps its own part of them.
    """
    days = [days for what in What for days in policy.keep_days(what)]
    if days:
        webhooks.let_bodies_go(before=at - timedelta(days=min(days)))


def since_when(policy: Policy, *, at: datetime) -> datetime | None:
    """Return up to when the runs have looked at everything; None where the next one has to look at all there is."""
    done = RetentionRun.objects.filter(version_id=policy.version_id, state=RetentionRun.State.DONE).order_by("-pk")
    latest = done.first()
    if latest is None or not done.filter(is_whole=True, started_at__gt=at - WHOLE_AFTER).exists():
        return None
    if LegalHold.objects.filter(lifted_at__gt=latest.started_at).exists():
        return None
    return latest.started_at


def cancel(*, run_id: int, actor: User, at: datetime) -> None:
    """Stop a run; the eraser notices at the next conversation. The next night begins anew with what is left.

    :raises NotUnderway: it is over.
    """
    with transaction.atomic():
        running = RetentionRun.objects.filter(pk=run_id, state=RetentionRun.State.RUNNING)
        if not running.update(state=RetentionRun.State.CANCELLED, cancelled_by=actor, finished_at=at):
            raise NotUnderway(_("It is over already."))
        number = RetentionRun.objects.values_list("version__number", flat=True).get(pk=run_id)
        subject = Told(gettext_noop("version %(number)s"), {"number": number})
        audit.note(actor=actor, verb=Verb.RETENTION_CANCELLED, subject=subject, at=at)


def run_bout(*, run_id: int, at: datetime, seconds: float = bouts.SECONDS, rest: float = REST) -> Bout:
    """Erase what is due for about so long, and save how far it came."""
    running = RetentionRun.objects.filter(pk=run_id, state=RetentionRun.State.RUNNING)
    run = running.first()
    if run is None:
        return Bout.GONE
    policy = reading.policy_in_force()
    if policy.version_id != run.version_id:
        # What another version lets go is not for this run to erase.
        running.update(state=RetentionRun.State.CANCELLED, finished_at=at)
        return Bout.GONE
    running.update(moved_at=at)
    found, place, is_over = _walk(run, policy, at, seconds, rest)
    change: dict[str, Any] = {"place": place, "moved_at": at, "erased": _added(run.erased, found)}
    change["looked_count"] = run.looked_count + found.looked
    change["held_count"] = run.held_count + found.fates[erasing.Fate.HELD]
    change["busy_count"] = run.busy_count + found.fates[erasing.Fate.BUSY]
    if is_over:
        change |= {"state": RetentionRun.State.DONE, "finished_at": at}
    if not running.filter(place=run.place).update(**change):
        return Bout.GONE
    return Bout.DONE if is_over else Bout.MORE


def _walk(
    run: RetentionRun, policy: Policy, at: datetime, seconds: float, rest: float
) -> tuple[_Found, list[Any], bool]:
    found, began = _Found(), time.monotonic()
    number, place = _place_of(run.place)
    walked = [ageing.Stretch.of(data) for data in run.stretches]
    while number < len(walked):
        started = time.monotonic()
        aged = ageing.read_aged(policy, walked[number], place)
        for one in aged:
            if time.monotonic() - began >= seconds or not _let_go(one, walked[number].what, run, found, at):
                return found, _place(number, place), False
            place = one.closed_at, one.conversation_id
        if len(aged) < ageing.BATCH:
            number, place = number + 1, None
        time.sleep((time.monotonic() - started) * rest)
        if time.monotonic() - began >= seconds and number < len(walked):
            return found, _place(number, place), False
    return found, _place(number, None), True


def _let_go(one: ageing.Aged, what: What, run: RetentionRun, found: _Found, at: datetime) -> bool:
    """Erase one conversation if its time has come; False where the run was stopped meanwhile."""
    because = one.because
    if because is None or one.due_at is None or one.due_at > run.started_at:
        found.looked += 1
        return True
    if not RetentionRun.objects.filter(pk=run.pk, state=RetentionRun.State.RUNNING).exists():
        return False
    try:
        fate = erasing.erase(
            conversation_id=one.conversation_id,
            channel_id=one.channel_id,
            closed_at=one.closed_at,
            what=what,
            because=because,
            at=at,
        )
    except (OperationalError, InterfaceError):
        # The database is away: the bout begins anew.
        raise
    except Exception:
        # One of which nobody had thought must not keep all that come after it; the next run tries again.
        log.exception("A conversation could not be erased.", extra={"conversation": one.conversation_id})
        fate = erasing.Fate.BUSY
    found.looked += 1
    found.fates[fate] += 1
    if fate == erasing.Fate.ERASED:
        found.erased[str(because.rule_id), because.clause_label, because.rule, what.value] += 1
    return True


def _added(before: dict[str, Any], found: _Found) -> dict[str, Any]:
    """Return what was erased by rule, so far."""
    total = dict(before)
    for (rule, clause, name, what), count in found.erased.items():
        known = total.get(rule, {"clause": clause, "rule": name, "what": what, "n": 0})
        total[rule] = {**known, "n": known["n"] + count}
    return total


def _place(number: int, place: ageing.Place) -> list[Any]:
    return [number, place[0].isoformat(), place[1]] if place else [number, None, 0]


def _place_of(data: list[Any]) -> tuple[int, ageing.Place]:
    number, closed_at, pk = data
    return number, (datetime.fromisoformat(closed_at), pk) if closed_at else None
