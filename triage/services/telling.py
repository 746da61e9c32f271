"""Who is told of what; the rows are written with the change."""

from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse

from listening.models import Channel
from policies.models import PolicyVersion
from policies.services import binding
from socialhub.lib.told import Told
from teams.models import Appointment, Membership, Notification, User
from teams.roles import ANSWERING, Role
from teams.services import notifications
from triage.models import Conversation, Event
from triage.states import Stage

# Somebody with so many deadlines unread, such as after a large import, is told of more in one line,
MOST_DEADLINES = 20
# and of still more once they have read it, but not within this time.
DEADLINES_AGAIN_AFTER = timedelta(hours=1)
_DEADLINES = (Notification.Kind.DEADLINE_NEAR, Notification.Kind.DEADLINE_MISSED)


def tell_department(conversation: Conversation, event: Event, *, but: User | None = None) -> None:
    """Tell those who may answer that something has arrived in their department's queue; ``but`` is told otherwise."""
    if conversation.department_id is None:
        return
    responders = User.objects.active().filter(
        pk__in=Membership.objects.filter(department_id=conversation.department_id, role__in=ANSWERING).values("user")
    )
    people = [person for person in responders if but is None or person.pk != but.pk]
    _tell(conversation, event, Notification.Kind.QUEUE, people)


def tell_person(conversation: Conversation, event: Event, person: User) -> None:
    """Tell the person to whom a conversation was given."""
    _tell(conversation, event, Notification.Kind.GIVEN, [person])


def tell_holder(conversation: Conversation, event: Event) -> None:
    """Tell the holder that the customer has answered, or that what was sent to them came back."""
    if conversation.holder is not None:
        came_back = event.kind == Event.Kind.BOUNCED
        kind = Notification.Kind.REPLY_FAILED if came_back else Notification.Kind.CUSTOMER_ANSWERED
        _tell(conversation, event, kind, [conversation.holder])


def tell_merged(conversation: Conversation, event: Event) -> None:
    """Tell the holder that somebody has merged another conversation into theirs."""
    if conversation.holder is not None:
        _tell(conversation, event, Notification.Kind.MERGED, [conversation.holder])


def tell_woken(conversation: Conversation, event: Event, sleeper: User | None) -> None:
    """Tell the holder, else the department and ``sleeper``, who had snoozed it, that it is back."""
    if conversation.holder is not None:
        _tell(conversation, event, Notification.Kind.LOOK_AGAIN, [conversation.holder])
        return
    people = [sleeper] if sleeper is not None and sleeper.is_active else []
    if sleeper is not None and not Conversation.objects.visible_to(sleeper).filter(pk=conversation.pk).exists():
        people = []
    if conversation.stage == Stage.ASSIGNED:
        tell_department(conversation, event, but=sleeper)
    _tell(conversation, event, Notification.Kind.LOOK_AGAIN, people)


def tell_asked(conversation: Conversation, event: Event, taker: User) -> None:
    """Tell a colleague that the holder asks them to take a conversation over."""
    _tell(conversation, event, Notification.Kind.HAND_OVER, [taker])


def tell_accepted(conversation: Conversation, event: Event, giver: User) -> None:
    """Tell who asked that the other holds the conversation now."""
    _tell(conversation, event, Notification.Kind.HAND_OVER_TAKEN, [giver])


def tell_declined(conversation: Conversation, event: Event, giver: User) -> None:
    """Tell who asked that the conversation stays theirs."""
    _tell(conversation, event, Notification.Kind.HAND_OVER_DECLINED, [giver])


def tell_taken_over(conversation: Conversation, event: Event, former: User) -> None:
    """Tell who held a conversation that they do not any more, though their draft is kept."""
    _tell(conversation, event, Notification.Kind.TAKEN_OVER, [former])


def tell_idle(conversation: Conversation, event: Event) -> None:
    """Tell the holder that nothing happens, and that the conversation will go back to the queue."""
    if conversation.holder is not None:
        _tell(conversation, event, Notification.Kind.CLAIM_IDLE, [conversation.holder])


def tell_deadline(conversation: Conversation, event: Event, people: list[User], *, is_near: bool) -> None:
    """Tell whom a rule of escalation names that a deadline is near or has passed, and nobody acts.

    Whoever has read nothing of many is told once that there are more, instead of of each.
    """
    kind = Notification.Kind.DEADLINE_NEAR if is_near else Notification.Kind.DEADLINE_MISSED
    inbox = reverse("triage:inbox")
    told = Notification.objects.in_page().order_by().filter(user__in=people, kind__in=_DEADLINES)
    each = told.unread().exclude(path=inbox).values("user").annotate(count=Count("pk"))
    full = set(each.filter(count__gte=MOST_DEADLINES).values_list("user", flat=True))
    _tell(conversation, event, kind, [person for person in people if person.pk not in full])
    if not full:
        return
    lately = told.filter(Q(read_at=None) | Q(created_at__gt=event.at - DEADLINES_AGAIN_AFTER), path=inbox)
    known = set(lately.values_list("user", flat=True))
    more = [person for person in people if person.pk in full - known]
    _tell(conversation, event, kind, more, path=inbox)


def tell_approvers(conversation: Conversation, event: Event, approval_id: int, people: list[User]) -> None:
    """Tell those whose word is asked now; it leads to their own page, since they may not see the conversation.

    Who would be refused for want of an attestation is told that too, unless that is unread.
    """
    _tell(
        conversation,
        event,
        Notification.Kind.APPROVAL_ASKED,
        people,
        path=reverse("triage:approval", args=[approval_id]),
    )
    version = PolicyVersion.objects.in_force().first()
    if version is None:
        return
    attest = Notification.Kind.POLICY_ATTEST
    enough = binding.attested_enough(version_id=version.pk, at=event.at).filter(user__in=people)
    told = Notification.objects.in_page().unread().filter(user__in=people, kind=attest).order_by()
    known = {*enough.values_list("user", flat=True), *told.values_list("user", flat=True)}
    notifications.notify(
        people=[person for person in people if person.pk not in known],
        kind=attest,
        subject=version.title,
        actor=None,
        at=event.at,
        path=reverse("policies:in_force"),
    )


def tell_verdict(conversation: Conversation, event: Event, author: User, *, is_sent: bool = False) -> None:
    """Tell who asked for approval what became of it, and whether it is on its way already."""
    kinds = {
        Event.Kind.APPROVAL_EDITED: Notification.Kind.APPROVAL_EDITED,
        Event.Kind.APPROVAL_REJECTED: Notification.Kind.APPROVAL_REJECTED,
        Event.Kind.APPROVAL_EXPIRED: Notification.Kind.APPROVAL_EXPIRED,
    }
    given = Notification.Kind.APPROVAL_SENT if is_sent else Notification.Kind.APPROVAL_GIVEN
    _tell(conversation, event, kinds.get(Event.Kind(event.kind), given), [author])


def tell_skipped(conversation: Conversation, event: Event, people: list[User]) -> None:
    """Tell those whose word was needed that an answer goes out without it."""
    kind = Notification.Kind.APPROVAL_SKIPPED
    may_look = [one for one in people if Conversation.objects.visible_to(one).filter(pk=conversation.pk).exists()]
    _tell(conversation, event, kind, may_look)
    others = [person for person in people if person not in may_look]
    _tell(conversation, event, kind, others, path=reverse("triage:approvals"))


def tell_note_asks(conversation: Conversation, event: Event, people: list[User]) -> None:
    """Tell those whom a note asks; the conversation stays where it is."""
    _tell(conversation, event, Notification.Kind.NOTE_ASKS, people)


def tell_note_answers(conversation: Conversation, event: Event, people: list[User]) -> None:
    """Tell who asked in a note that it has been answered."""
    _tell(conversation, event, Notification.Kind.NOTE_ANSWERS, people)


def tell_author(conversation: Conversation, event: Event, author: User) -> None:
    """Tell who wrote an answer that it did not go out, or that nobody knows."""
    _tell(conversation, event, Notification.Kind.REPLY_FAILED, [author])


def tell_changed(conversation: Conversation, event: Event, author: User) -> None:
    """Tell who wrote an answer, and who holds the conversation, that somebody else changed it."""
    people = {person.pk: person for person in (author, conversation.holder) if person is not None}
    _tell(conversation, event, Notification.Kind.ANSWER_CHANGED, list(people.values()))


def tell_administrators(channel: Channel, problem: Told, *, at: datetime) -> None:
    """Tell who can enter a new sign-in that the network refuses ours; once, until they have read it."""
    path = reverse("listening:channel", args=[channel.pk])
    told = Notification.objects.filter(kind=Notification.Kind.SENDING_REFUSED, path=path, read_at=None)
    administrators = Appointment.objects.filter(role=Role.ADMINISTRATOR)
    people = User.objects.active().filter(pk__in=administrators.values("user")).exclude(pk__in=told.values("user"))
    notifications.notify(
        people=list(people.order_by("pk")),
        kind=Notification.Kind.SENDING_REFUSED,
        path=path,
        subject=Told("%(channel)s: %(problem)s", {"channel": channel.name, "problem": problem}),
        actor=None,
        at=at,
    )


def _tell(
    conversation: Conversation, event: Event, kind: Notification.Kind, people: list[User], *, path: str = ""
) -> None:
    """Write the telling; it leads to the conversation, or to ``path``. Of practice only the learner is told."""
    learner = conversation.learner_id
    notifications.notify(
        people=[person for person in people if person.pk != event.actor_id and learner in (None, person.pk)],
        kind=kind,
        event_id=event.pk,
        conversation_id=None if path else conversation.pk,
        path=path,
        subject=f"{conversation.author_name}: {conversation.snippet}"[:200],
        actor=event.actor,
        at=event.at,
    )
