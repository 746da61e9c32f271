"""One pen: who may answer a conversation, decided by one guarded UPDATE."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from policies.services import reading
from socialhub.lib.errors import Conflict
from teams.models import User
from triage.models import Conversation, Event
from triage.services import capacity, giving_back, offering, recording, telling, voiding
from triage.states import DueFor, Priority, Stage

# Written out: to build it would cost more than to run it, and the new fence comes back with it.
# The deadline goes by the priority that the row has when it is claimed: it may just have been decided anew.
_CLAIM = """
    UPDATE triage_conversation
    SET stage = 'claimed', holder_id = %(agent)s, offered_to_id = NULL, fence = fence + 1,
        claimed_at = coalesce(claimed_at, %(at)s), worked_at = %(at)s, idle_warned_at = NULL,
        due_at = (%(due)s::timestamptz[])[priority], due_for = 'answer'
    WHERE id = %(conversation)s AND stage = 'assigned' AND department_id = ANY(%(departments)s::bigint[])
        AND (offered_to_id IS NULL OR offered_to_id = %(agent)s)
    RETURNING fence
"""


class ConversationNotFree(Conflict):
    """Somebody else claimed or closed the conversation first, or it is offered to another."""

    code = "conversation_not_free"


class NotTheHolder(Conflict):
    """The person does not hold the conversation, or not any more."""

    code = "not_the_holder"


class AnswerUnderway(Conflict):
    """An answer of the holder has left and its fate is not known yet."""

    code = "answer_underway"


def claim_conversation(*, conversation_id: int, agent: User, at: datetime) -> int:
    """Give the conversation to ``agent`` and return the new fence; of many callers at once, one wins.

    The caller has checked that ``agent`` may claim for the department; the WHERE
    clause checks that it still lies there.

    :raises ConversationNotFree: it was no longer free.
    :raises AtCapacity: ``agent`` holds as many conversations as they may.
    """
    policy = reading.policy_in_force()
    claim: dict[str, Any] = {
        "conversation": conversation_id,
        "agent": agent.pk,
        "departments": agent.rights.departments_for("conversation.claim"),
        "at": at,
        "due": [policy.deadline("answer", priority=priority, since=at) for priority in sorted(Priority.values)],
    }
    with transaction.atomic():
        capacity.make_sure_of_room(agent)
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, claim)
            won = cursor.fetchone()
        if won is None:
            raise ConversationNotFree(_why_not_free(conversation_id))
        recording.record(conversation_id=conversation_id, kind=Event.Kind.CLAIMED, actor=agent, at=at)
    fence: int = won[0]
    return fence


def release_conversation(*, conversation_id: int, agent: User, fence: int, at: datetime) -> None:
    """Give the conversation back to its department's queue. The draft stays. Locks the conversation.

    An answer that a stop holds becomes a draft again.

    :raises NotTheHolder: ``agent`` does not hold it under ``fence``.
    :raises AnswerUnderway: the holder's answer has not arrived yet.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        if conversation.holder_id != agent.pk or conversation.fence != fence:
            raise NotTheHolder(_why_not_free(conversation_id))
        # While an answer is on its way the pen stays where it is, so no send is ever stale.
        if giving_back.is_underway(conversation, actor=agent, at=at):
            raise AnswerUnderway(_("Your answer is on its way. Release when its fate is known."))
        conversation.stage = Stage.ASSIGNED
        conversation.holder = None
        conversation.fence += 1
        conversation.due_at = policy.deadline("claim", priority=conversation.priority, since=at)
        conversation.due_for = DueFor.CLAIM
        conversation.worked_at = conversation.idle_warned_at = None
        conversation.save(
            update_fields=["stage", "holder", "fence", "due_at", "due_for", "worked_at", "idle_warned_at"]
        )
        voiding.void_asking(conversation_id=conversation_id, at=at)
        event = recording.record(conversation_id=conversation_id, kind=Event.Kind.RELEASED, actor=agent, at=at)
        telling.tell_department(conversation, event)
        offering.wake_offering(conversation.department_id)


def _why_not_free(conversation_id: int) -> str:
    conversation = Conversation.objects.select_related("holder", "offered_to").get(pk=conversation_id)
    if conversation.holder is not None:
        return _("%(name)s holds this conversation.") % {"name": conversation.holder.name}
    if conversation.stage == Stage.CLOSED:
        return _("This conversation is closed.")
    if conversation.offered_to is not None:
        return _("This conversation is offered to %(name)s.") % {"name": conversation.offered_to.name}
    if conversation.stage == Stage.NEW:
        return _("This conversation needs a decision first.")
    return _("This conversation lies in the department's queue.")
