"""One list as one person looks at it: which queue, narrowed to what, in which order, and from where."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from socialhub.lib.keyset import Page, read_cursor, read_first, read_page
from teams.models import User
from triage.lists import choices, queues, rows
from triage.lists.filtering import Filter, both, read_filter, written
from triage.lists.queues import Queue
from triage.lists.rows import Names
from triage.lists.sorting import Reading, Sort
from triage.models import Conversation, SavedView
from triage.models.conversation import ConversationQuerySet
from triage.services.counting import InboxNumbers, KnownView

PAGE_SIZE = 50
# So many rows a page of somebody who reads on and on may hold; who has more looks again.
MOST_PLACES = 2000


@dataclass(frozen=True, slots=True)
class Listing:
    """A list and its reader. ``typed`` is the filter beside it, ``sought`` with that of a saved view."""

    queue: Queue
    user: User
    sort: Sort
    typed: Filter
    sought: Filter
    profile: int | None = None

    @property
    def reading(self) -> Reading:
        """How it is read; its places are places of this list in this order alone."""
        return self.queue.read_by(self.sort).named(f"{self.queue.slug} {self.sort}")

    @property
    def is_narrowed(self) -> bool:
        """Whether the reader sees less than the queue."""
        return bool(self.typed.text) or self.profile is not None

    def query(self, **place: str) -> str:
        """Return the query of an address that shows the same list."""
        profile = "" if self.profile is None else str(self.profile)
        return written(q=self.typed.text, profile=profile, **place)

    def narrowed(self, text: str) -> "Listing":
        """Return the same list with another filter beside it."""
        typed = read_filter(text)
        return replace(self, typed=typed, sought=both(read_filter(self.queue.query), typed))

    def with_terms(self, terms: Iterable[str]) -> "Listing":
        """Return the same list narrowed by more."""
        return self.narrowed(" ".join([self.typed.text, *(term for term in dict.fromkeys(terms) if term)]))

    def found(self, at: datetime, *, department: int | None = None) -> ConversationQuerySet:
        """Return its conversations; of a list that lies with departments, those of one ``department`` if asked for."""
        kept = queues.conversations_in(self.queue, self.user, at=at, reading=self.reading, department=department)
        return self._sought(kept, at)

    def _sought(self, found: ConversationQuerySet, at: datetime) -> ConversationQuerySet:
        if self.profile is not None:
            found = found.filter(profile=self.profile)
        return found.filter(self.sought.condition(self.user, at))

    def _parts(self, at: datetime) -> list[ConversationQuerySet]:
        """Return its conversations in parts, each of which an index has in order; one may be in several parts."""
        departments = self.user.rights.departments_for("conversation.view") if self.queue.is_theirs else []
        if not departments:
            return [self.found(at)]
        if self.queue.lies_with:
            return [self.found(at, department=pk) for pk in departments]
        return [self._sought(Conversation.objects.concerning(pk), at) for pk in departments]

    def page(self, at: datetime, *, after: str = "", before: str = "") -> Page[Any]:
        """Return the rows of a page.

        :raises Invalid: the place is none of this list.
        """
        order = self.reading.order
        first, *also = [rows.with_columns(part, order) for part in self._parts(at)]
        return read_page(first, order, size=PAGE_SIZE, after=after, before=before, also=also)

    def places(self, at: datetime, *, begin: str = "", end: str = "") -> list[int]:
        """Return the ids between two places, which do not count; from the top, or to the bottom, without them.

        :raises Invalid: a place is none of this list.
        """
        order = self.reading.order
        between = Q()
        if begin:
            between &= order.beyond(*read_cursor(begin, order))
        if end:
            between &= order.reversed.beyond(*read_cursor(end, order))
        parts = [part.filter(between).values_list(*order.read, "pk") for part in self._parts(at)]
        return [place[-1] for place in read_first(parts, order, size=MOST_PLACES)]


def listing_of(
    user: User, slug: str, names: Names, *, text: str = "", profile: str = "", numbers: InboxNumbers | None = None
) -> Listing:
    """Return a list as its address names it; ``numbers`` may know the saved view already.

    :raises Http404: there is none, or not for them.
    """
    known = {view.pk: view for view in numbers.views} if numbers else {}
    found = queues.find_queue(slug, names.departments, names.channels, lambda pk: known.get(pk) or _view(user, pk))
    queue = found.for_reader(user)
    typed = read_filter(text)
    of = int(profile) if profile.isascii() and profile.isdigit() and len(profile) < 19 else None
    sort = queue.sort_by(choices.sort_of(user, slug))
    return Listing(queue, user, sort, typed, both(read_filter(queue.query), typed), of)


def _view(user: User, pk: int) -> KnownView | None:
    view = SavedView.objects.visible_to(user).filter(pk=pk).first()
    return None if view is None else known_view(view)


def known_view(view: SavedView) -> KnownView:
    """Return a saved view as the menu knows it."""
    return KnownView(
        view.pk,
        view.name,
        view.query,
        view.sort,
        view.department_id,
        view.owner_id,
        view.count,
        view.counted_at.timestamp() if view.counted_at else None,
        view.looked_at.timestamp(),
    )
