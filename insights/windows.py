"""Stretches of time as a reader asks for them, cut into the pieces that a chart shows."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

HOUR = timedelta(hours=1)


class Period(models.TextChoices):
    """What a reader may choose."""

    DAY = "24h", _("Last 24 hours")
    WEEK = "7d", _("Last 7 days")
    MONTH = "30d", _("Last 30 days")
    QUARTER = "90d", _("Last 90 days")

    @property
    def days(self) -> int:
        """How many days it has."""
        return {"24h": 1, "7d": 7, "30d": 30, "90d": 90}[self.value]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One piece: an hour, or a day in the reader's zone. ``key`` is what a query returns for it."""

    key: datetime | date
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Window:
    """From ``start`` up to before ``end``, in UTC; ``zone`` is the reader's and decides where days begin.

    Counts are kept by hours of UTC. In a zone that is off by half an hour, an hour
    belongs to the day in which it begins.
    """

    start: datetime
    end: datetime
    zone: ZoneInfo
    is_hourly: bool

    @property
    def previous_start(self) -> datetime:
        """Where the stretch of the same length before this one begins."""
        return self.start - (self.end - self.start)

    @cached_property
    def buckets(self) -> tuple[Bucket, ...]:
        """The pieces in order, without holes; the last one may still be going on."""
        return tuple(self._hours() if self.is_hourly else self._days())

    def _hours(self) -> list[Bucket]:
        count = round((self.end - self.start) / HOUR)
        starts = [self.start + n * HOUR for n in range(count)]
        return [Bucket(start, start, start + HOUR) for start in starts]

    def _days(self) -> list[Bucket]:
        first = self.start.astimezone(self.zone).date()
        found = []
        while (start := _midnight(first, self.zone)) < self.end:
            following = first + timedelta(days=1)
            found.append(Bucket(first, start, min(_midnight(following, self.zone), self.end)))
            first = following
        return found


def window_for(period: Period, *, at: datetime, zone: ZoneInfo) -> Window:
    """Return the window of a period that ends with the hour now going on; days include today."""
    end = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
    if period == Period.DAY:
        return Window(end - timedelta(days=1), end, zone, is_hourly=True)
    first = at.astimezone(zone).date() - timedelta(days=period.days - 1)
    return Window(_midnight(first, zone), end, zone, is_hourly=False)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
