"""Trying a version on the past, bout by bout: each takes seconds, saves what it found, and makes room for others.

A bout moves its part on in one guarded UPDATE. So a worker that is killed costs the
bout it was in, two that work on the same part do no harm, and a cancelled back-test
stops at the end of a bout.
"""

import time
from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from policies.engine.outcomes import Routing
from policies.engine.rules import Policy
from policies.models import PolicyVersion
from policies.services import reading, trials
from socialhub.lib import bouts
from socialhub.lib.bouts import Bout
from socialhub.lib.errors import Invalid
from socialhub.lib.queue import wake_last
from teams.services import hours
from triage.models import BackTest, BackTestPart
from triage.services.arriving.facts import company_zone
from triage.services.back_tests import past as past
from triage.services.back_tests import tally as tallies

# Below, two workers would only be in each other's way.
WORTH_SHARING = 50_000
# After each batch the worker rests for this share of the time that it took, so that the database is free for others.
REST = 0.3

# What was read of the version tried last, by what it said: no two that say the same decide otherwise.
_kept: dict[tuple[int, str], Policy] = {}


def begin(*, back_test_id: int, at: datetime) -> None:
    """Share the work out and wake the workers. Harmless to run twice."""
    waiting = BackTest.objects.filter(pk=back_test_id, state=BackTest.State.QUEUED)
    asked = waiting.first()
    if asked is None:
        return
    first, end, total = past.stretch(past.Period(asked.since, asked.until))
    with transaction.atomic():
        if not waiting.update(state=BackTest.State.RUNNING, started_at=at, total_count=total):
            return
        middle = (first + end) // 2
        stretches = [(first, middle), (middle, end)] if total > WORTH_SHARING else [(first, end)]
        parts = BackTestPart.objects.bulk_create(
            BackTestPart(back_test=asked, next_id=low, end_id=high, moved_at=at) for low, high in stretches
        )
        for part in parts:
            wake_last("triage.try_on_the_past", part_id=part.pk)


def run_bout(*, part_id: int, at: datetime, seconds: float = bouts.SECONDS, rest: float = REST) -> Bout:
    """Try the next conversations of a part for about so long, and save what came of it."""
    part = BackTestPart.objects.select_related("back_test").filter(pk=part_id).first()
    if part is None or part.back_test.state != BackTest.State.RUNNING:
        return Bout.GONE
    asked = part.back_test
    policy = _policy_of(asked, at)
    if policy is None:
        return Bout.GONE
    # Until the bout is saved it counts as one that was lost.
    BackTestPart.objects.filter(pk=part_id).update(stumbles=F("stumbles") + 1, moved_at=at)
    found, next_id = _try(part, policy, seconds, rest)
    running = BackTestPart.objects.filter(
        pk=part_id, next_id=part.next_id, back_test__in=BackTest.objects.filter(state=BackTest.State.RUNNING)
    )
    moved = running.update(
        next_id=next_id,
        tally=tallies.add(part.tally, found),
        done_count=F("done_count") + found["count"],
        moved_at=at,
        stumbles=0,
    )
    if not moved:
        return Bout.GONE
    if next_id < part.end_id:
        return Bout.MORE
    _finish(asked.pk, policy, at)
    return Bout.DONE


def sweep(*, at: datetime) -> None:
    """Wake what no worker has given a sign of for a while; what is lost again and again stops."""
    lost = at - bouts.LOST_AFTER
    queued = BackTest.objects.filter(state=BackTest.State.QUEUED, requested_at__lt=lost)
    for pk in queued.values_list("pk", flat=True):
        wake_last("triage.begin_back_test", back_test_id=pk)
    running = BackTestPart.objects.filter(back_test__state=BackTest.State.RUNNING)
    for part in bouts.take_lost(running, at=at):
        # A part that is done has its turn too: its worker may have been lost before it put all together.
        if part.stumbles >= bouts.MOST_STUMBLES:
            _stop(part.back_test_id, BackTest.Problem.STUMBLED, at)
        else:
            wake_last("triage.try_on_the_past", part_id=part.pk)


def _try(part: BackTestPart, policy: Policy, seconds: float, rest: float) -> tuple[tallies.Tally, int]:
    asked, zone, calendar = part.back_test, company_zone(), hours.calendar_of()
    period = past.Period(asked.since, asked.until)
    found, next_id, began = tallies.new_tally(), part.next_id, time.monotonic()
    while next_id < part.end_id and time.monotonic() - began < seconds:
        started = time.monotonic()
        batch, next_id = past.read_batch(
            next_id=next_id, end_id=part.end_id, period=period, zone=zone, at=asked.requested_at
        )
        tallies.add(found, tallies.tally(batch, policy=policy, calendar=calendar, at=asked.requested_at))
        time.sleep((time.monotonic() - started) * rest)
    return found, next_id


def _policy_of(asked: BackTest, at: datetime) -> Policy | None:
    """Return what is tried, or stop where it says something else by now, or cannot be read."""
    version = PolicyVersion.objects.get(pk=asked.version_id)
    if trials.content_fingerprint(version) != asked.fingerprint:
        _stop(asked.pk, BackTest.Problem.CHANGED, at)
        return None
    key = asked.version_id, asked.fingerprint
    policy = _kept.get(key)
    if policy is None:
        try:
            policy = reading.read_policy(asked.version_id)
        except Invalid:
            _stop(asked.pk, BackTest.Problem.UNREADABLE, at)
            return None
        _kept.clear()
        _kept[key] = policy
    return policy


def _stop(back_test_id: int, problem: str, at: datetime) -> None:
    running = BackTest.objects.filter(pk=back_test_id, state=BackTest.State.RUNNING)
    running.update(state=BackTest.State.FAILED, problem=problem, finished_at=at)


def _finish(back_test_id: int, policy: Policy, at: datetime) -> None:
    """Put the parts together once all are done; the last worker does it."""
    asked = BackTest.objects.get(pk=back_test_id)
    erased = past.count_erased(past.Period(asked.since, asked.until))
    with transaction.atomic():
        asked = BackTest.objects.select_for_update().get(pk=back_test_id)
        parts = list(asked.parts.order_by("pk"))
        if asked.state != BackTest.State.RUNNING or not all(part.is_done for part in parts):
            return
        result = tallies.new_tally()
        for part in parts:
            tallies.add(result, part.tally)
        asked.result = {**result, "erased": erased, "rules": _rules(policy, result["rules"])}
        asked.done_count = asked.parts.aggregate(n=Sum("done_count"))["n"] or 0
        asked.total_count = asked.done_count
        asked.state, asked.finished_at = BackTest.State.DONE, at
        asked.save(update_fields=["result", "done_count", "total_count", "state", "finished_at"])
        asked.parts.all().delete()
        trials.record_trial(version_id=asked.version_id, fingerprint=asked.fingerprint, at=at)


def _rules(policy: Policy, counted: tallies.Tally) -> list[tallies.Tally]:
    """Return what came of each rule, in their order, also of those that never applied; named as they were called."""
    nothing = {"matched": 0, "gave": 0, "decides": 0}
    found = []
    for rule in policy.rules:
        if isinstance(rule.outcome, Routing):
            counts = counted.get(rule.key, nothing)
            beaten = counts.get("beaten", {})
            always = [key for key, n in beaten.items() if n == counts["matched"]] if not counts["gave"] else []
            order = [other.key for other in policy.rules if other.key in always]
            found.append(
                {**counts, "key": rule.key, "name": rule.name, "clause": rule.clause_label, "shadowed_by": order[:1]}
            )
    return found
