"""One pen: who may answer a conversation, decided by one guarded UPDATE."""

import json
from collections.abc import Iterable
from datetime import datetime
from itertools import product
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from policies.engine.rules import Policy
from policies.engine.targets import ANSWERED
from policies.services import reading
from socialhub.lib import live
from socialhub.lib.errors import Conflict
from teams.models import User
from teams.services import hours
from triage.models import Conversation, Event
from triage.services import clocks, recording, telling
from triage.services.pen import capacity, giving_back, offering, voiding, working
from triage.states import Priority, Stage

# Written out: to build it would cost more than to run it, and the new fence comes back with it.
# The deadline goes by the department, priority and disposition that the row has when it is claimed:
# it may just have been decided anew. What ends with the claim is the time to claim.
_CLAIM = """
    WITH free AS (
        SELECT id, department_id, priority, due_under, learner_id,
            CASE due_for WHEN 'resolve' THEN step_due_at ELSE due_at END AS due_at,
            (%(due)s::jsonb ->> concat_ws(' ', department_id, priority, disposition))::timestamptz AS answer_by,
            CASE WHEN visibility = 'private' AND private_until > %(at)s THEN private_until END AS private_by
        FROM triage_conversation
        WHERE id = %(conversation)s AND stage = 'assigned' AND department_id = ANY(%(departments)s::bigint[])
            AND (offered_to_id IS NULL OR offered_to_id = %(agent)s)
        FOR UPDATE
    ), ended AS (
        INSERT INTO triage_clockend (conversation_id, department_id, step, priority, under, due_at, ended_at, missed)
        SELECT id, department_id, 'claim', priority, due_under, due_at, %(at)s, %(at)s > due_at FROM free
        WHERE due_at IS NOT NULL AND learner_id IS NULL
    )
    UPDATE triage_conversation AS claimed
    SET stage = 'claimed', holder_id = %(agent)s, offered_to_id = NULL, fence = fence + 1,
        claimed_at = coalesce(claimed_at, %(at)s), worked_at = %(at)s, idle_warned_at = NULL,
        due_at = least(free.answer_by, free.private_by, claimed.resolve_due_at),
        due_for = CASE WHEN claimed.resolve_due_at < least(free.answer_by, free.private_by)
                       THEN 'resolve' ELSE 'answer' END,
        step_due_at = free.answer_by, step_left = NULL, due_under = %(under)s
    FROM free WHERE claimed.id = free.id
    RETURNING claimed.fence
"""
# A statement of its own, begun once the row is ours: somebody may have been told while the claim waited for it.
_RECORD = """
    INSERT INTO triage_event (conversation_id, kind, actor_id, at, data)
    VALUES (%(conversation)s, 'claimed', %(agent)s, %(at)s, '{}')
    RETURNING EXISTS (
        SELECT FROM triage_escalation WHERE conversation_id = %(conversation)s AND acknowledged_at IS NULL
    )
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
    departments = list(agent.rights.departments_for("conversation.claim"))
    claim: dict[str, Any] = {
        "conversation": conversation_id,
        "agent": agent.pk,
        "departments": departments,
        "at": at,
        "due": json.dumps(_due(policy, departments, at)),
        "under": policy.version_id,
    }
    with transaction.atomic():
        capacity.make_sure_of_room(agent)
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, claim)
            won: tuple[int] | None = cursor.fetchone()
            if won is None:
                raise ConversationNotFree(_why_not_free(conversation_id))
            cursor.execute(_RECORD, claim)
            (is_told,) = cursor.fetchone()
        if is_told:
            clocks.acknowledge(conversation_id, actor=agent, at=at)
        live.recorded()
    return won[0]


def release_conversation(*, conversation_id: int, agent: User, fence: int, at: datetime) -> None:
    """Give the conversation back to its department's queue. The draft stays. Locks the conversation.

    An answer that a stop holds becomes a draft again.

    :raises NotTheHolder: ``agent`` does not hold it under ``fence``.
    :raises AnswerUnderway: the holder's answer has not arrived yet.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).get(pk=conversation_id)
        if conversation.holder_id != agent.pk:
            raise NotTheHolder(_why_not_free(conversation_id))
        if why := working.why_older(conversation, fence):
            raise NotTheHolder(why)
        # While an answer is on its way the pen stays where it is, so no send is ever stale.
        if giving_back.is_underway(conversation, actor=agent, at=at):
            raise AnswerUnderway(_("Your answer is on its way. Release when its fate is known."))
        clocks.end_step(conversation, is_done=False, actor=agent, at=at)
        change = clocks.to_queue(conversation, policy=policy, at=at)
        conversation.stage = Stage.ASSIGNED
        conversation.holder = None
        conversation.fence += 1
        conversation.worked_at = conversation.idle_warned_at = None
        fields = clocks.apply(conversation, change)
        conversation.save(update_fields=["stage", "holder", "fence", "worked_at", "idle_warned_at", *fields])
        voiding.void_asking(conversation_id=conversation_id, at=at)
        event = recording.record(conversation_id=conversation_id, kind=Event.Kind.RELEASED, actor=agent, at=at)
        telling.tell_department(conversation, event)
        offering.wake_offering(conversation.department_id)


def _due(policy: Policy, departments: Iterable[int], at: datetime) -> dict[str, str]:
    """Return until when an answer is due, by what a conversation can be when it is claimed."""
    return {
        f"{department_id} {priority} {disposition}": policy.deadline(
            "answer",
            priority=priority,
            disposition=disposition,
            since=at,
            calendar=hours.calendar_of(department_id),
        ).isoformat()
        for department_id, priority, disposition in product(departments, Priority.values, ANSWERED)
    }


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
