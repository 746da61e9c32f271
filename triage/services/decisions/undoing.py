"""Take a decision back: a reversing decision, not a deletion."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from policies.engine.incidents import Incidents
from policies.engine.rules import Policy
from policies.models import RuleCount
from policies.services import heeding, reading
from policies.services.incidents import standing_until_committed
from socialhub.lib.bulk import save_rows
from socialhub.lib.errors import Conflict
from teams.models import User
from teams.services import notifications
from triage.models import ClockEnd, Conversation, Decision, Event
from triage.services import clocks, gate, recording, telling
from triage.services.arriving import suggesting_anew
from triage.services.decisions import departing
from triage.services.pen import offering
from triage.states import Outcome, Stage

# What was decided longer ago has been acted on: it is decided anew instead.
UNDO_WITHIN = timedelta(hours=1)


class NotUndoable(Conflict):
    """Somebody has gone on with it, or it is too late."""

    code = "not_undoable"


def undo_decision(
    *,
    conversation_id: int,
    actor: User,
    fence: int,
    at: datetime,
    within: timedelta = UNDO_WITHIN,
) -> None:
    """Put in force again what was so before the last decision of ``actor``; locks the conversation.

    What was decided before lies with its department again; where nothing was, the
    conversation needs a decision, and its clock goes on as if it had not been stopped.
    Tags that people have changed by hand stay so, and what has become more urgent since, for
    another was merged into it, stays as urgent. Who was told of the decision and has not
    read it is told no more; the department that gets it back is told. What the decision
    counted for or against rules is taken back.
    The decision itself stays in the record.

    :raises NotAttested: the person has not attested the policy in force.
    :raises NotUndoable: it is not the person's, is older than ``within``, or somebody has gone on with it.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        incidents = standing_until_committed()
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        before = befores([conversation])[conversation.pk]
        undone = undo_locked(conversation, before, actor=actor, fence=fence, policy=policy, at=at, within=within)
        gate.check_deciding(actor, policy, at=at)
        write_undone([undone], policy=policy, incidents=incidents, actor=actor, tell=telling.tell_department, at=at)


@dataclass(frozen=True, slots=True)
class Before:
    """The decision in force, the one that was so before it, and what has to be known to go back.

    Of what was in force before, one that decides nothing is none. ``tags`` are as they are without the latest,
    ``urgent`` is the priority that merges have brought since the former, ``ends`` are the clocks that the latest
    ended, and ``is_judged`` says that what it reversed had been found wrong.
    """

    decision: Decision | None
    former: Decision | None
    tags: list[str]
    urgent: int | None
    ends: list[ClockEnd]
    is_judged: bool


@dataclass(frozen=True, slots=True)
class Undone:
    """A decision that is taken back and not written yet, and its conversation as it is without it."""

    conversation: Conversation
    decision: Decision
    was_closed: bool
    ends: list[ClockEnd]
    verdicts: list[tuple[int, RuleCount.Verdict]]


def befores(conversations: Sequence[Conversation]) -> dict[int, Before]:
    """Read what was before the latest decision on each of these conversations, which are locked."""
    decisions, changed, made, ends = defaultdict(list), defaultdict(list), {}, defaultdict(list)
    ids = [one.pk for one in conversations]
    rows = Decision.objects.filter(conversation__in=ids).select_related("department", "offered_to").order_by("-pk")
    for decision in rows:
        decisions[decision.conversation_id].append(decision)
    for end in ClockEnd.objects.filter(conversation__in=ids):
        ends[end.conversation_id, end.ended_at].append(end)
    kinds = (*_CHANGING, Event.Kind.DECIDED, Event.Kind.DECISION_UNDONE)
    for event in Event.objects.filter(conversation__in=ids, kind__in=kinds).order_by("pk"):
        if event.kind in _CHANGING:
            changed[event.conversation_id].append(event)
        else:
            made[event.data["decision"]] = event.pk
    judged = departing.judged([of_one[0].reverses_id for of_one in decisions.values()])
    found = {}
    for one in conversations:
        last, before = [*decisions[one.pk][:2], None, None][:2]
        begins = 0 if before is None else made.get(before.pk, 0)
        since = [event for event in changed[one.pk] if event.pk > begins]
        found[one.pk] = Before(
            last,
            before if before is not None and before.disposition else None,
            _tags_since(before, since),
            _urgency_since(since),
            ends[one.pk, last.at] if last is not None else [],
            last is not None and last.reverses_id in judged,
        )
    return found


def undo_locked(
    conversation: Conversation,
    before: Before,
    *,
    actor: User,
    fence: int,
    policy: Policy,
    at: datetime,
    within: timedelta,
) -> Undone:
    """Take back the decision on a locked conversation, which ``write_undone`` writes; the caller asks the gate.

    :raises NotUndoable: it is not the person's, is older than ``within``, or somebody has gone on with it.
    """
    decision, former = before.decision, before.former
    if decision is None or not _is_undoable(conversation, decision, actor, fence, at, within):
        raise NotUndoable(_("Somebody has gone on with it, or it was too long ago. Decide anew."))
    was_first = former is None or former.department_id is None or decision.reverses_id is not None
    is_counted = conversation.suggestion and was_first and not before.is_judged and conversation.learner_id is None
    decision.conversation = conversation
    verdicts = departing.counted(decision) if is_counted else []
    undone = _reversing(decision, before, actor, at)
    was_closed = conversation.stage == Stage.CLOSED
    conversation.disposition = undone.disposition
    conversation.visibility = undone.visibility
    conversation.priority = undone.priority
    conversation.tags = undone.tags
    conversation.department = undone.department
    conversation.offered_to = None
    conversation.outcome = ""
    conversation.closed_at = None
    conversation.fence += 1
    if not undone.disposition:
        conversation.decided_at = None
    conversation.stage = Stage.NEW if undone.department is None else Stage.ASSIGNED
    clocks.apply(conversation, clocks.take_back(conversation, ends=before.ends, policy=policy, at=at))
    return Undone(conversation, undone, was_closed, before.ends, verdicts)


def write_undone(
    undone: Sequence[Undone],
    *,
    policy: Policy,
    incidents: Incidents,
    actor: User,
    tell: Callable[[Conversation, Event], None],
    at: datetime,
) -> list[Event]:
    """Write what was taken back, in the transaction that locked the conversations, and ``tell`` who gets it back.

    ``incidents`` are those that stay open until it is committed: asked for before the conversations were locked.
    Return the event of each.
    """
    conversations = [one.conversation for one in undone]
    heeding.count((verdict for one in undone for verdict in one.verdicts), times=-1)
    ClockEnd.objects.filter(pk__in=[end.pk for one in undone for end in one.ends]).delete()
    Decision.objects.bulk_create([one.decision for one in undone])
    kind = Event.Kind.DECISION_UNDONE
    events = [
        Event(
            conversation=one.conversation,
            kind=kind,
            actor=actor,
            at=at,
            data={"decision": one.decision.pk, "reopens": one.was_closed},
        )
        for one in undone
    ]
    recording.record_many(events)
    taken_back = [one.decision.reverses_id for one in undone]
    told = Event.objects.filter(conversation__in=conversations, kind=Event.Kind.DECIDED, data__decision__in=taken_back)
    notifications.mark_done(event_ids=told.values_list("pk", flat=True), at=at)
    save_rows(conversations, _COLUMNS)
    suggesting_anew.hold_again([one.pk for one in conversations], incidents, policy, at)
    for conversation, event in zip(conversations, events, strict=True):
        tell(conversation, event)
    for department_id in {one.department_id for one in conversations}:
        offering.wake_offering(department_id)
    return events


_COLUMNS = (
    "disposition",
    "visibility",
    "priority",
    "tags",
    "department",
    "offered_to",
    "outcome",
    "closed_at",
    "fence",
    "decided_at",
    "stage",
    *clocks.COLUMNS,
)


def _is_undoable(
    conversation: Conversation, decision: Decision, actor: User, fence: int, at: datetime, within: timedelta
) -> bool:
    stands = conversation.stage == Stage.ASSIGNED or (
        conversation.stage == Stage.CLOSED and conversation.outcome == Outcome.NO_ANSWER
    )
    is_theirs = decision.decided_by_id == actor.pk and not decision.is_undoing
    return stands and is_theirs and conversation.fence == fence and at - decision.at <= within


_CHANGING = (Event.Kind.TAGGED, Event.Kind.MERGED, Event.Kind.MERGE_UNDONE)


def _tags_since(before: Decision | None, changed: Sequence[Event]) -> list[str]:
    """Return the tags of a decision with what people have changed of them by hand since then."""
    tags = list(before.tags) if before is not None else []
    for event in changed:
        if event.kind != Event.Kind.TAGGED:
            continue
        kept = [tag for tag in tags if tag not in event.data["removed"]]
        tags = kept + [tag for tag in event.data["added"] if tag not in kept]
    return tags


def _urgency_since(changed: Sequence[Event]) -> int | None:
    """Return the priority that merges have brought which still stand."""
    # By the conversation that was merged: what intake joins is no merge with an id of its own.
    brought: dict[int | None, int] = {}
    for event in changed:
        if event.kind == Event.Kind.MERGED and "priority" in event.data:
            brought[event.data["from"]] = event.data["priority"]
        elif event.kind == Event.Kind.MERGE_UNDONE:
            brought.pop(event.data.get("gave_back"), None)
    return min(brought.values(), default=None)


def _reversing(decision: Decision, before: Before, actor: User, at: datetime) -> Decision:
    """Return the decision that says again what was in force before; nothing, where nothing was."""
    conversation, former = decision.conversation, before.former
    priority = former.priority if former else conversation.suggestion.get("priority", decision.priority)
    if before.urgent is not None:
        priority = min(priority, before.urgent)
    return Decision(
        conversation=conversation,
        disposition=former.disposition if former else "",
        reason=former.reason if former else "",
        priority=priority,
        department=former.department if former else None,
        visibility=former.visibility if former else "",
        approval=former.approval if former else {},
        policy_version_id=former.policy_version_id if former else decision.policy_version_id,
        clause_id=former.clause_id if former else None,
        tags=before.tags,
        reverses=decision,
        is_undoing=True,
        decided_by=actor,
        at=at,
    )
