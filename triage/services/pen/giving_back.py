"""Answers that a stop holds go back to their writers when the pen moves on."""

from datetime import datetime

from teams.models import User
from triage.models import Conversation, Event, Reply
from triage.services import recording
from triage.services.sending import kinds, stopping
from triage.states import IN_FLIGHT, ReplyState


def is_underway(conversation: Conversation, *, actor: User, at: datetime) -> bool:
    """Say whether an answer has left, or leaves in a moment, so that the pen must stay where it is.

    What a stop holds does not count: nobody knows until when, so it becomes its writer's
    draft again, as an event of ``actor``. Call it in the transaction of the change, with the
    conversation locked. A stop that is lifted this moment gives back the same.
    """
    reply = conversation.replies.select_related("author").filter(state__in=IN_FLIGHT).first()
    if reply is None:
        return False
    if reply.state != ReplyState.QUEUED or not stopping.is_stopped(reply.pk):
        return True
    if not Reply.objects.filter(pk=reply.pk, state=ReplyState.QUEUED).update(state=ReplyState.WITHDRAWN):
        return True
    kinds.give_back(reply, at=at)
    recording.record(
        conversation_id=conversation.pk,
        kind=kinds.event_kind(reply, Event.Kind.REPLY_WITHDRAWN),
        actor=actor,
        at=at,
        data=kinds.event_data(reply, because="stopped"),
    )
    return False
