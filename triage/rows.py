"""Rows of the inbox, prepared so that the template only prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from socialhub.lib.durations import ago, short_span
from teams.models import User
from teams.models.user import initials_of
from triage.models.conversation import ConversationQuerySet
from triage.states import Stage

SOON = timedelta(hours=1)
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
)


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation as a list shows it."""

    pk: int
    url: str
    refresh_url: str
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
    stage: str
    is_selected: bool
    is_unread: bool


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called, read once for a page: departments as id to (slug, name), channels as id to name."""

    departments: dict[int, tuple[str, str]]
    channels: dict[int, str]


def with_columns(conversations: ConversationQuerySet, moment: str) -> Any:
    """Read only what a row shows: the moment of the order and the id first, for the cursor."""
    return conversations.values_list(moment, *COLUMNS)


def make_rows(
    found: Sequence[tuple[Any, ...]],
    *,
    user: User,
    names: Names,
    base_url: str,
    selected: int | None,
    unread: set[int],
    at: datetime,
) -> list[Row]:
    """Turn what ``with_columns`` read into rows. ``base_url`` ends with a slash; the id goes behind it."""
    rows = []
    for values in found:
        (
            _moment,
            pk,
            author_name,
            snippet,
            stage,
            priority,
            due_at,
            sentiment,
            language,
            mention_count,
            last_inbound_at,
            channel_id,
            department_id,
            holder_id,
            holder_name,
            offered_name,
        ) = values
        rows.append(
            Row(
                pk=pk,
                url=f"{base_url}{pk}/",
                refresh_url=f"{base_url}{pk}/row/",
                name=author_name,
                initials=initials_of(author_name),
                channel=names.channels.get(channel_id, ""),
                ago=ago(last_inbound_at, at),
                at_iso=last_inbound_at.isoformat(),
                text=snippet,
                chips=_chips(stage, priority, due_at, sentiment, department_id, names, at),
                owner=_owner(user, stage, holder_id, holder_name, offered_name),
                count=mention_count,
                language=language,
                stage=stage,
                is_selected=pk == selected,
                is_unread=pk in unread,
            )
        )
    return rows


def deadline_chip(due_at: datetime | None, at: datetime) -> tuple[str, str] | None:
    """Return how late or how soon, with its tone; None where there is time."""
    if due_at is None:
        return None
    if due_at < at:
        return _("Late %(span)s") % {"span": short_span(at - due_at)}, "urgent"
    if due_at - at < SOON:
        return _("Due in %(span)s") % {"span": short_span(due_at - at)}, "warn"
    return None


def _chips(
    stage: str,
    priority: int,
    due_at: datetime | None,
    sentiment: float | None,
    department_id: int | None,
    names: Names,
    at: datetime,
) -> tuple[tuple[str, str], ...]:
    chips: list[tuple[str, str]] = []
    if priority == 1:
        chips.append((_("Urgent"), "urgent"))
    elif priority == 2:
        chips.append((_("High"), "warn"))
    due = deadline_chip(due_at, at)
    if due is not None:
        chips.append(due)
    if department_id is not None and department_id in names.departments:
        chips.append((names.departments[department_id][1], "neutral"))
    if stage == Stage.WAITING:
        chips.append((_("Waiting"), "info"))
    elif stage == Stage.CLOSED:
        chips.append((_("Closed"), "neutral"))
    if sentiment is not None and sentiment >= POSITIVE:
        chips.append((_("Positive"), "ok"))
    elif sentiment is not None and sentiment <= NEGATIVE:
        chips.append((_("Negative"), "warn"))
    return tuple(chips)


def _owner(user: User, stage: str, holder_id: int | None, holder_name: str | None, offered_name: str | None) -> str:
    if holder_id == user.pk:
        return _("You")
    if holder_name:
        return short_name(holder_name)
    if offered_name:
        return _("For %(name)s") % {"name": short_name(offered_name)}
    return "" if stage == Stage.CLOSED else _("Unassigned")


def short_name(name: str) -> str:
    """Return ``Jonas B.`` for ``Jonas Brandt``."""
    words = name.split()
    return name if len(words) < 2 else f"{words[0]} {words[-1][0]}."
