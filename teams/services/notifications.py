"""The notification ledger at work: written with the change, sent after it, repaired by a sweep."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import translation

from socialhub.lib import live, locks
from socialhub.lib.bulk import any_of
from socialhub.lib.queue import wake
from socialhub.lib.told import Told
from teams import languages
from teams.models import Notification, User
from teams.push_kinds import group_of

# How long a medium may take before its worker is given up for dead.
STUCK_AFTER = timedelta(minutes=5)
# Then five minutes, half an hour, two and a half hours: most mail servers are back by then.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(minutes=150))
# One at a time by each medium: a server that hangs takes one worker, whatever waits for it. Whoever
# has been at it for this long does not count: they may be dead.
COUNTED_FOR = timedelta(minutes=1)
# Behind one that took so long a run ends: the next sweep sees whether its server is well again.
SLOW_SECONDS = 5.0
# By what is sent, in the order of the numbers of their locks.
SENT_BY = (Notification.Medium.EMAIL, Notification.Medium.PUSH)

# As the column has it.
LONGEST_SUBJECT = 200


class MediumRefused(Exception):
    """A notification was not taken; ``str()`` says why, and nothing comes of trying again where ``is_final``.

    ``retry_after`` is what whoever refused it asks us to wait at least.
    """

    def __init__(self, message: str, *, is_final: bool = False, retry_after: timedelta = timedelta(0)) -> None:
        super().__init__(message)
        self.is_final = is_final
        self.retry_after = retry_after


class MailRefused(MediumRefused):
    """The mail server did not take a mail."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One of many events of which people are told at once; about a conversation, or leading to ``path``."""

    people: Sequence[User]
    subject: str
    event_id: int
    conversation_id: int | None = None
    path: str = ""


def notify_many(tellings: Sequence[Telling], *, kind: Notification.Kind, at: datetime) -> None:
    """Tell people of many events with one statement; see ``notify``."""
    rows = [
        _row(
            person,
            medium,
            kind=kind,
            event_id=one.event_id,
            conversation_id=one.conversation_id,
            path=one.path,
            subject=one.subject,
            created_at=at,
        )
        for one in tellings
        for person, medium in _media(one.people, kind)
    ]
    _write(rows)


def _media(people: Sequence[User], kind: Notification.Kind) -> Iterator[tuple[User, Notification.Medium]]:
    for person in people:
        if person.is_active:
            yield person, Notification.Medium.PAGE
            if person.wants_email:
                yield person, Notification.Medium.EMAIL
            if group_of(kind) in person.push_groups:
                yield person, Notification.Medium.PUSH


def _row(person: User, medium: Notification.Medium, *, created_at: datetime, **columns: Any) -> Notification:
    is_shown = medium == Notification.Medium.PAGE
    return Notification(
        user=person,
        medium=medium,
        state=Notification.State.SENT if is_shown else Notification.State.QUEUED,
        created_at=created_at,
        not_before_at=created_at,
        sent_at=created_at if is_shown else None,
        **columns,
    )


def _in_language_of(person: User, subject: Told) -> str:
    with translation.override(languages.of_person(person)):
        return str(subject)[:LONGEST_SUBJECT]


def notify(
    *,
    people: Sequence[User],
    kind: Notification.Kind,
    subject: str | Told,
    actor: User | None,
    at: datetime,
    event_id: int | None = None,
    conversation_id: int | None = None,
    path: str = "",
) -> None:
    """Write that ``people`` are to be told, and send once the transaction has committed.

    Harmless to call twice for one event. Call it in the transaction of the event.
    Whoever has left is not told. It is about a conversation or leads to ``path``. A subject in words of ours is
    ``Told``: each has it in their language.
    """
    rows = [
        _row(
            person,
            medium,
            kind=kind,
            event_id=event_id,
            conversation_id=conversation_id,
            path=path,
            subject=subject if isinstance(subject, str) else _in_language_of(person, subject),
            actor=actor,
            created_at=at,
        )
        for person, medium in _media(people, kind)
    ]
    _write(rows)


def _write(rows: Sequence[Notification]) -> None:
    if not rows:
        return
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    live.people_told({row.user_id for row in rows})
    _wake({row.medium for row in rows})


def _wake(media: Collection[str]) -> None:
    for medium in SENT_BY:
        if medium in media:
            wake("teams.send_notifications", medium=medium.value)


def send_due(
    *, medium: str, clock: Callable[[], datetime], send: Callable[[Notification], None], limit: int = 100
) -> int:
    """Send what is due by one medium, one row at a time; return how many were sent.

    Each row is claimed and committed before it goes out: two workers never
    send the same one. A worker that dies in between leaves the row ``sending``;
    the sweep sends it again, since a mail twice is better than never. ``clock``
    tells the time anew for each row, so that no claim is older than its mail.
    Nothing happens while another worker sends by this medium: that one goes on.
    """
    sent = 0
    for _ in range(limit):
        at = clock()
        notification = _claim_next(medium, at)
        if notification is None:
            break
        began = time.monotonic()
        try:
            send(notification)
        except MediumRefused as refusal:
            _put_back(notification, at, refusal)
        else:
            sent += Notification.objects.filter(pk=notification.pk, claimed_at=at).update(
                state=Notification.State.SENT, sent_at=at, claimed_at=None, error=""
            )
        if time.monotonic() - began >= SLOW_SECONDS:
            break
    else:
        # Whoever was woken meanwhile has left the rest to this one, which lets others have their turn first.
        _wake({medium})
    return sent


def wake_due(*, at: datetime) -> None:
    """Start the sending by each medium by which something is due, for a lost message or a run that ended early."""
    due = Notification.objects.filter(state=Notification.State.QUEUED, not_before_at__lte=at)
    _wake({medium for medium in SENT_BY if due.filter(medium=medium).exists()})


def _claim_next(medium: str, at: datetime) -> Notification | None:
    by_medium = Notification.objects.filter(medium=medium)
    with transaction.atomic():
        locks.take(locks.Lock.TELL, SENT_BY.index(Notification.Medium(medium)))
        if by_medium.filter(state=Notification.State.SENDING, claimed_at__gt=at - COUNTED_FOR).exists():
            return None
        notification = (
            by_medium.select_for_update(skip_locked=True, of=("self",))
            .select_related("user", "actor")
            .filter(state=Notification.State.QUEUED, not_before_at__lte=at)
            .order_by("not_before_at", "pk")
            .first()
        )
        if notification is None:
            return None
        Notification.objects.filter(pk=notification.pk).update(
            state=Notification.State.SENDING, claimed_at=at, attempt_count=F("attempt_count") + 1
        )
        notification.attempt_count += 1
    return notification


def _put_back(notification: Notification, at: datetime, refusal: MediumRefused) -> None:
    attempt, error = notification.attempt_count, str(refusal)
    if refusal.is_final or attempt > len(RETRY_AFTER):
        change: dict[str, Any] = {"state": Notification.State.FAILED, "error": error, "claimed_at": None}
    else:
        change = {
            "state": Notification.State.QUEUED,
            "error": error,
            "claimed_at": None,
            "not_before_at": at + max(RETRY_AFTER[attempt - 1], refusal.retry_after),
        }
    Notification.objects.filter(pk=notification.pk, claimed_at=at).update(**change)


def requeue_stuck(*, at: datetime) -> int:
    """Put back what a worker had claimed and never finished, and give up what broke every worker; return how many."""
    stuck = Notification.objects.filter(state=Notification.State.SENDING, claimed_at__lt=at - STUCK_AFTER)
    given_up = stuck.filter(attempt_count__gt=len(RETRY_AFTER)).update(
        state=Notification.State.FAILED, claimed_at=None, error="No worker finished sending it."
    )
    return given_up + stuck.update(state=Notification.State.QUEUED, claimed_at=None)


def mark_read(*, user: User, at: datetime, conversation_id: int | None = None, path: str = "") -> int:
    """Mark the page's notifications of ``user`` as read: all, those of one conversation or those of one page."""
    unread = Notification.objects.filter(user=user, medium=Notification.Medium.PAGE, read_at__isnull=True)
    if conversation_id is not None:
        unread = unread.filter(conversation_id=conversation_id)
    if path:
        unread = unread.filter(path=path)
    return _read(unread, at)


def mark_done(*, event_ids: Iterable[int], at: datetime) -> None:
    """Mark what was told of these events as read, for everybody: somebody has acted, and it is not news any more."""
    _read(Notification.objects.filter(event_id__in=any_of(event_ids), read_at=None), at)


def _read(unread: QuerySet[Notification], at: datetime) -> int:
    # Locked in the order of their ids: an act on many ends what many were told, while they mark all of theirs as read.
    ordered = unread.order_by("pk").select_for_update(no_key=True)
    with transaction.atomic():
        return Notification.objects.filter(pk__in=ordered.values("pk")).update(read_at=at)
