from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from insights.windows import Period, window_for

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
AT = datetime(2026, 3, 4, 12, 20, tzinfo=UTC)


def test_a_day_is_the_24_hours_up_to_the_one_going_on():
    window = window_for(Period.DAY, at=AT, zone=COPENHAGEN)

    assert window.start == datetime(2026, 3, 3, 13, tzinfo=UTC)
    assert window.end == datetime(2026, 3, 4, 13, tzinfo=UTC)
    assert window.previous_start == datetime(2026, 3, 2, 13, tzinfo=UTC)
    assert len(window.buckets) == 24
    assert window.buckets[0].key == window.start
    assert window.buckets[-1].end == window.end


@pytest.mark.parametrize(("period", "days"), [(Period.WEEK, 7), (Period.MONTH, 30), (Period.QUARTER, 90)])
def test_longer_periods_have_one_piece_per_day_of_the_reader_with_today(period, days):
    window = window_for(period, at=AT, zone=COPENHAGEN)

    assert len(window.buckets) == days
    assert window.buckets[-1].key == date(2026, 3, 4)
    assert window.buckets[-1].start == datetime(2026, 3, 3, 23, tzinfo=UTC)
    assert window.buckets[-1].end == window.end
    assert window.start == window.buckets[0].start


def test_the_day_on_which_clocks_change_has_23_hours():
    window = window_for(Period.WEEK, at=datetime(2026, 3, 31, 12, tzinfo=UTC), zone=COPENHAGEN)

    lengths = {bucket.key: bucket.end - bucket.start for bucket in window.buckets[:-1]}
    assert lengths[date(2026, 3, 29)] == timedelta(hours=23)
    assert lengths[date(2026, 3, 28)] == timedelta(hours=24)
    assert [one.end for one in window.buckets[:-1]] == [one.start for one in window.buckets[1:]]


def test_the_reader_far_east_is_a_day_ahead():
    window = window_for(Period.WEEK, at=datetime(2026, 3, 4, 16, tzinfo=UTC), zone=ZoneInfo("Asia/Tokyo"))

    assert window.buckets[-1].key == date(2026, 3, 5)
