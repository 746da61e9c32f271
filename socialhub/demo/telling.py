"""Who had been told of what: the notifications of the last days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from socialhub.demo.company import PEOPLE, responders
from socialhub.demo.founding import Company
from socialhub.demo.ledger import Ledger
from teams.models import Notification, User
from teams.roles import Role
from triage.models import Approval, Conversation

# Older ones would only be scrolled past.
REMEMBERED = timedelta(days=4)
# What nobody has opened yet.
UNREAD = timedelta(hours=5)
VERDICTS = {
    Approval.State.APPROVED: Notification.Kind.APPROVAL_GIVEN,
    Approval.State.EDITED: Notification.Kind.APPROVAL_EDITED,
    Approval.State.REJECTED: Notification.Kind.APPROVAL_REJECTED,
}


@dataclass(frozen=True, slots=True)
class Teller:
    """Writes into the ledger whom an event concerned."""

    company: Company
    ledger: Ledger
    until: datetime

    def department(
        self, conversation: Conversation, slug: str, event_id: int, actor: User | None, at: datetime
    ) -> None:
        """Tell those who may answer for a department."""
        people = [self.company.people[person.key] for person in responders(slug)]
        self._tell(conversation, Notification.Kind.QUEUE, people, event_id, actor, at)

    def person(self, conversation: Conversation, person: User, event_id: int, actor: User | None, at: datetime) -> None:
        """Tell whom a conversation was given to."""
        self._tell(conversation, Notification.Kind.GIVEN, [person], event_id, actor, at)

    def holder(self, conversation: Conversation, event_id: int, at: datetime) -> None:
        """Tell the holder that the customer answered."""
        if conversation.holder is not None:
            self._tell(conversation, Notification.Kind.CUSTOMER_ANSWERED, [conversation.holder], event_id, None, at)

    def author(self, conversation: Conversation, author: User, event_id: int, at: datetime) -> None:
        """Tell an author that the answer did not go out, or that nobody knows."""
        self._tell(conversation, Notification.Kind.REPLY_FAILED, [author], event_id, None, at)

    def asked(self, conversation: Conversation, slug: str, event_id: int, actor: User, at: datetime) -> None:
        """Tell a department that a note asks it."""
        people = [self.company.people[person.key] for person in responders(slug)]
        self._tell(conversation, Notification.Kind.NOTE_ASKS, people, event_id, actor, at)

    def asker(self, conversation: Conversation, person: User, event_id: int, actor: User, at: datetime) -> None:
        """Tell who asked in a note that there is an answer."""
        self._tell(conversation, Notification.Kind.NOTE_ANSWERS, [person], event_id, actor, at)

    def approvers(self, conversation: Conversation, approval_id: int, event_id: int, actor: User, at: datetime) -> None:
        """Tell the managers that a text waits for them, on a page of their own."""
        path = reverse("triage:approval", args=[approval_id])
        managers = [self.company.people[person.key] for person in PEOPLE if Role.MANAGER in person.company_roles]
        self._tell(conversation, Notification.Kind.APPROVAL_ASKED, managers, event_id, actor, at, path=path)

    def verdict(
        self, conversation: Conversation, author: User, state: Approval.State, event_id: int, actor: User, at: datetime
    ) -> None:
        """Tell the author of a text what became of it."""
        self._tell(conversation, VERDICTS[state], [author], event_id, actor, at)

    def _tell(
        self,
        conversation: Conversation,
        kind: Notification.Kind,
        people: Iterable[User],
        event_id: int,
        actor: User | None,
        at: datetime,
        *,
        path: str = "",
    ) -> None:
        age = self.until - at
        if age > REMEMBERED:
            return
        subject = f"{conversation.author_name}: {conversation.snippet}"[:200]
        for person in people:
            if actor is not None and person.pk == actor.pk:
                continue
            for medium in Notification.Medium:
                is_seen = medium == Notification.Medium.PAGE and age > UNREAD
                self.ledger.notifications.append(
                    Notification(
                        user=person,
                        kind=kind,
                        medium=medium,
                        state=Notification.State.SENT,
                        event_id=event_id,
                        conversation_id=None if path else conversation.pk,
                        path=path,
                        subject=subject,
                        actor=actor,
                        created_at=at,
                        not_before_at=at,
                        sent_at=at,
                        read_at=at + timedelta(hours=2) if is_seen else None,
                        attempt_count=1 if medium == Notification.Medium.EMAIL else 0,
                    )
                )
