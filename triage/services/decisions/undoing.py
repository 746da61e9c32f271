"""Take a decision back: a reversing decision, not a deletion."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Subquery
from django.utils.translation import gettext as _

from policies.services import reading
from socialhub.lib.errors import Conflict
from teams.models import Notification, User
from triage.models import Conversation, Decision, Event
from triage.services import clocks, gate, recording, telling
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
    tell: bool = True,
) -> None:
    """Put in force again what was so before the last decision of ``actor``; locks the conversation.

    What was decided before lies with its department again; where nothing was, the
    conversation needs a decision, and its clock goes on as if it had not been stopped.
    Tags that people have changed by hand stay so. Who was told of the decision and has not
    read it is told no more; the department that gets it back is told, unless ``tell`` says
    that the caller does. What the decision counted for or against rules is taken back.
    The decision itself stays in the record.

    :raises NotAttested: the person has not attested the policy in force.
    :raises NotUndoable: it is not the person's, is older than ``within``, or somebody has gone on with it.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        decision, former, tags = _last_two(conversation)
        if decision is None or not _is_undoable(conversation, decision, actor, fence, at, within):
            raise NotUndoable(_("Somebody has gone on with it, or it was too long ago. Decide anew."))
        gate.check(actor, policy, at=at, refusal=_("Read and attest the policy in force before you decide."))
        was_new = former is None or former.department_id is None
        departing.take_back(decision, was_first=was_new or decision.reverses_id is not None)
        undone = _reversing(decision, former, tags, actor, at)
        was_closed = conversation.stage == Stage.CLOSED
        event = recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.DECISION_UNDONE,
            actor=actor,
            at=at,
            data={"decision": undone.pk, "reopens": was_closed},
        )
        told = Event.objects.filter(conversation=conversation, kind=Event.Kind.DECIDED, data__decision=decision.pk)
        Notification.objects.filter(event_id__in=told.values("pk"), read_at=None).update(read_at=at)
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
        clocks.apply(conversation, clocks.take_back(conversation, stopped_at=decision.at, policy=policy, at=at))
        conversation.save(update_fields=[*_COLUMNS, *clocks.COLUMNS])
        if tell:
            telling.tell_department(conversation, event)
        offering.wake_offering(conversation.department_id)


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
)


def _is_undoable(
    conversation: Conversation, decision: Decision, actor: User, fence: int, at: datetime, within: timedelta
) -> bool:
    stands = conversation.stage == Stage.ASSIGNED or (
        conversation.stage == Stage.CLOSED and conversation.outcome == Outcome.NO_ANSWER
    )
    is_theirs = decision.decided_by_id == actor.pk and not decision.is_undoing
    return stands and is_theirs and conversation.fence == fence and at - decision.at <= within


def _last_two(conversation: Conversation) -> tuple[Decision | None, Decision | None, list[str]]:
    """Return the decision in force, the one that was so before it, and the tags as they are without the first.

    One that decides nothing is none.
    """
    last = list(conversation.decisions.select_related("department", "offered_to").order_by("-pk")[:2])
    decision = last[0] if last else None
    before = last[1] if len(last) > 1 else None
    return decision, before if before is not None and before.disposition else None, _tags_since(conversation, before)


def _tags_since(conversation: Conversation, before: Decision | None) -> list[str]:
    """Return the tags of a decision with what people have changed of them by hand since then."""
    tags = list(before.tags) if before is not None else []
    tagged = conversation.events.filter(kind=Event.Kind.TAGGED).order_by("pk")
    if before is not None:
        made = conversation.events.filter(data__decision=before.pk).order_by("pk").values("pk")[:1]
        tagged = tagged.filter(pk__gt=Subquery(made))
    for event in tagged:
        kept = [tag for tag in tags if tag not in event.data["removed"]]
        tags = kept + [tag for tag in event.data["added"] if tag not in kept]
    return tags


def _reversing(decision: Decision, former: Decision | None, tags: list[str], actor: User, at: datetime) -> Decision:
    """Write the decision that says again what was in force before; nothing, where nothing was."""
    suggested = decision.conversation.suggestion.get("priority", decision.priority)
    return Decision.objects.create(
        conversation=decision.conversation,
        disposition=former.disposition if former else "",
        reason=former.reason if former else "",
        priority=former.priority if former else suggested,
        department=former.department if former else None,
        visibility=former.visibility if former else "",
        approval=former.approval if former else {},
        policy_version_id=former.policy_version_id if former else decision.policy_version_id,
        clause_id=former.clause_id if former else None,
        tags=tags,
        reverses=decision,
        is_undoing=True,
        decided_by=actor,
        at=at,
    )
