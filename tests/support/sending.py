"""Deliver an answer, and look what became of it."""

from datetime import datetime

from tests.factories.teams import NOON
from tests.support.network import Network
from triage.models import Conversation, Reply
from triage.services.sending import delivery


def fresh(reply: Reply) -> Reply:
    """Return an answer as it stands now."""
    return Reply.objects.select_related("conversation").get(pk=reply.pk)


def kinds(conversation: Conversation) -> list[str]:
    """Return what happened, oldest first."""
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def deliver(reply: Reply, network: Network, at: datetime = NOON) -> bool:
    """Let a worker send an answer."""
    return delivery.deliver_reply(reply_id=reply.pk, at=at, connector=network)
