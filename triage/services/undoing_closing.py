"""Take a closing back: the conversation is open again, with whoever held it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from policies.engine.incidents import Incidents
from policies.engine.rules import Policy
from policies.services import reading
from policies.services.incidents import standing_until_committed
from socialhub.lib.errors import Conflict
from teams.models import User
from triage.models import Conversation, Event
from triage.services import closing, telling
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
        incidents = standing_until_committed()
        if actor.capacity is not None:
            capacity.lock(actor)
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        closed = conversation.events.filter(kind=Event.Kind.CLOSED).order_by("-pk").first()
        policy = reading.policy_in_force()
        open_again_locked(conversation, closed, actor=actor, fence=fence, policy=policy, at=at, within=within)
        write_open_again(
            [(conversation, closed)],
            policy=policy,
            incidents=incidents,
            actor=actor,
            tell=telling.tell_department,
            at=at,
        )


def open_again_locked(
    conversation: Conversation,
    closed: Event | None,
    *,
    actor: User,
    fence: int,
    policy: Policy,
    at: datetime,
    within: timedelta,
) -> None:
    """Open again a locked conversation whose latest closing is ``closed``; ``write_open_again`` writes it.

    :raises NotUndoable: it is not theirs, is older than ``within``, or somebody has gone on with it.
    """
    is_theirs = closed is not None and closed.actor_id == actor.pk and at - closed.at <= within
    if not is_theirs or conversation.stage != Stage.CLOSED or conversation.fence != fence:
        raise NotUndoable(_("Somebody has gone on with it, or it was too long ago. Reopen it instead."))
    closing.reopen_locked(conversation, policy=policy, at=at)


def write_open_again(
    opened: Sequence[tuple[Conversation, Event | None]],
    *,
    policy: Policy,
    incidents: Incidents,
    actor: User,
    tell: Callable[[Conversation, Event], None],
    at: datetime,
) -> list[Event]:
    """Write what was opened again, and give ``actor`` the pens back that they held; return the event of each."""
    conversations = [conversation for conversation, _closed in opened]
    events = closing.write_reopened(conversations, policy=policy, incidents=incidents, actor=actor, tell=tell, at=at)
    for conversation, closed in opened:
        if closed is not None and closed.data.get("was_held"):
            _give_back(conversation, actor, at)
    return events


def _give_back(conversation: Conversation, agent: User, at: datetime) -> None:
    try:
        with transaction.atomic():
            conversation.fence = claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=at)
    except Conflict:
        # It is open again, and that is what was asked: its department has it.
        return
