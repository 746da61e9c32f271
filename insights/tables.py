"""The numbers beside a chart, for reading and for download."""

from dataclasses import dataclass, field

from django.utils.formats import number_format
from django.utils.translation import gettext as _

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Value:
    """One cell: as a program takes it, and as people read it."""

    raw: int | float | str | None
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    name: str
    values: list[Value]


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers with their names. ``head`` begins with what the rows are."""

    caption: str
    head: list[str]
    rows: list[Row] = field(default_factory=list)


def number(n: int) -> Value:
    """Return a count."""
    return Value(n, count_text(n))


def words(text: str) -> Value:
    """Return a text."""
    return Value(text, text)


def span(seconds: float | None) -> Value:
    """Return a length of time; a dash where nothing was measured."""
    if seconds is None:
        return Value(None, "–")
    return Value(round(seconds), span_text(seconds))


def share(part: int, whole: int) -> Value:
    """Return a share of a whole; a dash of nothing."""
    if not whole:
        return Value(None, "–")
    return Value(round(part / whole, 4), share_text(part, whole))


def count_text(n: int) -> str:
    """Write a count with its thousands apart."""
    return number_format(n, force_grouping=True)


def share_text(part: int, whole: int) -> str:
    """Write a share; a small one keeps a digit, so that it is not shown as none at all."""
    percentage = 100 * part / whole
    decimals = 1 if 0 < percentage < 9.95 else 0
    return _("%(n)s %%") % {"n": number_format(percentage, decimals)}


def span_text(seconds: float) -> str:
    """Write a length of time so that two of them can be compared."""
    if seconds < 90:
        return _("%(n)d s") % {"n": round(seconds)}
    minutes = round(seconds / MINUTE)
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    if seconds < 10 * HOUR and minutes % 60:
        return _("%(h)d h %(min)d min") % {"h": minutes // 60, "min": minutes % 60}
    if seconds < 2 * DAY:
        return _("%(n)d h") % {"n": round(seconds / HOUR)}
    return _("%(n)s d") % {"n": number_format(seconds / DAY, 0 if seconds % DAY == 0 else 1)}
