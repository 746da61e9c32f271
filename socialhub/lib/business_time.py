"""Opening hours: which moments count when a deadline runs in business time.

A moment is open when the clock on the wall shows an open minute of its day. On the days
on which that clock jumps, an hour that does not come is not counted and one that comes
twice is counted twice. Periods are open from their first moment up to their last, which
is not open any more.

A deadline is the *first* moment at which the time has passed. So one that falls exactly
on closing stays at closing and does not move to the next opening.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = 1440
# From the first to the last minute of a day, in minutes from midnight.
Periods = tuple[tuple[int, int], ...]
WHOLE_DAY: Periods = ((0, DAY),)
ALWAYS: tuple[Periods, ...] = (WHOLE_DAY,) * 7

# Beyond it a deadline is no deadline; so far it is looked for, and then it is there.
FARTHEST_YEARS = 20

_MINUTE = 60_000_000
_HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What is open in one year of UTC: beginnings, ends, and the time that is open before each, in microseconds."""

    starts: Sequence[int]
    ends: Sequence[int]
    before: Sequence[int]
    total: int

    def passed(self, moment: int) -> int:
        """Return the open time of the year before a moment."""
        place = bisect_right(self.starts, moment) - 1
        if place < 0:
            return 0
        return self.before[place] + min(moment, self.ends[place]) - self.starts[place]

    def first_at(self, passed: int) -> int:
        """Return the first moment before which so much is open; more than nothing, at most ``total``."""
        place = bisect_left(self.before, passed) - 1
        return self.starts[place] + passed - self.before[place]

    def last_at(self, passed: int) -> int:
        """Return the last moment before which so much is open; less than ``total``."""
        place = bisect_right(self.before, passed) - 1
        return self.starts[place] + passed - self.before[place]


@dataclass(frozen=True)
class Calendar:
    """When somebody is there: periods of each weekday (Monday first), in a time zone, without closed days.

    ``own_days`` says which periods count on a date, whatever the weekday and the public
    holidays say; none of them: closed. ``country`` and ``region`` are codes of ISO 3166
    whose public holidays are closed.
    """

    zone: str = "UTC"
    week: tuple[Periods, ...] = ALWAYS
    own_days: Mapping[date, Periods] = field(default_factory=dict, hash=False)
    country: str = ""
    region: str = ""
    _years: dict[int, _Stretch] = field(default_factory=dict, init=False, repr=False, compare=False, hash=False)

    @property
    def is_always(self) -> bool:
        """Whether every moment counts."""
        return self.week == ALWAYS and not self.own_days and not self.country

    def add(self, since: datetime, minutes: float) -> datetime:
        """Return the first moment at which so many open minutes have passed since ``since``.

        Less than zero: the last moment from which so many pass until ``since``. What is
        not reached within twenty years is due then.
        """
        if self.is_always:
            return since + timedelta(minutes=minutes)
        moment, left = _microseconds(since), round(minutes * _MINUTE)
        if left == 0:
            return since
        year = _year_of(since)
        found = self._forward(moment, left, year) if left > 0 else self._back(moment, -left, year)
        return _moment(found).astimezone(since.tzinfo)

    def minutes_between(self, begin: datetime, end: datetime) -> float:
        """Return how many open minutes there are from ``begin`` to ``end``; less than zero if that is before."""
        if end < begin:
            return -self.minutes_between(end, begin)
        if self.is_always:
            return (end - begin) / timedelta(minutes=1)
        first, last = _year_of(begin), _year_of(end)
        passed = self._year(last).passed(_microseconds(end)) - self._year(first).passed(_microseconds(begin))
        return (passed + sum(self._year(year).total for year in range(first, last))) / _MINUTE

    def is_open(self, at: datetime) -> bool:
        """Say whether the moment counts."""
        local = at.astimezone(ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        return any(begin <= minute < end for begin, end in self.periods_on(local.date()))

    def next_opening(self, at: datetime) -> datetime | None:
        """Return the first open moment from ``at`` on; None if there is none within twenty years."""
        if self.is_open(at):
            return at
        moment, year = _microseconds(at), _year_of(at)
        for later in range(year, year + FARTHEST_YEARS + 1):
            starts = self._year(later).starts
            place = bisect_left(starts, moment)
            if place < len(starts):
                return _moment(starts[place]).astimezone(at.tzinfo)
        return None

    def periods_on(self, day: date) -> Periods:
        """Return what is open on a date."""
        if day in self.own_days:
            return self.own_days[day]
        if self.country and day in public_holidays(self.country, self.region, day.year):
            return ()
        return self.week[day.weekday()]

    def _forward(self, moment: int, left: int, year: int) -> int:
        for later in range(year, year + FARTHEST_YEARS + 1):
            stretch = self._year(later)
            # Everything of a later year comes after the moment.
            passed = stretch.passed(moment) if later == year else 0
            if passed + left <= stretch.total:
                return stretch.first_at(passed + left)
            left -= stretch.total - passed
        return _microseconds(datetime(year + FARTHEST_YEARS + 1, 1, 1, tzinfo=UTC))

    def _back(self, moment: int, left: int, year: int) -> int:
        for earlier in range(year, year - FARTHEST_YEARS - 1, -1):
            stretch = self._year(earlier)
            passed = stretch.passed(moment) if earlier == year else stretch.total
            if left <= passed and stretch.total:
                return stretch.last_at(passed - left)
            left -= passed
        return _microseconds(datetime(year - FARTHEST_YEARS, 1, 1, tzinfo=UTC))

    def _year(self, year: int) -> _Stretch:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = self._laid_out(year)
        return found

    def _laid_out(self, year: int) -> _Stretch:
        begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        found: list[tuple[int, int]] = []
        for since, until, offset in _offsets(self.zone, year):
            # On one stretch of the same offset, days follow each other like anywhere.
            day, last = (since + offset).date(), (until + offset).date()
            lower, upper = _microseconds(since), _microseconds(until)
            while day <= last:
                midnight = _microseconds(datetime(day.year, day.month, day.day, tzinfo=UTC) - offset)
                for first, end_minute in self.periods_on(day):
                    opens = max(midnight + first * _MINUTE, lower)
                    closes = min(midnight + end_minute * _MINUTE, upper)
                    if opens < closes:
                        found.append((opens, closes))
                day += timedelta(days=1)
        return _stretch(found, _microseconds(begin), _microseconds(end))


def _stretch(found: Iterable[tuple[int, int]], begin: int, end: int) -> _Stretch:
    starts: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    total = 0
    for opens, closes in sorted(found):
        opens, closes = max(opens, begin), min(closes, end)
        if opens >= closes:
            continue
        if ends and opens <= ends[-1]:
            # What follows without a pause is one: Monday to midnight, Tuesday from midnight on.
            total += closes - ends[-1]
            ends[-1] = closes
            continue
        starts.append(opens)
        ends.append(closes)
        before.append(total)
        total += closes - opens
    return _Stretch(starts, ends, before, total)


@lru_cache(maxsize=1000)
def _offsets(zone: str, year: int) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """Return from when to when the zone is how far from UTC, in one year of UTC."""
    place = ZoneInfo(zone)
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    found: list[tuple[datetime, datetime, timedelta]] = []
    since, offset = begin, _offset(place, begin)
    # No zone has changed twice within six hours.
    look = begin
    while look < end:
        look = min(look + 6 * _HOUR, end)
        if _offset(place, look) != offset:
            change = _change(place, look - 6 * _HOUR, look)
            found.append((since, change, offset))
            since, offset = change, _offset(place, look)
    if since < end:
        found.append((since, end, offset))
    return tuple(found)


def _change(place: ZoneInfo, earlier: datetime, later: datetime) -> datetime:
    """Return the second in which the offset changes, between two moments with different ones."""
    former = _offset(place, earlier)
    while later - earlier > timedelta(seconds=1):
        middle = earlier + timedelta(seconds=(later - earlier) // timedelta(seconds=2))
        if _offset(place, middle) == former:
            earlier = middle
        else:
            later = middle
    return later


def _offset(place: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(place).utcoffset() or timedelta()


@lru_cache(maxsize=400)
def public_holidays(country: str, region: str, year: int) -> Mapping[date, str]:
    """Return the public holidays of a year with their names; a country or region that nobody knows has none."""
    # Loaded where it is needed: it brings every country of the world.
    import holidays  # noqa: PLC0415

    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=year)
    except (NotImplementedError, AttributeError):
        return {}
    return {day: name for day, name in found.items() if day.year == year}


@dataclass(frozen=True, slots=True)
class Country:
    """A country whose public holidays are known: its name in English, and the codes of its regions."""

    name: str
    regions: tuple[str, ...]


@lru_cache(maxsize=1)
def holiday_regions() -> Mapping[str, Country]:
    """Return the countries whose public holidays are known, by their codes."""
    import holidays  # noqa: PLC0415
    from holidays.registry import COUNTRIES  # noqa: PLC0415

    # The registry knows them as classes: UnitedStates.
    names = {names[1]: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", names[0]) for names in COUNTRIES.values()}
    return {
        code: Country(names[code], tuple(regions))
        for code, regions in holidays.list_supported_countries().items()
        if code in names
    }


def _year_of(moment: datetime) -> int:
    return moment.astimezone(UTC).year


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
