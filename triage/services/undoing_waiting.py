"""Go on with a conversation that one let wait for the customer by mistake."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from policies.services import reading
from teams.models import User
from triage.models import Conversation, Event
from triage.services import clocks, recording
from triage.services.decisions.undoing import UNDO_WITHIN, NotUndoable
from triage.services.pen import capacity
from triage.states import DueFor, Stage


def undo_waiting(
    *, conversation_id: int, actor: User, fence: int, at: datetime, within: timedelta = UNDO_WITHIN
) -> None:
    """Let the clocks of a held conversation go on to the deadlines that they had; locks its holder, then it.

    What waits since an answer has left goes on waiting.

    :raises NotUndoable: it is not the person's, is older than ``within``, or somebody has gone on with it.
    :raises AtCapacity: they have taken others meanwhile and hold as many as they may.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        if actor.capacity is not None:
            capacity.lock(actor)
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        waiting = conversation.events.filter(kind=Event.Kind.WAITING).order_by("-pk").first()
        is_theirs = waiting is not None and waiting.actor_id == actor.pk and conversation.holder_id == actor.pk
        stands = conversation.stage == Stage.WAITING and conversation.fence == fence
        # A step that was done has nothing left.
        is_by_hand = conversation.step_left is not None
        if waiting is None or not (is_theirs and stands and is_by_hand and at - waiting.at <= within):
            raise NotUndoable(_("Somebody has gone on with it, or it was too long ago. Write to the customer instead."))
        # What waits does not count among what they hold; from now on it does.
        capacity.make_sure_of_room(actor)
        # As if they had never stopped: else whoever pauses and goes on again would win time.
        fields = clocks.apply(conversation, clocks.resume(conversation, DueFor.ANSWER, policy=policy, at=waiting.at))
        conversation.stage = Stage.CLAIMED
        conversation.worked_at, conversation.idle_warned_at = at, None
        conversation.save(update_fields=["stage", "worked_at", "idle_warned_at", *fields])
        recording.record(
            conversation_id=conversation_id,
            kind=Event.Kind.WAITING_UNDONE,
            actor=actor,
            at=at,
            data={"event": waiting.pk},
        )
