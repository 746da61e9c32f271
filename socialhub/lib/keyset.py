"""Pages that cost the same however deep they lie: continue after a row, not after a number of rows."""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from socialhub.lib.errors import Invalid

# The largest id that a column holds: anything beyond is no cursor of ours.
MAX_ID = 2**63 - 1
LONGEST_CURSOR = 200

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of rows: by a moment, ties broken by id, both ascending or both descending."""

    moment: str
    descending: bool = False

    @property
    def columns(self) -> tuple[str, str]:
        """The columns as ``order_by`` takes them."""
        sign = "-" if self.descending else ""
        return f"{sign}{self.moment}", f"{sign}pk"

    @property
    def reversed(self) -> "Order":
        """The same order read backwards."""
        return Order(self.moment, not self.descending)

    def beyond(self, moment: datetime, pk: int) -> Q:
        """Return the filter for rows after this one; its first part is a range that an index can begin at."""
        side = "lt" if self.descending else "gt"
        return Q(**{f"{self.moment}__{side}e": moment}) & (
            Q(**{f"{self.moment}__{side}": moment}) | Q(**{f"pk__{side}": pk})
        )


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A page of rows and the cursors beyond its ends, empty where there is nothing."""

    rows: Sequence[Row]
    after: str
    before: str


def read_id(text: str) -> int | None:
    """Return the id beyond which a list of ids goes on, or None at its beginning.

    :raises Invalid: it is no id.
    """
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(MAX_ID)) or int(text) > MAX_ID:
        raise _no_page()
    return int(text)


def _no_page() -> Invalid:
    return Invalid(_("This page does not exist. Go back to the beginning of the list."), field="cursor")


def write_cursor(moment: datetime, pk: int) -> str:
    """Return a place in a list as text for an address."""
    packed = json.dumps([moment.isoformat(), pk], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(text: str) -> tuple[datetime, int]:
    """Return the place that ``write_cursor`` wrote.

    :raises Invalid: nobody here wrote this.
    """
    problem = _no_page()
    if len(text) > LONGEST_CURSOR:
        raise problem
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        moment, pk = json.loads(packed)
        parsed = datetime.fromisoformat(moment)
        if not isinstance(pk, int) or isinstance(pk, bool) or not 0 < pk <= MAX_ID or parsed.tzinfo is None:
            raise problem
        # PostgreSQL does not know every offset that Python does.
        return parsed.astimezone(UTC), pk
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        raise problem from error


def read_page(
    rows: QuerySet[Model, Any],
    order: Order,
    *,
    size: int,
    after: str = "",
    before: str = "",
    also: QuerySet[Model, Any] | None = None,
) -> Page[Any]:
    """Return the page after or before a cursor, or the first.

    ``rows`` must give tuples or objects of which ``order.moment`` and ``pk`` can be
    read: tuples must hold the moment first and the id second. The rows of ``also`` stand
    among them in the same order, each once: two conditions that no index serves together
    are asked one after the other.

    :raises Invalid: the cursor is not one of ours.
    """
    backwards = bool(before) and not after
    reading = order.reversed if backwards else order
    beyond = reading.beyond(*read_cursor(after or before)) if after or before else Q()
    found = list(rows.filter(beyond).order_by(*reading.columns)[: size + 1])
    if also is not None:
        found = _merged(found, also.filter(beyond).order_by(*reading.columns)[: size + 1], reading)
    has_more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    # Coming from a neighbour, that side is known to have rows.
    has_after = has_more or backwards
    has_before = bool(after) or (backwards and has_more)
    return Page(
        found,
        _cursor_of(found[-1], order) if has_after else "",
        _cursor_of(found[0], order) if has_before else "",
    )


def _merged(found: list[Any], more: Iterable[Any], order: Order) -> list[Any]:
    """Return the rows of both in one order, each once."""
    placed = {_place(row, order): row for row in [*found, *more]}
    return [placed[place] for place in sorted(placed, reverse=order.descending)]


def _place(row: Any, order: Order) -> tuple[bool, datetime, int]:
    """Return what rows are ordered by: as in the database, those without a moment come after all others."""
    moment, pk = (row[0], row[1]) if isinstance(row, tuple) else (getattr(row, order.moment), row.pk)
    return moment is None, moment or datetime.min.replace(tzinfo=UTC), pk


def _cursor_of(row: Any, order: Order) -> str:
    if isinstance(row, tuple):
        return write_cursor(row[0], row[1])
    return write_cursor(getattr(row, order.moment), row.pk)
