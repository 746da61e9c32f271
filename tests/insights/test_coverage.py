from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from insights.coverage import between, listening_in
from insights.windows import Period, window_for
from listening.models import Coverage
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
UTC_ZONE = ZoneInfo("UTC")
WINDOW = window_for(Period.DAY, at=NOON, zone=UTC_ZONE)
LONG_BEFORE = NOON - timedelta(days=30)


def hear(channel, start, end):
    Coverage.objects.create(channel=channel, heard_from=start, heard_until=end)


def gaps():
    return [(gap.channel, gap.start, gap.end) for gap in listening_in(WINDOW, at=NOON).gaps]


def test_what_lies_between_intervals_was_not_heard():
    heard = [(NOON + HOUR, NOON + 2 * HOUR), (NOON + 3 * HOUR, NOON + 4 * HOUR)]

    found = list(between(heard, since=NOON, until=NOON + 5 * HOUR, patience=16 * MINUTE))

    assert found == [
        (NOON, NOON + HOUR),
        (NOON + 2 * HOUR, NOON + 3 * HOUR),
        (NOON + 4 * HOUR, NOON + 5 * HOUR),
    ]


def test_the_time_between_two_looks_is_no_gap():
    heard = [(NOON, NOON + HOUR), (NOON + HOUR + 16 * MINUTE, NOON + 2 * HOUR)]

    assert list(between(heard, since=NOON, until=NOON + 2 * HOUR + 16 * MINUTE, patience=16 * MINUTE)) == []


def test_intervals_inside_one_another_leave_no_gap():
    heard = [(NOON, NOON + 3 * HOUR), (NOON + HOUR, NOON + 2 * HOUR)]

    assert list(between(heard, since=NOON, until=NOON + 3 * HOUR, patience=MINUTE)) == []


@pytest.mark.django_db
def test_a_live_channel_that_stopped_is_not_heard_until_now():
    channel = ChannelFactory(name="Feed", kind="feed", created_at=LONG_BEFORE)
    hear(channel, LONG_BEFORE, NOON - 2 * HOUR)

    assert gaps() == [("Feed", NOON - 2 * HOUR, NOON)]


@pytest.mark.django_db
def test_a_gap_is_cut_to_the_window():
    channel = ChannelFactory(name="Feed", kind="feed", created_at=LONG_BEFORE)
    hear(channel, LONG_BEFORE, WINDOW.start - 5 * HOUR)
    hear(channel, WINDOW.start + HOUR, NOON)

    assert gaps() == [("Feed", WINDOW.start, WINDOW.start + HOUR)]


@pytest.mark.django_db
def test_a_channel_never_heard_is_not_heard_since_it_was_connected():
    ChannelFactory(name="Feed", kind="feed", created_at=NOON - 3 * HOUR)

    assert gaps() == [("Feed", NOON - 3 * HOUR, NOON)]


@pytest.mark.django_db
def test_a_channel_filled_from_files_is_never_not_heard():
    ChannelFactory(kind="import", created_at=LONG_BEFORE)

    assert gaps() == []


@pytest.mark.django_db
def test_a_channel_connected_later_has_no_gap():
    ChannelFactory(kind="feed", created_at=NOON + HOUR)

    assert gaps() == []


@pytest.mark.django_db
def test_nobody_listened_only_when_no_live_channel_was_heard():
    deaf = ChannelFactory(kind="feed", created_at=LONG_BEFORE)
    hearing = ChannelFactory(kind="feed", created_at=LONG_BEFORE)
    hear(deaf, LONG_BEFORE, WINDOW.start - HOUR)
    hear(hearing, LONG_BEFORE, WINDOW.start)
    hear(hearing, WINDOW.start + HOUR, NOON)

    listening = listening_in(WINDOW, at=NOON)

    assert [listening.is_deaf(bucket, at=NOON) for bucket in WINDOW.buckets[:3]] == [True, False, False]


@pytest.mark.django_db
@pytest.mark.parametrize("channel_count", [1, 3])
def test_the_ledger_costs_one_query_however_many_channels(channel_count, django_assert_num_queries):
    for _ in range(channel_count):
        hear(ChannelFactory(kind="feed", created_at=LONG_BEFORE), LONG_BEFORE, NOON)

    with django_assert_num_queries(1):
        listening = listening_in(WINDOW, at=NOON)

    assert listening.live_count == channel_count
