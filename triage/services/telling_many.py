"""Who is told of the conversations that rules hand out, many at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from socialhub.lib.moments import grouped
from socialhub.lib.told import Told
from teams.models import Department, Membership, Notification, User
from teams.roles import ANSWERING
from teams.services import notifications
from teams.services.notifications import Telling
from triage.models import Conversation, Event
from triage.services.pen import offering

# Somebody with so many arrivals unread, such as after a large import, is told of more in one line,
MOST_ARRIVALS = 20
# and of still more once they have read it, but not within this time.
AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Arrival:
    """That a conversation came to a department, and to ``person`` where they were named."""

    conversation_id: int
    event_id: int
    subject: str
    department: Department
    person: User | None


def tell_arrivals(arrivals: Sequence[Arrival], *, at: datetime) -> None:
    """Tell the people who were named, and else the departments; whoever has much unread, in one line.

    Departments that offer what waits begin with it.
    """
    departments = {one.department.pk: one.department for one in arrivals if one.person is None}
    responders = {pk: _responders(pk) for pk in departments}
    given = [(one, one.person, reverse("triage:queue", args=["mine"])) for one in arrivals if one.person is not None]
    paths = {pk: reverse("triage:queue", args=[f"department-{one.slug}"]) for pk, one in departments.items()}
    queued = [
        (one, person, paths[one.department.pk])
        for one in arrivals
        if one.person is None
        for person in responders[one.department.pk]
    ]
    for kind, told in ((Notification.Kind.GIVEN, given), (Notification.Kind.QUEUE, queued)):
        notifications.notify_many(list(_tellings(told, kind, at)), kind=kind, at=at)
    for pk, department in departments.items():
        if department.offering:
            offering.wake_offering(pk)


def tell_of_run(count: int, conversation: Conversation, event: Event) -> None:
    """Tell of up to ``count`` conversations that somebody hands over at once, with the first of them, in one line."""
    person, department = conversation.offered_to, conversation.department
    if department is None:
        return
    people = [person] if person is not None else _responders(department.pk)
    slug = "mine" if person is not None else f"department-{department.slug}"
    notifications.notify(
        people=[one for one in people if one.pk != event.actor_id],
        kind=Notification.Kind.GIVEN if person is not None else Notification.Kind.QUEUE,
        event_id=event.pk,
        path=reverse("triage:queue", args=[slug]),
        subject=Told(gettext_noop("Up to %(count)s conversations, handed over at once"), {"count": grouped(count)}),
        actor=event.actor,
        at=event.at,
    )


def _tellings(told: Iterable[tuple[Arrival, User, str]], kind: Notification.Kind, at: datetime) -> Iterator[Telling]:
    """Yield who is told of what: each of the first arrivals, and of those beyond one line for each place to look."""
    of_person: dict[int, list[tuple[Arrival, User, str]]] = defaultdict(list)
    for one, person, path in told:
        of_person[person.pk].append((one, person, path))
    if not of_person:
        return
    unread, lately = _known(of_person, kind, at)
    for pk, theirs in of_person.items():
        free = max(0, MOST_ARRIVALS - unread.get(pk, 0))
        for one, person, _path in theirs[:free]:
            yield Telling([person], one.subject, one.event_id, one.conversation_id)
        lines = {path: (one, person) for one, person, path in theirs[free:]}
        for path, (one, person) in lines.items():
            if (pk, path) not in lately:
                yield Telling([person], one.subject, one.event_id, path=path)


def _known(people: Iterable[int], kind: Notification.Kind, at: datetime) -> tuple[dict[int, int], set[tuple[int, str]]]:
    """Return how many arrivals each has unread, and the lines that need not be written once more."""
    rows = Notification.objects.in_page().order_by().filter(user__in=list(people), kind=kind)
    counts = rows.unread().filter(path="").values_list("user").annotate(Count("pk"))
    lines = rows.filter(Q(read_at=None) | Q(created_at__gt=at - AGAIN_AFTER)).exclude(path="")
    return dict(counts), set(lines.values_list("user", "path"))


def _responders(department_id: int) -> list[User]:
    members = Membership.objects.filter(department_id=department_id, role__in=ANSWERING)
    return list(User.objects.active().filter(pk__in=members.values("user")))
