"""Opening hours as they are written and stored, and as calendars that deadlines are counted in."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from socialhub.lib.business_time import ALWAYS, DAY, Calendar, Periods, holiday_regions
from socialhub.lib.errors import Invalid

# The days of a week as they are stored.
DAYS = {
    "mon": gettext_lazy("Monday"),
    "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"),
    "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
}
MOST_PERIODS = 6
MOST_OWN_DAYS = 400
# With less, a deadline of a few hours could be years away.
LEAST_A_WEEK = 60

Week = Mapping[str, Sequence[Sequence[str]]]

_PERIOD = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(?:-|–|—|to|bis)\s*(\d{1,2})(?:[:.h](\d{2}))?\Z", re.IGNORECASE)
_OWN_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})\s*(.*)\Z")
_HOURS_AT_END = re.compile(r"((?:\d{1,2}(?:[:.]\d{2})?\s*[-–]\s*\d{1,2}(?:[:.]\d{2})?\s*,?\s*)+)\Z")


def read_day(text: str) -> list[list[str]]:
    """Read the hours of one day as people write them: ``9-12, 13:00–17:00``; nothing is closed.

    :raises Invalid: it is no list of periods, or they overlap.
    """
    found: list[tuple[int, int]] = []
    for part in (piece.strip() for piece in re.split(r"[,;]|\band\b", text) if piece.strip()):
        match = _PERIOD.match(part)
        if match is None:
            raise Invalid(_("“%(text)s” is no period. Write it like 09:00–17:00.") % {"text": part[:40]})
        begin, end = _minute(match[1], match[2], part), _minute(match[3], match[4], part)
        if begin >= end:
            sentence = _(
                "“%(text)s” ends before it begins. Past midnight, write two days: 22:00–24:00 and 00:00–06:00."
            )
            raise Invalid(sentence % {"text": part[:40]})
        found.append((begin, end))
    found.sort()
    if len(found) > MOST_PERIODS:
        raise Invalid(_("A day has at most %(count)d periods.") % {"count": MOST_PERIODS})
    for (_begin, former_end), (begin, _end) in pairwise(found):
        if begin < former_end:
            raise Invalid(_("The periods overlap at %(moment)s.") % {"moment": clock_text(begin)})
    return [[clock_text(begin), clock_text(end)] for begin, end in found]


def day_text(periods: Sequence[Sequence[str]]) -> str:
    """Return the hours of a day as people write them."""
    return ", ".join(f"{begin}–{end}" for begin, end in periods)


def clock_text(minute: int) -> str:
    """Return a minute of the day as a clock shows it."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def check_week(week: Week) -> None:
    """Refuse hours in which nobody could meet a deadline.

    :raises Invalid: they are less than an hour a week.
    """
    total = sum(end - begin for periods in week.values() for begin, end in _periods(periods))
    if total == 0:
        raise Invalid(_("Nobody would ever be there. Give at least one day its hours."))
    if total < LEAST_A_WEEK:
        raise Invalid(_("That is less than an hour a week: deadlines would be years away."))


def read_own_days(text: str) -> list[dict[str, Any]]:
    """Read closed and half days: a date on each line, then what it is called, then its hours if it has some.

    :raises Invalid: a line cannot be read, or names a date again; says which.
    """
    found: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = _OWN_DAY.match(line.strip())
        told = {"line": number, "text": line.strip()[:60]}
        if match is None:
            raise Invalid(_("Line %(line)d: begin “%(text)s” with a date like 2026-12-24.") % told)
        try:
            day = date.fromisoformat(match[1])
        except ValueError:
            raise Invalid(_("Line %(line)d: “%(text)s” names a date that does not exist.") % told) from None
        if day.isoformat() in found:
            raise Invalid(_("Line %(line)d: “%(text)s” names a date again.") % told)
        rest = match[2]
        hours = _HOURS_AT_END.search(rest)
        try:
            periods = read_day(hours[1]) if hours else []
        except Invalid as invalid:
            raise Invalid(_("Line %(line)d: %(reason)s") % {"line": number, "reason": invalid}) from invalid
        name = (rest[: hours.start()] if hours else rest).strip(" :,\t")[:60]
        found[day.isoformat()] = {"date": day.isoformat(), "name": name, "hours": periods}
    if len(found) > MOST_OWN_DAYS:
        raise Invalid(_("Give at most %(count)d days.") % {"count": MOST_OWN_DAYS})
    return [found[day] for day in sorted(found)]


def own_days_text(days: Sequence[Mapping[str, Any]]) -> str:
    """Return closed and half days as people write them."""
    lines = (f"{day['date']} {day['name']} {day_text(day['hours'])}" for day in days)
    return "\n".join(" ".join(line.split()) for line in lines)


def check_holidays(country: str, region: str) -> str:
    """Return the code of the region; public holidays must be known for it.

    :raises Invalid: nobody knows the country, or the region in it.
    """
    known = holiday_regions()
    if not country:
        if region:
            raise Invalid(_("Choose the country of the region first."), field="holiday_region")
        return ""
    if country not in known:
        raise Invalid(_("The public holidays of this country are not known."), field="holiday_country")
    regions = {name.casefold(): name for name in known[country].regions}
    if region and region.casefold() not in regions:
        if not regions:
            raise Invalid(_("This country has the same public holidays everywhere."), field="holiday_region")
        told = {"region": region[:20], "known": ", ".join(known[country].regions)}
        raise Invalid(_("“%(region)s” is none of its regions: %(known)s.") % told, field="holiday_region")
    return regions[region.casefold()] if region else ""


@lru_cache(maxsize=500)
def make_calendar(
    zone: str,
    week: tuple[Periods, ...],
    own_days: tuple[tuple[date, Periods], ...],
    country: str,
    region: str,
) -> Calendar:
    """Return a calendar; the same for the same hours, so that it lays out each year once."""
    return Calendar(zone, week, dict(own_days), country, region)


def calendar_of(zone: str, week: Week, own_days: Sequence[Mapping[str, Any]], country: str, region: str) -> Calendar:
    """Return the calendar of stored hours; without any it is open around the clock."""
    if not week:
        return make_calendar(zone, ALWAYS, (), "", "")
    return make_calendar(
        zone,
        tuple(_periods(week.get(day, ())) for day in DAYS),
        tuple((date.fromisoformat(day["date"]), _periods(day["hours"])) for day in own_days),
        country,
        region,
    )


def _periods(written: Sequence[Sequence[str]]) -> Periods:
    return tuple((_read_clock(begin), _read_clock(end)) for begin, end in written)


def _read_clock(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _minute(hour: str, minute: str | None, part: str) -> int:
    found = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or found > DAY:
        raise Invalid(_("“%(text)s” names a time that no clock shows.") % {"text": part[:40]})
    return found
