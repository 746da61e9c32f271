"""Pages that cost the same however deep they lie: continue after a row, not after a number of rows."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, BooleanField, DateTimeField, F, Func, Model, Q, QuerySet
from django.db.models import Value as Literal
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext as _

from socialhub.lib.errors import Invalid

# The largest id that a column holds: anything beyond is no cursor of ours.
MAX_ID = 2**63 - 1
LONGEST_CURSOR = 200

Row = TypeVar("Row")
# What rows are ordered by before their id.
Value = datetime | int


class _Beyond(Func):
    """Whether a row lies behind a place: a comparison of rows, at which an index begins to read."""

    output_field = BooleanField()

    def __init__(self, columns: Sequence[str], place: Sequence[Value], sign: str) -> None:
        self._half, self._sign = len(columns), sign
        super().__init__(*(F(column) for column in columns), *(_typed(value) for value in place))

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_: Any, **__: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        """Write both rows."""
        compiled = [compiler.compile(part) for part in self.get_source_expressions()]
        left, right = ([sql for sql, _ in half] for half in (compiled[: self._half], compiled[self._half :]))
        params = [param for _, given in compiled for param in given]
        return f"({', '.join(left)}) {self._sign} ({', '.join(right)})", tuple(params)


def _typed(value: Value) -> Literal:
    return Literal(value, DateTimeField() if isinstance(value, datetime) else BigIntegerField())


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of rows: by a moment, by what comes ``then``, ties broken by id, all in one direction.

    Those of its columns that are no moments are ``numbers``. A place in an order with a
    ``name`` is no place in another one.
    """

    moment: str
    descending: bool = False
    then: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()
    name: str = ""

    @property
    def read(self) -> tuple[str, ...]:
        """The columns of a place, without the id."""
        return self.moment, *self.then

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns as ``order_by`` takes them."""
        sign = "-" if self.descending else ""
        return tuple(f"{sign}{column}" for column in (*self.read, "pk"))

    @property
    def reversed(self) -> "Order":
        """The same order read backwards."""
        return replace(self, descending=not self.descending)

    def beyond(self, *place: Value) -> Q:
        """Return the filter for rows after this one; an index in this order begins there."""
        return Q(_Beyond((*self.read, "pk"), place, "<" if self.descending else ">"))


A_MOMENT = Order("moment")


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


def write_cursor(*place: Value, name: str = "") -> str:
    """Return a place in a list, the id last, as text for an address."""
    parts = [value.isoformat() if isinstance(value, datetime) else value for value in place]
    packed = json.dumps([name, *parts] if name else parts, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_cursor(text: str, order: Order = A_MOMENT) -> tuple[Value, ...]:
    """Return the place that ``write_cursor`` wrote.

    :raises Invalid: nobody here wrote this, or for another order.
    """
    problem = _no_page()
    if len(text) > LONGEST_CURSOR:
        raise problem
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        name, parts, pk = _unpacked(json.loads(packed), order)
        if name != order.name or not _is_number(pk) or not 0 < pk <= MAX_ID:
            raise problem
        place = [_read_part(part, column in order.numbers) for column, part in zip(order.read, parts, strict=True)]
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError, binascii.Error) as error:
        raise problem from error
    return *place, pk


def _unpacked(packed: Any, order: Order) -> tuple[str, list[Any], Any]:
    name, parts = (packed[0], packed[1:]) if order.name else ("", packed)
    *parts, pk = parts
    return name, parts, pk


def _is_number(part: Any) -> bool:
    return isinstance(part, int) and not isinstance(part, bool)


def _read_part(part: Any, is_number: bool) -> Value:
    if is_number:
        if not _is_number(part) or abs(part) > MAX_ID:
            raise ValueError
        return int(part)
    moment = datetime.fromisoformat(part)
    if moment.tzinfo is None:
        raise ValueError
    # PostgreSQL does not know every offset that Python does.
    return moment.astimezone(UTC)


def read_page(
    rows: QuerySet[Model, Any],
    order: Order,
    *,
    size: int,
    after: str = "",
    before: str = "",
    also: Sequence[QuerySet[Model, Any]] = (),
) -> Page[Any]:
    """Return the page after or before a cursor, or the first.

    ``rows`` must give tuples or objects of which ``order.read`` and ``pk`` can be
    read: tuples must hold them first, the id after the others. The rows of ``also`` stand
    among them in the same order, each once: conditions that no index serves together are
    asked one after the other.

    :raises Invalid: the cursor is not one of ours.
    """
    backwards = bool(before) and not after
    reading = order.reversed if backwards else order
    beyond = reading.beyond(*read_cursor(after or before, order)) if after or before else Q()
    found = read_first([each.filter(beyond) for each in (rows, *also)], reading, size=size + 1)
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


def read_first(questions: Sequence[QuerySet[Model, Any]], order: Order, *, size: int) -> list[Any]:
    """Return the first rows of all in one order, each once; see ``read_page``."""
    found = [list(question.order_by(*order.columns)[:size]) for question in questions]
    if len(found) == 1:
        return found[0]
    placed = {_place(row, order): row for rows in found for row in rows}
    return [placed[place] for place in sorted(placed, reverse=order.descending)[:size]]


def _place(row: Any, order: Order) -> tuple[tuple[bool, Any], ...]:
    """Return what rows are ordered by: as in the database, those without a moment come after all others."""
    return tuple((value is None, value or 0) for value in _values(row, order))


def _values(row: Any, order: Order) -> tuple[Any, ...]:
    if isinstance(row, tuple):
        return row[: len(order.read) + 1]
    return *(getattr(row, column) for column in order.read), row.pk


def _cursor_of(row: Any, order: Order) -> str:
    return write_cursor(*_values(row, order), name=order.name)
