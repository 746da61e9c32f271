"""Walk back through a list that is told newest first, page by page, so that nothing between two looks is left out.

A walk begins at the newest and ends at what the last one began with. Where it stands
is stored with each page, so a walk that was broken off goes on; only when it has
arrived does the mark of what is known move up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from listening.connectors.bluesky.answers import moment, text

# What is dated back by its program, or told late, lies below what we know already.
OVERLAP = timedelta(minutes=10)
# Pages may be empty because all on them was filtered out.
MOST_EMPTY_PAGES = 20


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a walk has come: all ``until`` then is known; ``page`` is where it goes on, empty when it has arrived."""

    until: datetime
    page: str = ""
    newest: datetime | None = None
    empty_count: int = 0

    @property
    def has_arrived(self) -> bool:
        """Tell whether the next page would begin a new walk."""
        return not self.page

    def after(self, moments: Sequence[datetime], next_page: str) -> "Walk":
        """Return the walk after a page whose entries have these ``moments``, newest first."""
        newest = max([*moments, *([self.newest] if self.newest else [])], default=None)
        empty_count = 0 if moments else self.empty_count + 1
        # Where pages are named by a time, that is where the list has come to, whatever its posts say of themselves.
        reached = moment(next_page) or (moments[-1] if moments else None)
        goes_on = (
            next_page not in {"", self.page}
            and empty_count <= MOST_EMPTY_PAGES
            and (reached is None or reached >= self.until - OVERLAP)
        )
        if goes_on:
            page = _overlapping(next_page, moments)
            # A page full of one moment would come again for ever.
            page = next_page if page == self.page else page
            return replace(self, page=page, newest=newest, empty_count=empty_count)
        return Walk(max(self.until, newest) if newest else self.until)

    def stored(self) -> dict[str, object]:
        """Return the walk as a cursor keeps it."""
        kept: dict[str, object] = {"until": self.until.isoformat()}
        if self.page:
            newest = self.newest.isoformat() if self.newest else ""
            kept |= {"page": self.page, "newest": newest, "empty_count": self.empty_count}
        return kept


def walk_from(kept: object, *, first: datetime) -> Walk:
    """Return a walk as it was stored; one that never began goes back to ``first``."""
    if not isinstance(kept, Mapping):
        return Walk(first)
    empty_count = kept.get("empty_count")
    return Walk(
        moment(kept.get("until")) or first,
        text(kept, "page"),
        moment(kept.get("newest")),
        empty_count if isinstance(empty_count, int) else 0,
    )


def _overlapping(next_page: str, moments: Sequence[datetime]) -> str:
    """Return a page that begins one millisecond earlier, where pages are named by the time at which they begin.

    Such a page leaves out what has the very time of the last entry before it.
    """
    begins = moment(next_page)
    if begins is None or not moments or moments[0] == moments[-1]:
        return next_page
    return (begins + timedelta(milliseconds=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
