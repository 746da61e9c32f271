"""Take a closing back: the conversation is open again, with whoever held it."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict
from teams.models import User
from triage.models import Conversation, Event
from triage.services import closing
from triage.services.decisions.undoing import UNDO_WITHIN, NotUndoable
from triage.services.pen import capacity, claims
from triage.states import Stage


def undo_closing(
    *, conversation_id: int, actor: User, fence: int, at: datetime, within: timedelta = UNDO_WITHIN
) -> None:
    """Open again what ``actor`` closed, and give them the pen back if they held it; locks them, then the conversation.

    Who has no room for it any more, or may not claim there any more, finds it in its queue.

    :raises NotUndoable: it is not theirs, is older than ``within``, or somebody has gone on with it.
    """
    with transaction.atomic():
        if actor.capacity is not None:
            capacity.lock(actor)
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        closed = conversation.events.filter(kind=Event.Kind.CLOSED).order_by("-pk").first()
        is_theirs = closed is not None and closed.actor_id == actor.pk and at - closed.at <= within
        if closed is None or not is_theirs or conversation.stage != Stage.CLOSED or conversation.fence != fence:
            raise NotUndoable(_("Somebody has gone on with it, or it was too long ago. Reopen it instead."))
        closing.reopen_conversation(conversation_id=conversation.pk, actor=actor, at=at)
        if closed.data.get("was_held"):
            _give_back(conversation.pk, actor, at)


def _give_back(conversation_id: int, agent: User, at: datetime) -> None:
    try:
        with transaction.atomic():
            claims.claim_conversation(conversation_id=conversation_id, agent=agent, at=at)
    except Conflict:
        # It is open again, and that is what was asked: its department has it.
        return
