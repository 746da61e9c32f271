"""The lists of the inbox: which conversations each shows, and in which order."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from socialhub.lib.keyset import Order
from teams.models import User
from triage.finding import values
from triage.lists.rows import FIRST_OF_ALL
from triage.lists.sorting import CONCERNED_NEWEST, EVERY_SORT, WITHOUT_DEADLINE, Reading, Sort, collected, reading_of
from triage.models import Concern, Conversation, Reply
from triage.models.conversation import ConversationQuerySet
from triage.services.counting import BREACHING_WITHIN, KnownView
from triage.services.notes import asked_of
from triage.states import RUNNING, TROUBLED_REPLIES, Stage

_IS_ID = re.compile(r"[1-9][0-9]{0,17}")
NEWEST_OF_ALL = (Sort.NEWEST, Sort.DEADLINE, Sort.PRIORITY, Sort.REACH)


@dataclass(frozen=True, slots=True)
class Queue:
    """One list of the inbox. ``sorts`` are the orders that it may be read in, its own first.

    ``is_few`` says that what it keeps is few and found by its own order alone;
    ``saved`` is the id of the view that somebody saved as this list, and ``query`` what they look for.
    Who does not see everything may read it in the orders ``theirs``, where there are any, and sees of
    what ``lies_with`` departments that of their own alone. It may be that of one ``department``.
    ``terms`` is the filter that keeps the same of everything, as far as a filter can say it.
    """

    slug: str
    title: str | Promise
    keep: Callable[[User, datetime], Q]
    empty: str | Promise = ""
    sorts: tuple[Sort, ...] = EVERY_SORT
    is_running: bool = True
    has_troubled_first: bool = False
    is_few: bool = False
    theirs: tuple[Sort, ...] = ()
    lies_with: bool = False
    is_theirs: bool = False
    department: int | None = None
    saved: int | None = None
    query: str = ""
    terms: str = ""

    def for_reader(self, user: User) -> "Queue":
        """Return the list as somebody may read it."""
        if not self.theirs or user.rights.everywhere("conversation.view"):
            return self
        return replace(self, sorts=self.theirs, is_theirs=True)

    def read_by(self, chosen: str = "") -> Reading:
        """Return how the list is read in the order that somebody chose, or in its own."""
        sort = self.sort_by(chosen)
        if self.is_theirs and not self.lies_with:
            return CONCERNED_NEWEST
        if self.has_troubled_first and sort is Sort.DEADLINE:
            return _work_first()
        reading = reading_of(sort, is_running=self.is_running)
        return reading if sort is self.sorts[0] or not self.is_few else collected(reading)

    def sort_by(self, chosen: str) -> Sort:
        """Return the order of this name if the list may be read in it, else its own."""
        return next((sort for sort in self.sorts if sort == chosen), self.sorts[0])

    @property
    def order(self) -> Order:
        """Its own order."""
        return self.read_by().order


def _work_first() -> Reading:
    moment = Case(When(_troubled(), then=Value(FIRST_OF_ALL)), default="due_at")
    return Reading(Order("work_at"), {"work_at": moment})


def _troubled() -> Exists:
    """Return the condition that an answer of a conversation did not go out, or that nobody knows."""
    return Exists(Reply.objects.filter(conversation=OuterRef("pk"), state__in=TROUBLED_REPLIES))


NEEDS_DECISION = Queue(
    "needs-decision",
    _("Needs a decision"),
    lambda user, at: Q(stage=Stage.NEW, snoozed_at=None),
    _("Everything that was heard has been decided on."),
    terms="stage:new",
)
URGENT = Queue(
    "urgent",
    _("Urgent"),
    lambda user, at: Q(priority=1, stage__in=RUNNING, snoozed_at=None),
    _("Nothing is burning."),
    terms="priority:urgent stage:new,assigned,claimed",
    sorts=(Sort.DEADLINE, Sort.NEWEST, Sort.REACH),
)
BREACHING = Queue(
    "breaching-soon",
    _("Breaching soon"),
    lambda user, at: Q(stage__in=RUNNING, due_at__lt=at + BREACHING_WITHIN, snoozed_at=None),
    _("No deadline falls within the hour."),
    terms="is:breaching",
    # A bad hour brings tens of thousands: no index has them in another order.
    sorts=(Sort.DEADLINE,),
)
MINE = Queue(
    "mine",
    _("Mine"),
    lambda user, at: (
        Q(holder=user, stage=Stage.CLAIMED, snoozed_at=None)
        | Q(offered_to=user, stage=Stage.ASSIGNED, snoozed_at=None)
        | Q(_troubled(), holder=user, stage=Stage.WAITING)
    ),
    _("You hold nothing. Claim something from your department's queue."),
    terms="is:mine stage:open",
    is_running=False,
    has_troubled_first=True,
    is_few=True,
)
WAITING = Queue(
    "waiting",
    _("Waiting"),
    lambda user, at: Q(stage=Stage.WAITING, snoozed_at=None),
    _("No customer owes us an answer."),
    terms="stage:waiting",
    sorts=WITHOUT_DEADLINE,
    theirs=(Sort.NEWEST,),
    lies_with=True,
    is_running=False,
)
SNOOZED = Queue(
    "snoozed",
    _("Snoozed"),
    lambda user, at: Q(snoozed_at__isnull=False),
    _("Nothing is put aside."),
    sorts=(Sort.NEWEST,),
    theirs=(Sort.NEWEST,),
    lies_with=True,
    is_running=False,
)
TROUBLED = Queue(
    "failed-sends",
    _("Failed sends"),
    lambda user, at: (
        _troubled() & ~Q(stage=Stage.CLOSED) & (Q() if user.rights.everywhere("conversation.view") else Q(holder=user))
    ),
    _("Every answer has arrived."),
    terms="has:failure stage:open",
    sorts=NEWEST_OF_ALL,
    is_running=False,
)
ASKED = Queue(
    "asked",
    _("Asked of you"),
    lambda user, at: Q(Exists(asked_of(user).filter(note__conversation=OuterRef("pk")))),
    _("Nobody waits for a word of yours."),
    terms="is:asked",
    sorts=NEWEST_OF_ALL,
    is_running=False,
)
CLOSED = Queue(
    "closed",
    _("Closed"),
    lambda user, at: Q(stage=Stage.CLOSED),
    _("Nothing has been closed."),
    terms="stage:closed",
    sorts=(Sort.CLOSED, *WITHOUT_DEADLINE),
    theirs=(Sort.CLOSED,),
    lies_with=True,
    is_running=False,
)
EVERYTHING = Queue(
    "everything",
    _("Everything"),
    lambda user, at: Q(),
    _("Nothing has been heard yet."),
    sorts=NEWEST_OF_ALL,
    theirs=(Sort.NEWEST,),
    is_running=False,
)
PRACTICE = Queue(
    "practice",
    _("Practice"),
    lambda user, at: Q(),
    _("You have nothing to practise on. The course has a button that posts something."),
    sorts=WITHOUT_DEADLINE,
    is_running=False,
)

FIXED = {
    queue.slug: queue
    for queue in (
        NEEDS_DECISION,
        URGENT,
        BREACHING,
        MINE,
        WAITING,
        SNOOZED,
        TROUBLED,
        ASKED,
        CLOSED,
        EVERYTHING,
        PRACTICE,
    )
}


def department_queue(slug: str, title: str, department_id: int) -> Queue:
    """Return the queue of one department: what waits there and what its people hold."""
    return Queue(
        f"department-{slug}",
        title,
        lambda user, at: Q(department=department_id, stage__in=[Stage.ASSIGNED, Stage.CLAIMED], snoozed_at=None),
        _("Nothing waits in this department's queue."),
        department=department_id,
        terms=f"dept:{slug} stage:assigned,claimed",
    )


def channel_queue(channel_id: int, title: str) -> Queue:
    """Return what needs a decision on one channel."""
    return Queue(
        f"channel-{channel_id}",
        title,
        lambda user, at: Q(channel=channel_id, stage=Stage.NEW, snoozed_at=None),
        _("Everything on this channel has been decided on."),
        # The one order of which there is an index for each channel.
        sorts=(Sort.DEADLINE,),
        terms=f"channel:{values.quoted(values.Value(title))} stage:new",
    )


# Where only the address counts: a saved view that nobody has read.
UNREAD_VIEW = KnownView(0, "", "", "", None, 0, None, None, 0.0)


def saved_queue(view: KnownView) -> Queue:
    """Return the list that somebody saved; of a shared one what concerns the department it is shared with."""
    concerned = Concern.objects.filter(conversation=OuterRef("pk"), department=view.department_id)
    keep = Q() if view.department_id is None else Q(Exists(concerned))
    own = next((sort for sort in NEWEST_OF_ALL if sort == view.sort), Sort.NEWEST)
    return Queue(
        f"view-{view.pk}",
        view.name,
        lambda user, at: keep,
        _("Nothing is like this now."),
        sorts=(own, *(sort for sort in NEWEST_OF_ALL if sort is not own)),
        is_running=False,
        saved=view.pk,
        query=view.query,
    )


def find_queue(
    slug: str,
    departments: dict[int, tuple[str, str]],
    channels: dict[int, str],
    saved: Callable[[int], KnownView | None] = lambda pk: None,
) -> Queue:
    """Return the queue of an address; departments are given as id to (slug, name).

    ``saved`` gives a view that the reader may see, by its id.

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
    if kind == "view" and _IS_ID.fullmatch(rest):
        view = saved(int(rest))
        if view is not None:
            return saved_queue(view)
    raise Http404


def conversations_in(
    queue: Queue,
    user: User,
    *,
    at: datetime,
    reading: Reading | None = None,
    department: int | None = None,
) -> ConversationQuerySet:
    """Return what ``user`` may see of a queue.

    Of a queue that lies with their departments, one ``department`` of theirs may be asked for.
    """
    every = Conversation.objects.all()
    departments = user.rights.departments_for("conversation.view")
    # What lies with a department concerns it: to ask for that as well would mislead the planner.
    if queue is PRACTICE:
        theirs = every.practised_by(user)
    elif queue.lies_with and not user.rights.everywhere("conversation.view"):
        theirs = every.work().filter(department__in=departments if department is None else [department])
    elif queue.department in departments:
        theirs = every.work()
    else:
        theirs = every.visible_to(user)
    return theirs.filter(queue.keep(user, at)).annotate(**(reading or queue.read_by()).annotations)


def queue_of(conversation: Conversation) -> str:
    """Return the address part of the queue in which a conversation stands."""
    if conversation.learner_id is not None:
        return PRACTICE.slug
    if conversation.snoozed_at is not None:
        return SNOOZED.slug
    if conversation.stage in (Stage.ASSIGNED, Stage.CLAIMED) and conversation.department is not None:
        return f"department-{conversation.department.slug}"
    return {
        Stage.NEW: NEEDS_DECISION.slug,
        Stage.WAITING: WAITING.slug,
        Stage.CLOSED: CLOSED.slug,
    }.get(Stage(conversation.stage), EVERYTHING.slug)
