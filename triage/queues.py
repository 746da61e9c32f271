"""The lists of the inbox: which conversations each shows, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from socialhub.lib.keyset import Order
from teams.models import User
from triage.finding.stems import loosely
from triage.models import Conversation, Note, Reply, ThreadEntry
from triage.models.conversation import ConversationQuerySet
from triage.rows import FIRST_OF_ALL
from triage.services.counting import BREACHING_WITHIN
from triage.shown_notes import asked_of
from triage.states import RUNNING, TROUBLED_REPLIES, Stage

DUE_FIRST = Order("due_at")
NEWEST_FIRST = Order("last_inbound_at", descending=True)
WORK_FIRST = Order("work_at")
JUST_CLOSED_FIRST = Order("closed_at", descending=True)


@dataclass(frozen=True, slots=True)
class Queue:
    """One list of the inbox."""

    slug: str
    title: str | Promise
    order: Order
    keep: Callable[[User, datetime], Q]
    empty: str | Promise = ""

    @property
    def annotations(self) -> dict[str, Any]:
        """Return what its order needs beside the columns."""
        if self.order is not WORK_FIRST:
            return {}
        return {"work_at": Case(When(_troubled(), then=Value(FIRST_OF_ALL)), default="due_at")}


def _troubled() -> Exists:
    """Return the condition that an answer of a conversation did not go out, or that nobody knows."""
    return Exists(Reply.objects.filter(conversation=OuterRef("pk"), state__in=TROUBLED_REPLIES))


NEEDS_DECISION = Queue(
    "needs-decision",
    _("Needs a decision"),
    DUE_FIRST,
    lambda user, at: Q(stage=Stage.NEW),
    _("Everything that was heard has been decided on."),
)
URGENT = Queue(
    "urgent",
    _("Urgent"),
    DUE_FIRST,
    lambda user, at: Q(priority=1, stage__in=RUNNING),
    _("Nothing is burning."),
)
BREACHING = Queue(
    "breaching-soon",
    _("Breaching soon"),
    DUE_FIRST,
    lambda user, at: Q(stage__in=RUNNING, due_at__lt=at + BREACHING_WITHIN),
    _("No deadline falls within the hour."),
)
MINE = Queue(
    "mine",
    _("Mine"),
    WORK_FIRST,
    lambda user, at: (
        Q(holder=user, stage=Stage.CLAIMED)
        | Q(offered_to=user, stage=Stage.ASSIGNED)
        | Q(_troubled(), holder=user, stage=Stage.WAITING)
    ),
    _("You hold nothing. Claim something from your department's queue."),
)
WAITING = Queue(
    "waiting",
    _("Waiting"),
    NEWEST_FIRST,
    lambda user, at: Q(stage=Stage.WAITING),
    _("No customer owes us an answer."),
)
TROUBLED = Queue(
    "failed-sends",
    _("Failed sends"),
    NEWEST_FIRST,
    lambda user, at: (
        _troubled() & ~Q(stage=Stage.CLOSED) & (Q() if user.rights.everywhere("conversation.view") else Q(holder=user))
    ),
    _("Every answer has arrived."),
)
ASKED = Queue(
    "asked",
    _("Asked of you"),
    NEWEST_FIRST,
    lambda user, at: Q(Exists(asked_of(user).filter(note__conversation=OuterRef("pk")))),
    _("Nobody waits for a word of yours."),
)
CLOSED = Queue(
    "closed", _("Closed"), JUST_CLOSED_FIRST, lambda user, at: Q(stage=Stage.CLOSED), _("Nothing has been closed.")
)
EVERYTHING = Queue("everything", _("Everything"), NEWEST_FIRST, lambda user, at: Q(), _("Nothing has been heard yet."))

PRACTICE = Queue(
    "practice",
    _("Practice"),
    NEWEST_FIRST,
    lambda user, at: Q(),
    _("You have nothing to practise on. The course has a button that posts something."),
)

FIXED = {
    queue.slug: queue
    for queue in (NEEDS_DECISION, URGENT, BREACHING, MINE, WAITING, TROUBLED, ASKED, CLOSED, EVERYTHING, PRACTICE)
}


def department_queue(slug: str, title: str, department_id: int) -> Queue:
    """Return the queue of one department: what waits there and what its people hold."""
    return Queue(
        f"department-{slug}",
        title,
        DUE_FIRST,
        lambda user, at: Q(department=department_id, stage__in=[Stage.ASSIGNED, Stage.CLAIMED]),
        _("Nothing waits in this department's queue."),
    )


def channel_queue(channel_id: int, title: str) -> Queue:
    """Return what needs a decision on one channel."""
    return Queue(
        f"channel-{channel_id}",
        title,
        DUE_FIRST,
        lambda user, at: Q(channel=channel_id, stage=Stage.NEW),
        _("Everything on this channel has been decided on."),
    )


def find_queue(slug: str, departments: dict[int, tuple[str, str]], channels: dict[int, str]) -> Queue:
    """Return the queue of an address; departments are given as id to (slug, name).

    :raises Http404: there is none.
    """
    if slug in FIXED:
        return FIXED[slug]
    kind, _separator, rest = slug.partition("-")
    if kind == "department":
        for department_id, (department_slug, name) in departments.items():
            if department_slug == rest:
                return department_queue(rest, name, department_id)
    if kind == "channel":
        for channel_id, name in channels.items():
            if str(channel_id) == rest:
                return channel_queue(channel_id, name)
    raise Http404


def conversations_in(queue: Queue, user: User, *, at: datetime, search: str = "") -> ConversationQuerySet:
    """Return what ``user`` may see of a queue, narrowed to what the words of ``search`` find."""
    every = Conversation.objects.all()
    theirs = every.practised_by(user) if queue is PRACTICE else every.visible_to(user)
    found = theirs.filter(queue.keep(user, at)).annotate(**queue.annotations)
    return found.filter(saying(search)) if search else found


def noted_in(queue: Queue, user: User, *, at: datetime, search: str) -> ConversationQuerySet:
    """Return what ``user`` may see of a queue beside which a note has the words of ``search``."""
    found = Note.objects.filter(conversation=OuterRef("pk"), search=_words(search))
    return conversations_in(queue, user, at=at).filter(Exists(found))


def saying(search: str) -> Exists:
    """Return the condition that something said in the conversation has the words of ``search``."""
    return Exists(
        ThreadEntry.objects.filter(
            conversation=OuterRef("pk"),
            mention__search=_words(search),
        )
    )


def _words(search: str) -> SearchQuery:
    return loosely(search)


def queue_of(conversation: Conversation) -> str:
    """Return the address part of the queue in which a conversation stands."""
    if conversation.learner_id is not None:
        return PRACTICE.slug
    if conversation.stage in (Stage.ASSIGNED, Stage.CLAIMED) and conversation.department is not None:
        return f"department-{conversation.department.slug}"
    return {
        Stage.NEW: NEEDS_DECISION.slug,
        Stage.WAITING: WAITING.slug,
        Stage.CLOSED: CLOSED.slug,
    }.get(Stage(conversation.stage), EVERYTHING.slug)
