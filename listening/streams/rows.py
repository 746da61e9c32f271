"""Streams as lists and pages show them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from listening.models import Stream

WEEK = 7
CHART_HEIGHT = 40


def today_utc() -> date:
    """Return the day in which matches are counted now."""
    return timezone.now().astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One stream, how it is doing today, and whether somebody has to ask if it is still needed."""

    stream: Stream
    today: int
    week: int
    tone: str
    label: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of a chart that is ``CHART_HEIGHT`` high and as many units wide as it has days.

    ``unheard`` names the channels that were not heard for a part of the day.
    """

    day: date
    count: int
    left: int
    top: float
    height: float
    unheard: Sequence[str] = ()


def row_of(stream: Stream, counts: Mapping[date, int], *, today: date) -> StreamRow:
    """Prepare one stream; ``counts`` are those of its days."""
    on_today = counts.get(today, 0)
    week = sum(count for day, count in counts.items() if today - timedelta(days=WEEK) < day <= today)
    tone, label = _state(stream, on_today)
    return StreamRow(stream, on_today, week, tone, label, stream.review_on <= today)


def is_full(stream: Stream, count: int) -> bool:
    """Say whether channels have stopped searching for a stream that had ``count`` matches today."""
    return stream.daily_limit is not None and count >= stream.daily_limit


def bars_of(
    counts: Mapping[date, int], *, since: date, until: date, unheard: Mapping[date, Sequence[str]] | None = None
) -> Sequence[Bar]:
    """Return a bar for every day of a window, the highest as high as the chart."""
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    return list(_bars(days, counts, unheard or {}))


def _bars(days: Sequence[date], counts: Mapping[date, int], unheard: Mapping[date, Sequence[str]]) -> Iterable[Bar]:
    most = max((counts.get(day, 0) for day in days), default=0) or 1
    for left, day in enumerate(days):
        count = counts.get(day, 0)
        # Even a single one shows.
        height = max(round(count / most * CHART_HEIGHT, 1), 1.5) if count else 0.0
        yield Bar(day, count, left, CHART_HEIGHT - height, height, unheard.get(day, ()))


def _state(stream: Stream, today: int) -> tuple[str, str]:
    if stream.is_paused:
        return "warn", _("Paused")
    if is_full(stream, today):
        return "warn", _("Full today")
    return "ok", _("Listening")
