"""Who is told of what; the rows are written with the change."""

from teams.models import Membership, Notification, User
from teams.roles import ANSWERING
from teams.services import notifications
from triage.models import Conversation, Event


def tell_department(conversation: Conversation, event: Event) -> None:
    """Tell those who may answer that something has arrived in their department's queue."""
    if conversation.department_id is None:
        return
    responders = User.objects.active().filter(
        pk__in=Membership.objects.filter(department_id=conversation.department_id, role__in=ANSWERING).values("user")
    )
    _tell(conversation, event, Notification.Kind.QUEUE, list(responders))


def tell_person(conversation: Conversation, event: Event, person: User) -> None:
    """Tell the person to whom a conversation was given."""
    _tell(conversation, event, Notification.Kind.GIVEN, [person])


def tell_holder(conversation: Conversation, event: Event) -> None:
    """Tell the holder that the customer has answered, or that what was sent to them came back."""
    if conversation.holder is not None:
        came_back = event.kind == Event.Kind.BOUNCED
        kind = Notification.Kind.REPLY_FAILED if came_back else Notification.Kind.CUSTOMER_ANSWERED
        _tell(conversation, event, kind, [conversation.holder])


def tell_author(conversation: Conversation, event: Event, author: User) -> None:
    """Tell who wrote an answer that it did not go out, or that nobody knows."""
    _tell(conversation, event, Notification.Kind.REPLY_FAILED, [author])


def _tell(conversation: Conversation, event: Event, kind: Notification.Kind, people: list[User]) -> None:
    notifications.notify(
        people=[person for person in people if person.pk != event.actor_id],
        kind=kind,
        event_id=event.pk,
        conversation_id=conversation.pk,
        subject=f"{conversation.author_name}: {conversation.snippet}"[:200],
        actor=event.actor,
        at=event.at,
    )
