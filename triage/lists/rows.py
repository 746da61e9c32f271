"""Rows of the inbox, prepared so that the template only prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from socialhub.lib.durations import ago, short_span
from socialhub.lib.keyset import Order
from socialhub.lib.moments import grouped
from teams.models import User
from teams.models.user import initials_of
from triage.models.conversation import ConversationQuerySet
from triage.states import Outcome, Stage

SOON = timedelta(hours=1)
# The place in an order, before every deadline, of a conversation whose answer did not go out.
FIRST_OF_ALL = datetime(1970, 1, 1, tzinfo=UTC)
POSITIVE, NEGATIVE = 0.5, -0.5

COLUMNS = (
    "pk",
    "author_name",
    "snippet",
    "stage",
    "priority",
    "due_at",
    "sentiment",
    "language",
    "mention_count",
    "last_inbound_at",
    "channel_id",
    "department_id",
    "holder_id",
    "holder__name",
    "offered_to__name",
    "copy_count",
    "outcome",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation as a list shows it."""

    pk: int
    url: str
    name: str
    initials: str
    channel: str
    ago: str
    at_iso: str
    text: str
    chips: tuple[tuple[str, str], ...]
    owner: str
    count: int
    language: str
    is_selected: bool
    is_unread: bool
    # What choosing it for an act on many is called.
    choose: str


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called, read once for a page: departments as id to (slug, name), channels as id to name."""

    departments: dict[int, tuple[str, str]]
    channels: dict[int, str]


def with_columns(conversations: ConversationQuerySet, order: Order) -> Any:
    """Read only what a row shows: what it is ordered by and the id first, for the cursor."""
    return conversations.values_list(*order.read, *COLUMNS)


def print_rows(
    found: Sequence[tuple[Any, ...]],
    *,
    user: User,
    names: Names,
    base_url: str,
    selected: int | None,
    unread: set[int],
    at: datetime,
    order: Order | None = None,
    query: str = "",
    title: str = "",
) -> list[str]:
    """Return the rows that ``with_columns`` read, printed.

    ``base_url`` ends with a slash; the id goes behind it, and then the ``query``. What the ``title``
    of the list says already is in none of its rows; where what was just closed comes first, they say when.

    A row says the same to everybody for a minute, so it is printed once a minute,
    however many people look at the list and however often.
    """
    minute = at.replace(second=0, microsecond=0)
    language = get_language() or ""
    # Beside the first, what the order reads says nothing to a row.
    width = 1 if order is None else len(order.read)
    is_by_closing = order is not None and order.moment == "closed_at"
    shown = found if width == 1 else [(values[0], *values[width:]) for values in found]
    return [
        _print_row(
            values,
            names.channels.get(values[11], ""),
            names.departments[values[12]][1] if values[12] in names.departments else "",
            values[13] == user.pk,
            base_url,
            query,
            values[1] == selected,
            values[1] in unread,
            minute,
            language,
            title,
            is_by_closing,
        )
        for values in shown
    ]


@lru_cache(maxsize=2000)
def _print_row(
    values: tuple[Any, ...],
    channel: str,
    department: str,
    is_mine: bool,
    base_url: str,
    query: str,
    is_selected: bool,
    is_unread: bool,
    at: datetime,
    language: str,
    title: str,
    is_by_closing: bool,
) -> str:
    """Print one row. ``language`` only tells entries of the cache apart: it is the one that is active."""
    (
        moment,
        pk,
        author_name,
        snippet,
        stage,
        priority,
        due_at,
        sentiment,
        row_language,
        mention_count,
        last_inbound_at,
        _channel_id,
        _department_id,
        _holder_id,
        holder_name,
        offered_name,
        copy_count,
        outcome,
    ) = values
    told_at = moment if is_by_closing else last_inbound_at
    chips = _chips(moment, stage, priority, due_at, sentiment, department, copy_count, outcome, title, at)
    row = Row(
        pk=pk,
        url=f"{base_url}{pk}/{query}",
        name=author_name or _("Erased"),
        initials=initials_of(author_name),
        channel=channel,
        ago=ago(told_at, at),
        at_iso=told_at.isoformat(),
        text=snippet,
        chips=tuple(chip for chip in chips if chip[0] != title),
        owner="" if is_mine and title == _("Mine") else _owner(stage, holder_name, offered_name, is_mine=is_mine),
        count=mention_count,
        language=row_language,
        is_selected=is_selected,
        is_unread=is_unread,
        choose=_("Choose %(name)s") % {"name": author_name or _("Erased")},
    )
    return render_to_string("triage/_row.html", {"row": row})


def deadline_chip(due_at: datetime | None, at: datetime) -> tuple[str, str] | None:
    """Return how late or how soon, with its tone; None where there is no deadline."""
    if due_at is None:
        return None
    if due_at < at:
        return _("Late %(span)s") % {"span": short_span(at - due_at)}, "urgent"
    return _("Due in %(span)s") % {"span": short_span(due_at - at)}, "warn" if due_at - at < SOON else "neutral"


def _chips(
    moment: datetime,
    stage: str,
    priority: int,
    due_at: datetime | None,
    sentiment: float | None,
    department: str,
    copy_count: int,
    outcome: str,
    title: str,
    at: datetime,
) -> list[tuple[str, str]]:
    chips: list[tuple[str, str]] = []
    if moment == FIRST_OF_ALL:
        chips.append((_("Not sent"), "urgent"))
    if priority == 1:
        chips.append((_("Urgent"), "urgent"))
    elif priority == 2:
        chips.append((_("High"), "warn"))
    due = deadline_chip(due_at, at)
    if due is not None:
        chips.append(due)
    if department:
        chips.append((department, "neutral"))
    if copy_count:
        chips.append((ngettext("%(n)s copy", "%(n)s copies", copy_count) % {"n": grouped(copy_count)}, "neutral"))
    if stage == Stage.NEW:
        chips.append((str(Stage.NEW.label), "neutral"))
    elif stage == Stage.WAITING:
        chips.append((_("Waiting"), "info"))
    elif stage == Stage.CLOSED:
        closed = _("Closed")
        chips.append((str(Outcome(outcome).label) if title == closed else closed, "neutral"))
    mood = mood_chip(sentiment)
    if mood is not None:
        chips.append(mood)
    return chips


def mood_chip(sentiment: float | None) -> tuple[str, str] | None:
    """Return what sounds clearly good or bad, with its tone; None for everything else."""
    if sentiment is not None and sentiment >= POSITIVE:
        return _("Positive"), "ok"
    if sentiment is not None and sentiment <= NEGATIVE:
        return _("Negative"), "warn"
    return None


def _owner(stage: str, holder_name: str | None, offered_name: str | None, *, is_mine: bool) -> str:
    if is_mine:
        return _("You")
    if holder_name:
        return short_name(holder_name)
    if offered_name:
        return _("For %(name)s") % {"name": short_name(offered_name)}
    return _("Unassigned") if stage == Stage.ASSIGNED else ""


def short_name(name: str) -> str:
    """Return ``Jonas B.`` for ``Jonas Brandt``."""
    words = name.split()
    return name if len(words) < 2 else f"{words[0]} {words[-1][0]}."
