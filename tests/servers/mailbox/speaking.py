"""What tests of mailboxes do again and again: write, look, decide, answer."""

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

from listening.connectors.base import (
    OutgoingReply,
)
from listening.connectors.email.connector import EmailConnector
from listening.heard import HeardItem
from listening.models import Channel, Mention
from listening.services import channels, fetching
from teams.models import User
from teams.roles import Role
from tests.factories.policies import everybody_attests
from tests.factories.teams import AppointmentFactory, UserFactory
from tests.servers.mail import MailServer, letter
from triage.models import Conversation, Reply
from triage.services.arriving import intake
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice
from triage.services.pen import claims
from triage.services.sending import replies
from triage.states import Disposition, Visibility

CONNECTOR = EmailConnector()
SECRETS = ("password", "client_secret", "refresh_token", "access_token", "access_token_until")


def now() -> datetime:
    return datetime.now(UTC)


def fetch(settings: dict[str, object], cursor: dict[str, object] | None = None) -> Any:
    return CONNECTOR.fetch(settings, cursor or {}, at=now())


def hear_all(settings: dict[str, object], cursor: dict[str, object]) -> tuple[list[HeardItem], dict[str, object]]:
    items: list[HeardItem] = []
    while True:
        result = fetch(settings, cursor)
        items += result.items
        cursor = result.cursor
        if not result.has_more:
            return items, cursor


def write_to(server: MailServer, user: str, text: str, **more: str) -> EmailMessage:
    mail = letter(text, **more)
    server.send(mail, sender=more.get("sender", "anna@example.test"), to=f"{user}@example.test")
    return mail


def answer_to(item: HeardItem, text: str = "On its way.") -> OutgoingReply:
    return OutgoingReply(uuid4(), text, item.external_id, "private", item.raw)


def connect(told: dict[str, object], **more: object) -> Channel:
    entered = {name: str(told.pop(name)) for name in SECRETS if name in told}
    return channels.add_channel(
        name="Our mailbox",
        kind="email",
        options={name: value for name, value in told.items() if name != "our_handles"},
        our_handles=[str(told["address"])],
        poll_seconds=60,
        owner=UserFactory(),
        at=now(),
        entered=entered,
    )


def look(channel: Channel) -> Channel:
    """Look at the channel as the worker does, until it is quiet."""
    Channel.objects.filter(pk=channel.pk).update(next_fetch_at=now())
    while True:
        fetching.fetch_channel(channel_id=channel.pk, at=now())
        channel.refresh_from_db()
        if channel.next_fetch_at > now():
            intake.take_in_everything(at=now())
            return channel


def claimed(conversation: Conversation, agent: User) -> int:
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    everybody_attests()
    choice = Choice(
        Disposition.CUSTOMER_SERVICE,
        priority=2,
        department=agent.memberships.get().department,
        visibility=Visibility.PRIVATE,
    )
    deciding.decide(
        conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=conversation.fence, at=now()
    )
    return claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=now())


def queue(conversation: Conversation, agent: User, fence: int, policy_id: int, text: str) -> Reply:
    newest = Mention.objects.filter(entry__conversation=conversation, is_ours=False, is_automatic=False).latest("pk")
    return replies.queue_reply(
        conversation_id=conversation.pk,
        author=agent,
        body=text,
        key=uuid4(),
        seen=replies.Seen(fence, newest.pk, policy_id),
        closes=False,
        at=now(),
    )
