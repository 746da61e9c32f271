"""Claims that rest: first their holder is warned, then the conversation goes back to the queue."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from policies.engine.rules import Policy
from policies.services import reading
from triage.models import Approval, Conversation, Event, Reply
from triage.services import clocks, recording, telling
from triage.services.pen import offering, voiding
from triage.states import IN_FLIGHT, Priority, Stage

# Of each kind at most so many in one sweep; the next one comes within a minute.
BATCH = 200

_BEFORE_OTHERS = Approval.objects.filter(state=Approval.State.ASKED)


def sweep(*, at: datetime) -> tuple[int, int]:
    """Warn of claims that rest, and return those that rested on; return how many of each. Harmless to run twice.

    A claim rests from the last act of its holder: the claim itself, a draft saved, a
    note, an answer. A claim whose answer is on its way, or before those who approve it,
    does not rest: its holder can only wait.
    """
    policy = reading.policy_in_force()
    returned = warned = 0
    for priority in Priority.values:
        rest = policy.rest(priority)
        # Long warned ones first: a claim is never warned of and given back in one sweep.
        for conversation_id, fence in _resting(priority, Q(idle_warned_at__lte=at - rest)):
            returned += _return(conversation_id, fence, policy, rest, at)
        for conversation_id, fence in _resting(priority, Q(idle_warned_at=None, since__lte=at - rest)):
            warned += _warn(conversation_id, fence, rest, at)
    return warned, returned


def _resting(priority: int, so_long: Q) -> list[tuple[int, int]]:
    """Return the claims of a priority that rest ``so_long``, each with its fence."""
    # What was claimed before acts were noted rests since it was claimed.
    since = Coalesce("worked_at", "claimed_at", "opened_at", output_field=DateTimeField())
    claimed = Conversation.objects.work().filter(
        ~Exists(Reply.objects.filter(conversation=OuterRef("pk"), state__in=IN_FLIGHT)),
        ~Exists(_BEFORE_OTHERS.filter(conversation=OuterRef("pk"), fence=OuterRef("fence"))),
        stage=Stage.CLAIMED,
        holder__isnull=False,
        priority=priority,
        snoozed_at=None,
    )
    resting = claimed.annotate(since=since).filter(so_long).order_by("since", "pk")
    return list(resting.values_list("pk", "fence")[:BATCH])


def _warn(conversation_id: int, fence: int, rest: timedelta, at: datetime) -> bool:
    with transaction.atomic():
        conversation = _locked(conversation_id, fence)
        if conversation is None or conversation.idle_warned_at is not None or _rested_since(conversation) > at - rest:
            return False
        warned = Conversation.objects.filter(
            pk=conversation_id, holder=conversation.holder_id, fence=fence, idle_warned_at=None
        ).update(idle_warned_at=at)
        if not warned:
            return False
        event = recording.record(
            conversation_id=conversation_id,
            kind=Event.Kind.CLAIM_WARNED,
            actor=None,
            at=at,
            data={"to": conversation.holder_id},
        )
        telling.tell_idle(conversation, event)
    return True


def _return(conversation_id: int, fence: int, policy: Policy, rest: timedelta, at: datetime) -> bool:
    with transaction.atomic():
        conversation = _locked(conversation_id, fence)
        if conversation is None or conversation.idle_warned_at is None or conversation.idle_warned_at > at - rest:
            return False
        former = conversation.holder
        change = clocks.to_queue(conversation, policy=policy, at=at)
        returned = Conversation.objects.filter(
            pk=conversation_id, holder=former, fence=fence, stage=Stage.CLAIMED, idle_warned_at__isnull=False
        ).update(
            stage=Stage.ASSIGNED,
            holder=None,
            fence=F("fence") + 1,
            worked_at=None,
            idle_warned_at=None,
            **change,
        )
        if not returned or former is None:
            return False
        clocks.end_step(conversation, is_done=False, actor=None, at=at)
        voiding.void_asking(conversation_id=conversation_id, at=at)
        event = recording.record(
            conversation_id=conversation_id,
            kind=Event.Kind.CLAIM_RETURNED,
            actor=None,
            at=at,
            data={"from": former.pk},
        )
        telling.tell_taken_over(conversation, event, former)
        telling.tell_department(conversation, event, but=former)
        offering.wake_offering(conversation.department_id)
    return True


def _locked(conversation_id: int, fence: int) -> Conversation | None:
    """Lock a claim; None if it changed hands, or its holder can only wait."""
    conversation = (
        Conversation.objects.select_for_update(of=("self",))
        .select_related("holder")
        .filter(pk=conversation_id, stage=Stage.CLAIMED, fence=fence, snoozed_at=None)
        .first()
    )
    if conversation is None or conversation.replies.filter(state__in=IN_FLIGHT).exists():
        return None
    if _BEFORE_OTHERS.filter(conversation=conversation, fence=fence).exists():
        return None
    return conversation


def _rested_since(conversation: Conversation) -> datetime:
    return conversation.worked_at or conversation.claimed_at or conversation.opened_at
