"""The end of a conversation, the pause, and the way back."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from policies.services import reading
from socialhub.lib.errors import Conflict, Invalid
from teams.models import User
from triage.models import Conversation, Event
from triage.services import clocks, recording, telling
from triage.services.arriving.joining import reopening
from triage.services.pen import giving_back, offering, voiding, working
from triage.services.pen.claims import NotTheHolder
from triage.services.threads.joined import has_changed_hands, joined_since
from triage.states import CLOSING_OUTCOMES, Outcome, Stage


class NotOpen(Conflict):
    """The conversation is closed already."""

    code = "not_open"


class NotClosed(Conflict):
    """The conversation is not closed."""

    code = "not_closed"


def wait_for_customer(*, conversation_id: int, agent: User, fence: int, at: datetime) -> None:
    """Stop the clocks: it is the customer's turn. They go on where they stand when the customer has answered.

    :raises NotTheHolder: ``agent`` does not hold it under ``fence``.
    """
    with transaction.atomic():
        held = Conversation.objects.filter(pk=conversation_id, stage=Stage.CLAIMED, holder=agent)
        conversation = held.select_for_update(of=("self",)).first()
        if conversation is None:
            raise NotTheHolder(_("You do not hold this conversation any more."))
        if why := working.why_older(conversation, fence):
            raise NotTheHolder(why)
        clocks.acknowledge(conversation.pk, actor=agent, at=at)
        fields = clocks.apply(conversation, clocks.pause(conversation, is_done=False, at=at))
        conversation.stage = Stage.WAITING
        conversation.save(update_fields=["stage", *fields])
        recording.record(conversation_id=conversation_id, kind=Event.Kind.WAITING, actor=agent, at=at)
        offering.wake_offering(conversation.department_id)


def close_conversation(*, conversation_id: int, actor: User, outcome: str, fence: int, at: datetime) -> None:
    """Close with an outcome. A held conversation is closed only by its holder. Locks the conversation.

    :raises Invalid: the outcome is not one that a person may choose.
    :raises NotOpen: it is closed, or changed hands since ``fence``.
    :raises NotTheHolder: somebody else holds it.
    """
    if outcome not in CLOSING_OUTCOMES:
        raise Invalid(_("Choose how the conversation ended."), field="outcome")
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        if conversation.stage == Stage.CLOSED or has_changed_hands(conversation, fence):
            raise NotOpen(_("This conversation was closed or changed hands a moment ago."))
        if joined := joined_since(conversation, fence):
            raise NotOpen(" ".join(joined))
        if conversation.holder_id is not None and conversation.holder_id != actor.pk:
            raise NotTheHolder(_("Somebody else holds this conversation."))
        if giving_back.is_underway(conversation, actor=actor, at=at):
            raise NotOpen(_("An answer is on its way. Close when its fate is known."))
        was_held = conversation.holder_id is not None
        clocks.end_step(conversation, is_done=True, actor=actor, at=at)
        clocks.end_resolving(conversation, at=at)
        conversation.stage = Stage.CLOSED
        conversation.outcome = Outcome(outcome)
        conversation.holder = None
        conversation.offered_to = None
        conversation.closed_at = at
        conversation.fence += 1
        fields = clocks.apply(conversation, clocks.stop())
        conversation.save(update_fields=["stage", "outcome", "holder", "offered_to", "closed_at", "fence", *fields])
        voiding.void_asking(conversation_id=conversation.pk, at=at)
        recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.CLOSED,
            actor=actor,
            at=at,
            data={"outcome": outcome, "was_held": True} if was_held else {"outcome": outcome},
        )
        offering.wake_offering(conversation.department_id)


def reopen_conversation(*, conversation_id: int, actor: User, at: datetime) -> None:
    """Open a closed conversation again, at the department that had it, else for a new decision.

    :raises NotClosed: it is open.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        if conversation.stage != Stage.CLOSED or conversation.outcome == Outcome.MERGED:
            raise NotClosed(_("This conversation is not closed."))
        change = reopening(conversation, policy, at)
        for name, value in change.items():
            setattr(conversation, name, value)
        conversation.save(update_fields=list(change))
        event = recording.record(conversation_id=conversation.pk, kind=Event.Kind.REOPENED, actor=actor, at=at)
        telling.tell_department(conversation, event)
        offering.wake_offering(conversation.department_id)
