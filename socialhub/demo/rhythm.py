"""When people write, and when the company works."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from socialhub.demo.company import TIME_ZONE
from socialhub.demo.plan import PolicyMoments

ZONE = ZoneInfo(TIME_ZONE)
DAYS = 91

# How much is written in each local hour: quiet nights, a hill at noon, a higher one in the evening.
HOURS = (3, 2, 1, 1, 1, 3, 9, 21, 30, 32, 33, 34, 37, 33, 30, 30, 32, 36, 39, 41, 40, 33, 19, 8)
WEEKDAYS = (1.32, 1.1, 1.04, 1.0, 0.96, 0.68, 0.62)

OUTAGE_LENGTH = timedelta(hours=5)


@dataclass(frozen=True, slots=True)
class Shift:
    """The local hours in which a group of people works, on working days and at the weekend."""

    weekday: tuple[time, time]
    weekend: tuple[time, time] | None = None


TRIAGE = Shift((time(7, 30), time(20)), (time(10), time(16)))
SERVICE = Shift((time(8), time(19)), (time(10), time(15)))
OFFICE = Shift((time(8, 30), time(17)))


def local(at: datetime) -> datetime:
    """Return a moment on the company's clock."""
    return at.astimezone(ZONE)


def hour_of_week(at: datetime) -> int:
    """Return 0 for Monday after midnight, 167 for the last hour of Sunday."""
    here = local(at)
    return here.weekday() * 24 + here.hour


def after_work(start: datetime, minutes: float, shift: Shift) -> datetime:
    """Return when ``minutes`` of working time have passed since ``start``."""
    here = local(start)
    left = timedelta(minutes=minutes)
    day = here.date()
    for _ in range(60):
        hours = shift.weekend if day.weekday() >= 5 else shift.weekday
        if hours is not None:
            opens, closes = (datetime.combine(day, hour, ZONE) for hour in hours)
            begins = max(here, opens)
            if begins < closes:
                if begins + left <= closes:
                    return (begins + left).astimezone(start.tzinfo)
                left -= closes - begins
        day += timedelta(days=1)
    raise ValueError("nobody works for two months")


def awake(at: datetime) -> datetime:
    """Move a customer's next word out of the night."""
    here = local(at)
    if here.hour >= 6:
        return at
    return at + timedelta(hours=7 - here.hour)


def draw_moments(rng: Random, *, since: datetime, until: datetime, count: int) -> list[datetime]:
    """Return ``count`` moments with the daily and weekly rhythm, rising a little over the months."""
    first = since.replace(minute=0, second=0, microsecond=0)
    hours = [first + timedelta(hours=at) for at in range(max(int((until - first) / timedelta(hours=1)) + 1, 1))]
    mood: dict[object, float] = {}
    weights = []
    for at, hour in enumerate(hours):
        here = local(hour)
        day = mood.setdefault(here.date(), rng.lognormvariate(0, 0.13))
        weights.append(HOURS[here.hour] * WEEKDAYS[here.weekday()] * day * (0.9 + 0.2 * at / len(hours)))
    moments: list[datetime] = []
    while len(moments) < count:
        for hour in rng.choices(hours, weights, k=count - len(moments)):
            moment = hour + timedelta(seconds=rng.randrange(3600))
            if since <= moment <= until:
                moments.append(moment)
    return sorted(moments)


def outage_start(until: datetime) -> datetime:
    """Return the morning on which app and shop went down: a Tuesday about three weeks ago."""
    day = local(until).date() - timedelta(days=18)
    day -= timedelta(days=(day.weekday() - 1) % 7)
    return datetime.combine(day, time(7, 42), ZONE).astimezone(until.tzinfo)


def draw_outage(rng: Random, *, until: datetime, count: int) -> list[datetime]:
    """Return the moments of the outage's mentions: a steep beginning, a long tail."""
    start = outage_start(until)
    minutes = OUTAGE_LENGTH / timedelta(minutes=1)
    spread = sorted(min(rng.betavariate(1.2, 2.4) * minutes + 3, minutes + 60) for _ in range(count))
    return [start + timedelta(minutes=minute) for minute in spread]


def policy_moments(until: datetime) -> PolicyMoments:
    """Return when the two versions of the policy came into force, before anybody's working day."""
    today = local(until).date()

    def early(days: int) -> datetime:
        return datetime.combine(today - timedelta(days=days), time(5, 30), ZONE).astimezone(until.tzinfo)

    return PolicyMoments(earlier_from=early(DAYS + 40), current_from=early(47))
