import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from socialhub.lib.business_time import ALWAYS, DAY, Calendar, public_holidays

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_FIVE = ((540, 1020),)
OFFICE = (NINE_TO_FIVE,) * 5 + ((), ())
SPLIT = (((540, 720), (780, 1020)),) * 5 + ((), ())
MINUTE = timedelta(minutes=1)
# Zones whose clocks jump at two, at midnight, by half an hour, over a whole day, and for a month of fasting.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/Santiago",
    "Asia/Beirut",
    "Africa/Cairo",
    "America/Havana",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/St_Johns",
    "Asia/Kathmandu",
)


def moment(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("since", "minutes", "due"),
    [
        ("2026-11-20T16:45", 30, "2026-11-23T09:15"),  # Friday to Monday
        ("2026-11-20T16:45", 15, "2026-11-20T17:00"),  # exactly on closing stays at closing
        ("2026-11-20T17:00", 1, "2026-11-23T09:01"),
        ("2026-11-20T18:30", 30, "2026-11-23T09:30"),
        ("2026-11-21T12:00", 480, "2026-11-23T17:00"),
        ("2026-11-21T12:00", 481, "2026-11-24T09:01"),
        ("2026-11-20T08:00", 60, "2026-11-20T10:00"),
        ("2026-11-20T12:00", 0, "2026-11-20T12:00"),
        ("2026-11-21T12:00", 0, "2026-11-21T12:00"),
        ("2026-11-23T09:15", -30, "2026-11-20T16:45"),
        ("2026-11-23T09:00", -1, "2026-11-20T16:59"),
    ],
)
def test_a_deadline_counts_only_what_is_open(since, minutes, due):
    assert Calendar("Europe/Berlin", OFFICE).add(moment(since), minutes) == moment(due)


def test_a_lunch_break_does_not_count():
    calendar = Calendar("Europe/Berlin", SPLIT)

    assert calendar.add(moment("2026-11-20T11:50"), 20) == moment("2026-11-20T13:10")
    assert calendar.minutes_between(moment("2026-11-20T09:00"), moment("2026-11-20T17:00")) == 420
    assert [calendar.is_open(moment(f"2026-11-20T{at}")) for at in ("11:59", "12:00", "13:00", "17:00")] == [
        True,
        False,
        True,
        False,
    ]


def test_public_holidays_of_the_region_are_closed():
    bavaria = Calendar("Europe/Berlin", OFFICE, country="DE", region="BY")
    berlin = Calendar("Europe/Berlin", OFFICE, country="DE", region="BE")
    eve = moment("2026-01-05T16:30")  # the next day is Epiphany, in Bavaria

    assert bavaria.add(eve, 60) == moment("2026-01-07T09:30")
    assert berlin.add(eve, 60) == moment("2026-01-06T09:30")
    assert bavaria.next_opening(moment("2026-01-05T17:00")) == moment("2026-01-07T09:00")


def test_an_own_day_beats_the_weekday_and_the_holiday():
    own = {date(2026, 12, 24): ((540, 720),), date(2026, 12, 25): ((600, 660),), date(2026, 12, 28): ()}
    calendar = Calendar("Europe/Berlin", OFFICE, own, "DE", "BY")

    assert calendar.add(moment("2026-12-24T11:30"), 60) == moment("2026-12-25T10:30")
    assert calendar.add(moment("2026-12-25T10:30"), 60) == moment("2026-12-29T09:30")


def test_a_country_that_nobody_knows_has_no_holidays():
    assert public_holidays("XX", "", 2026) == {}
    assert public_holidays("DE", "XX", 2026) == {}
    assert date(2026, 1, 6) in public_holidays("DE", "BY", 2026)


def test_a_night_in_which_the_clock_jumps_is_counted_as_it_was():
    always = (((0, DAY),),) * 7
    nights = Calendar("Europe/Berlin", (((0, 360),),) * 7)

    assert nights.minutes_between(moment("2026-03-29T00:00"), moment("2026-03-29T12:00")) == 300
    assert nights.minutes_between(moment("2026-10-25T00:00"), moment("2026-10-25T12:00")) == 420
    assert (
        Calendar("Europe/Berlin", always, {date(2026, 1, 1): ()}).minutes_between(
            moment("2026-10-25T00:00"), moment("2026-10-26T00:00")
        )
        == 25 * 60
    )


def test_a_midnight_that_does_not_come_moves_nothing_else():
    # In Santiago the clock goes from Saturday 24:00 to Sunday 01:00.
    sundays = Calendar("America/Santiago", ((),) * 6 + (((0, 120),),))
    monday = datetime(2026, 9, 7, 12, tzinfo=UTC)

    assert sundays.minutes_between(monday - timedelta(days=3), monday) == 60
    assert sundays.next_opening(monday - timedelta(days=2)) == moment("2026-09-06T01:00", "America/Santiago")


def test_open_around_the_clock_is_the_clock():
    calendar = Calendar()
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)

    assert calendar.is_always
    assert calendar.add(noon, 90) == noon + timedelta(minutes=90)
    assert calendar.add(noon, -90) == noon - timedelta(minutes=90)
    assert calendar.minutes_between(noon, noon + timedelta(days=1)) == 1440


def test_who_never_opens_is_due_at_the_end_of_what_is_looked_at():
    never = Calendar("UTC", ((),) * 7)
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)

    assert never.add(noon, 1) == datetime(2047, 1, 1, tzinfo=UTC)
    assert never.add(noon, -1) == datetime(2006, 1, 1, tzinfo=UTC)
    assert never.next_opening(noon) is None


def test_a_thousand_days_do_not_take_a_walk():
    calendar = Calendar("Europe/Berlin", OFFICE, country="DE", region="BY")
    since = moment("2026-11-20T16:45")
    calendar.add(since, 1000 * 480)

    begun = time.thread_time()
    for _again in range(200):
        calendar.add(since, 1000 * 480)

    # 50 microseconds each of work, and ten times that for a slow machine.
    assert time.thread_time() - begun < 200 * 500e-6


def test_moments_come_back_in_the_zone_in_which_they_were_given():
    calendar = Calendar("Europe/Berlin", OFFICE)

    assert calendar.add(datetime(2026, 11, 20, 15, 45, tzinfo=UTC), 30).tzinfo is UTC


class Counter:
    """Count minute by minute what the calendar works out."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar, self.zone = calendar, ZoneInfo(calendar.zone)

    def is_open(self, at: datetime) -> bool:
        local = at.astimezone(self.zone)
        day = local.date()
        if day in self.calendar.own_days:
            periods = self.calendar.own_days[day]
        elif self.calendar.country and day in public_holidays(self.calendar.country, self.calendar.region, day.year):
            periods = ()
        else:
            periods = self.calendar.week[day.weekday()]
        return any(first <= local.hour * 60 + local.minute < last for first, last in periods)

    def add(self, since: datetime, minutes: int) -> datetime:
        at = since
        while minutes:
            minutes -= self.is_open(at)
            at += MINUTE
        return at

    def between(self, begin: datetime, end: datetime) -> int:
        return sum(self.is_open(begin + count * MINUTE) for count in range((end - begin) // MINUTE))


@st.composite
def periods(draw):
    marks = sorted(draw(st.sets(st.integers(0, DAY), min_size=2, max_size=6)))
    found = tuple(zip(marks[::2], marks[1::2], strict=False))
    # Two hours at least, lest the counting takes weeks.
    return found if sum(end - begin for begin, end in found) >= 120 else ((60, 200),)


@st.composite
def calendars(draw):
    zone = draw(st.sampled_from(ZONES))
    week = (*(draw(st.one_of(st.just(()), periods())) for _day in range(6)), draw(periods()))
    closed = draw(
        st.dictionaries(st.dates(date(2011, 12, 1), date(2026, 12, 31)), st.one_of(st.just(()), periods()), max_size=4)
    )
    country, region = draw(st.sampled_from([("", ""), ("DE", "BY"), ("CL", ""), ("LB", ""), ("US", "CA")]))
    return Calendar(zone, week, closed, country, region)


# Days around which clocks jump somewhere, and others.
BEGINNINGS = st.one_of(
    st.sampled_from(
        [
            datetime(2026, 3, 28, 20, tzinfo=UTC),
            datetime(2026, 10, 24, 20, tzinfo=UTC),
            datetime(2026, 9, 5, 20, tzinfo=UTC),
            datetime(2026, 4, 4, 20, tzinfo=UTC),
            datetime(2026, 4, 23, 18, tzinfo=UTC),
            datetime(2011, 12, 29, 8, tzinfo=UTC),
            datetime(2010, 11, 6, 20, tzinfo=UTC),
            datetime(2026, 2, 14, 20, tzinfo=UTC),
            datetime(2025, 12, 30, 20, tzinfo=UTC),
        ]
    ),
    st.datetimes(datetime(2010, 1, 2), datetime(2026, 12, 20)).map(
        lambda found: found.replace(second=0, microsecond=0, tzinfo=UTC)
    ),
)


@settings(max_examples=60, deadline=None)
@given(calendars(), BEGINNINGS, st.integers(1, 300))
@example(Calendar("Pacific/Apia", OFFICE), datetime(2011, 12, 29, 20, tzinfo=UTC), 600)
@example(Calendar("America/St_Johns", (((0, 30), (1380, DAY)),) * 7), datetime(2010, 11, 6, 20, tzinfo=UTC), 400)
def test_adding_is_what_counting_minutes_gives(calendar, since, minutes):
    assert calendar.add(since, minutes) == Counter(calendar).add(since, minutes)


@settings(max_examples=60, deadline=None)
@given(calendars(), BEGINNINGS, st.integers(0, 4 * DAY))
def test_what_is_between_is_what_counting_minutes_gives(calendar, begin, length):
    end = begin + length * MINUTE

    assert calendar.minutes_between(begin, end) == Counter(calendar).between(begin, end)
    assert calendar.minutes_between(end, begin) == -calendar.minutes_between(begin, end)


@settings(max_examples=60, deadline=None)
@given(calendars(), BEGINNINGS)
def test_the_next_opening_is_the_first_open_minute(calendar, at):
    found = calendar.next_opening(at)
    counter = Counter(calendar)

    while not counter.is_open(at):
        at += MINUTE
    assert found == at
    assert calendar.is_open(found)


@settings(max_examples=60, deadline=None)
@given(calendars(), BEGINNINGS, st.integers(1, 300))
def test_going_back_is_the_other_way_of_going_on(calendar, until, minutes):
    since = calendar.add(until, -minutes)

    assert calendar.minutes_between(since, until) == minutes
    assert calendar.is_open(since)


def test_every_minute_of_always_is_open():
    assert Calendar("Asia/Beirut", ALWAYS).is_open(datetime(2026, 3, 28, 22, 30, tzinfo=UTC))
