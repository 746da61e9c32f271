"""The clocks of a conversation: one for the step that is to be done now, one until it is resolved.

``start``, ``pause``, ``resume`` and ``stop`` return columns, for whoever locks and saves the
conversation. ``due_at`` is the first of the step's deadline, the deadline to resolve and the
end of the network's window for private answers. Clocks count in the hours of the department,
before a decision in those of the company, where the target says so. A clock keeps the deadline
that it was given by the version in force when it began; a later version moves nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from policies.engine.rules import Policy
from policies.engine.targets import Allowed
from policies.services import reading
from socialhub.lib.business_time import Calendar
from teams.models import User
from teams.services import hours, notifications
from triage.models import ClockEnd, Conversation, Escalation
from triage.states import DueFor, Stage, Visibility

_MINUTE = timedelta(minutes=1)

STEPS: dict[str, DueFor] = {
    Stage.NEW: DueFor.DECIDE,
    Stage.ASSIGNED: DueFor.CLAIM,
    Stage.CLAIMED: DueFor.ANSWER,
}
COLUMNS = (
    "due_at",
    "due_for",
    "due_under",
    "step_due_at",
    "step_left",
    "resolve_due_at",
    "resolve_left",
    "resolve_under",
)
_STOPPED: dict[str, Any] = {
    "due_at": None,
    "due_for": "",
    "step_due_at": None,
    "step_left": None,
    "resolve_due_at": None,
    "resolve_left": None,
}


def apply(conversation: Conversation, change: Mapping[str, Any]) -> list[str]:
    """Set columns and return their names, for whoever saves."""
    for name, value in change.items():
        setattr(conversation, name, value)
    return list(change)


def start(conversation: Conversation, step: DueFor, *, policy: Policy, at: datetime) -> dict[str, Any]:
    """Return the columns of a conversation in which ``step`` begins, under ``policy``."""
    due_at = policy.deadline(
        step,
        priority=conversation.priority,
        disposition=conversation.disposition,
        since=at,
        calendar=hours.calendar_of(conversation.department_id),
    )
    return _running(conversation, step, due_at, at) | {"due_under": policy.version_id}


def start_again(conversation: Conversation, step: DueFor, *, policy: Policy, at: datetime) -> dict[str, Any]:
    """Return the columns of a conversation that is opened again: every clock begins anew."""
    resolve = start_resolving(conversation, since=at, used=0, policy=policy) if conversation.disposition else {}
    conversation.resolve_due_at = resolve.get("resolve_due_at")
    return resolve | start(conversation, step, policy=policy, at=at)


def resolving_since(conversation: Conversation, *, at: datetime) -> tuple[datetime, float]:
    """Return from when the time to resolve counts after a decision, and how many minutes are used up before that.

    The first decision counts from the opening on; for a later one what was used up stays so.
    """
    if conversation.decided_at is None:
        return conversation.opened_at, 0
    allowed = _allowed(conversation, conversation.resolve_under).resolve
    if allowed is None or conversation.resolve_due_at is None:
        return at, 0
    left = _calendar(conversation, conversation.resolve_under).minutes_between(at, conversation.resolve_due_at)
    return at, allowed / _MINUTE - left


def start_resolving(conversation: Conversation, *, since: datetime, used: float, policy: Policy) -> dict[str, Any]:
    """Return the columns of the time to resolve, which counts from ``since`` on with so many minutes used up."""
    allowed = policy.allowed(conversation.priority, conversation.disposition)
    if allowed.resolve is None:
        return {"resolve_due_at": None, "resolve_left": None, "resolve_under": None}
    calendar = allowed.counted_in(hours.calendar_of(conversation.department_id))
    return {
        "resolve_due_at": calendar.add(since, allowed.resolve / _MINUTE - used),
        "resolve_left": None,
        "resolve_under": policy.version_id,
    }


def pause(conversation: Conversation, *, is_done: bool, at: datetime) -> dict[str, Any]:
    """Return the columns of a conversation that waits for the customer.

    ``is_done``: we have answered, so the next message begins a step anew; else the step
    goes on then where it stands now.
    """
    step_due_at = conversation.step_due_at or conversation.due_at
    left = None
    if not is_done and step_due_at is not None:
        left = _calendar(conversation, conversation.due_under).minutes_between(at, step_due_at)
    resolve_left = conversation.resolve_left
    if conversation.resolve_due_at is not None:
        resolve_left = _calendar(conversation, conversation.resolve_under).minutes_between(
            at, conversation.resolve_due_at
        )
    return _STOPPED | {"step_left": left, "resolve_left": resolve_left}


def resume(conversation: Conversation, step: DueFor, *, policy: Policy, at: datetime) -> dict[str, Any]:
    """Return the columns of a conversation in which it is our turn again."""
    resolve = _resolve_due_at(conversation, at)
    conversation.resolve_due_at, conversation.resolve_left = resolve, None
    if conversation.step_left is None or step != DueFor.ANSWER:
        change = start(conversation, step, policy=policy, at=at)
    else:
        calendar = _calendar(conversation, conversation.due_under)
        change = _running(conversation, step, calendar.add(at, conversation.step_left), at)
    return change | {"resolve_due_at": resolve, "resolve_left": None}


def to_queue(conversation: Conversation, *, policy: Policy, at: datetime) -> dict[str, Any]:
    """Return the columns of a conversation that goes back to its department's queue, also while it waits."""
    resolve = _resolve_due_at(conversation, at)
    conversation.resolve_due_at, conversation.resolve_left = resolve, None
    change = start(conversation, DueFor.CLAIM, policy=policy, at=at)
    return change | {"resolve_due_at": resolve, "resolve_left": None}


def stop() -> dict[str, Any]:
    """Return the columns of a conversation that is closed."""
    return dict(_STOPPED)


def take_back(conversation: Conversation, *, ends: Iterable[ClockEnd], policy: Policy, at: datetime) -> dict[str, Any]:
    """Return the columns of a conversation whose decision is taken back, after its other columns are.

    ``ends`` were written down when it was decided, and did not end after all: those clocks
    go on to the deadlines that they had. The others begin anew. The caller deletes them.
    """
    stopped = {end.step: end for end in ends}
    if conversation.stage == Stage.NEW:
        resolve: dict[str, Any] = {"resolve_due_at": None, "resolve_left": None, "resolve_under": None}
    elif (end := stopped.get(DueFor.RESOLVE)) is not None:
        resolve = {"resolve_due_at": end.due_at, "resolve_left": None, "resolve_under": end.under}
    else:
        since, used = resolving_since(conversation, at=at)
        resolve = start_resolving(conversation, since=since, used=used, policy=policy)
    apply(conversation, resolve)
    step = STEPS[conversation.stage]
    end = stopped.get(step)
    if end is None:
        return resolve | start(conversation, step, policy=policy, at=at)
    return resolve | _running(conversation, step, end.due_at, at) | {"due_under": end.under}


def end_step(conversation: Conversation, *, is_done: bool, actor: User | None, at: datetime) -> None:
    """Write down that the running step ended, if it was done, or was late already.

    Call it before the columns change. Who was told that nobody acts is told no more.
    """
    acknowledge(conversation.pk, actor=actor, at=at)
    ClockEnd.objects.bulk_create(ended(conversation, is_done=is_done, at=at))


def end_resolving(conversation: Conversation, *, at: datetime) -> None:
    """Write down that the conversation is resolved, in time or not. Call it before the columns change."""
    ClockEnd.objects.bulk_create(resolved(conversation, at=at))


def ended(conversation: Conversation, *, is_done: bool, at: datetime) -> list[ClockEnd]:
    """Return what ``end_step`` writes down."""
    step = STEPS.get(conversation.stage)
    due_at = deadline_of_step(conversation)
    if step is None or due_at is None or not (is_done or at > due_at):
        return []
    return _ending(conversation, step, due_at, conversation.due_under, at)


def resolved(conversation: Conversation, *, at: datetime) -> list[ClockEnd]:
    """Return what ``end_resolving`` writes down."""
    due_at = _resolve_due_at(conversation, at)
    return [] if due_at is None else _ending(conversation, DueFor.RESOLVE, due_at, conversation.resolve_under, at)


def acknowledge(*conversation_ids: int, actor: User | None, at: datetime) -> None:
    """Note that somebody acts: what was told of the deadlines so far has done its work."""
    told = Escalation.objects.filter(conversation_id__in=conversation_ids, acknowledged_at=None, event__isnull=False)
    events = list(told.values_list("event", flat=True))
    if events:
        told.update(acknowledged_at=at, acknowledged_by=actor)
        notifications.mark_done(event_ids=events, at=at)


def deadline_of_step(conversation: Conversation) -> datetime | None:
    """Return when the running step is due, by its own time or by the network's window."""
    if conversation.due_for == DueFor.RESOLVE:
        return conversation.step_due_at
    return conversation.due_at


def calendar_of_step(conversation: Conversation) -> Calendar:
    """Return the calendar in which the running step counts."""
    return _calendar(conversation, conversation.due_under)


def calendar_of_resolving(conversation: Conversation) -> Calendar:
    """Return the calendar in which the time to resolve counts."""
    return _calendar(conversation, conversation.resolve_under)


def _running(conversation: Conversation, step: DueFor, step_due_at: datetime, at: datetime) -> dict[str, Any]:
    due_at, due_for = step_due_at, step
    if conversation.resolve_due_at is not None and conversation.resolve_due_at < due_at:
        due_at, due_for = conversation.resolve_due_at, DueFor.RESOLVE
    until = window_end(conversation, at)
    if until is not None and until < due_at:
        due_at, due_for = until, step
    return {"due_at": due_at, "due_for": due_for, "step_due_at": step_due_at, "step_left": None}


def look_again(conversation: Conversation, *, at: datetime) -> dict[str, Any]:
    """Return the columns of a running clock after the network's window has moved."""
    step = STEPS.get(conversation.stage)
    if step is None or conversation.step_due_at is None:
        return {}
    return _running(conversation, step, conversation.step_due_at, at)


def window_end(conversation: Conversation, at: datetime) -> datetime | None:
    """Return until when the network takes a private answer, where that matters and is still to come."""
    until = conversation.private_until
    if until is None or until <= at or conversation.visibility == Visibility.PUBLIC:
        return None
    return until


def _resolve_due_at(conversation: Conversation, at: datetime) -> datetime | None:
    if conversation.resolve_left is None:
        return conversation.resolve_due_at
    return _calendar(conversation, conversation.resolve_under).add(at, conversation.resolve_left)


def _calendar(conversation: Conversation, under: int | None) -> Calendar:
    """Return the calendar in which a running clock counts."""
    return _allowed(conversation, under).counted_in(hours.calendar_of(conversation.department_id))


def _allowed(conversation: Conversation, under: int | None) -> Allowed:
    return reading.allowed_under(under, priority=conversation.priority, disposition=conversation.disposition)


def _ending(
    conversation: Conversation, step: DueFor, due_at: datetime, under: int | None, at: datetime
) -> list[ClockEnd]:
    if conversation.learner_id is not None:
        return []
    return [
        ClockEnd(
            conversation=conversation,
            department_id=conversation.department_id,
            step=step,
            priority=conversation.priority,
            under=under,
            due_at=due_at,
            ended_at=at,
            missed=at > due_at,
        )
    ]
