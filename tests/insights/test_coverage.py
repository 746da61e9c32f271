from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from insights.coverage import between, explained, listening_in
from insights.windows import Period, window_for
from listening.models import Coverage, Gap
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


def note(channel, start, end, reason, **more):
    Gap.objects.create(channel=channel, began_at=start, ended_at=end, reason=reason, **more)


def reasons(listening):
    return [(gap.start, gap.end, gap.reason) for gap in listening]


@pytest.mark.parametrize(
    ("noted", "pieces"),
    [
        ([], [(0, 6, "")]),
        ([(1, 3, "a"), (3, 4, "b")], [(0, 1, ""), (1, 3, "a"), (3, 4, "b"), (4, 6, "")]),
        ([(-5, 9, "a")], [(0, 6, "a")]),
        ([(-5, -1, "a"), (7, 9, "b")], [(0, 6, "")]),
    ],
)
def test_a_stretch_is_cut_where_the_reason_changes(noted, pieces):
    def at(hour):
        return NOON + hour * HOUR

    found = explained(at(0), at(6), [(at(begin), at(end), reason) for begin, end, reason in noted])

    assert list(found) == [(at(begin), at(end), reason) for begin, end, reason in pieces]


@pytest.mark.django_db
def test_a_gap_says_why_as_far_as_it_is_known():
    channel = ChannelFactory(name="Feed", kind="feed", created_at=LONG_BEFORE)
    hear(channel, LONG_BEFORE, NOON - 6 * HOUR)
    note(channel, NOON - 6 * HOUR, NOON - 5 * HOUR, Gap.Reason.NETWORK)
    note(channel, NOON - 4 * HOUR, None, Gap.Reason.AUTHORISATION)

    assert reasons(listening_in(WINDOW, at=NOON).gaps) == [
        (NOON - 6 * HOUR, NOON - 5 * HOUR, "The network did not answer as it should"),
        (NOON - 5 * HOUR, NOON - 4 * HOUR, ""),
        (NOON - 4 * HOUR, NOON, "Our sign-in was not accepted"),
    ]


@pytest.mark.django_db
def test_what_was_heard_afterwards_is_no_gap_and_is_told():
    channel = ChannelFactory(name="Feed", kind="feed", created_at=LONG_BEFORE)
    hear(channel, LONG_BEFORE, NOON)
    note(channel, NOON - 6 * HOUR, NOON - 5 * HOUR, Gap.Reason.NETWORK, is_filled=True)
    note(channel, NOON - 3 * HOUR, NOON - 3 * HOUR + 5 * MINUTE, Gap.Reason.NETWORK, is_filled=True)

    listening = listening_in(WINDOW, at=NOON)

    assert listening.gaps == ()
    assert reasons(listening.filled) == [(NOON - 6 * HOUR, NOON - 5 * HOUR, "The network did not answer as it should")]


@pytest.mark.django_db
def test_a_channel_that_others_call_is_heard_unless_it_was_paused():
    channel = ChannelFactory(name="Called", kind="webhook", created_at=LONG_BEFORE)
    hear(channel, LONG_BEFORE, LONG_BEFORE)
    note(channel, NOON - 2 * HOUR, None, Gap.Reason.PAUSED)

    listening = listening_in(WINDOW, at=NOON)

    assert (listening.live_count, reasons(listening.gaps)) == (1, [(NOON - 2 * HOUR, NOON, "Paused by us")])


@pytest.mark.django_db
def test_nobody_listened_whatever_the_reasons_were():
    channel = ChannelFactory(kind="feed", created_at=LONG_BEFORE)
    hear(channel, LONG_BEFORE, WINDOW.start - HOUR)
    note(channel, WINDOW.start - HOUR, WINDOW.start + 30 * MINUTE, Gap.Reason.NETWORK)
    note(channel, WINDOW.start + 30 * MINUTE, WINDOW.start + HOUR, Gap.Reason.QUOTA)
    hear(channel, WINDOW.start + HOUR, NOON)

    listening = listening_in(WINDOW, at=NOON)

    assert [listening.is_deaf(bucket, at=NOON) for bucket in WINDOW.buckets[:2]] == [True, False]


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
def test_the_ledger_costs_two_queries_however_many_channels(channel_count, django_assert_num_queries):
    for _ in range(channel_count):
        hear(ChannelFactory(kind="feed", created_at=LONG_BEFORE), LONG_BEFORE, NOON)

    with django_assert_num_queries(2):  # what was heard, why not
        listening = listening_in(WINDOW, at=NOON)

    assert listening.live_count == channel_count
