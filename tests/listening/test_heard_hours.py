from datetime import datetime, timedelta

import pytest

from listening.models import Channel, Coverage, HeardHour, HeardPosition, Mention, StreamMatch
from listening.services import heard_hours
from listening.services.heard_hours import Lately, count_heard, heard_lately, mark_whole
from tests.factories.listening import ChannelFactory, MentionFactory, ProfileFactory, StreamFactory
from tests.factories.teams import NOON

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def channel() -> Channel:
    """One on which counting has begun."""
    count_heard(at=NOON)
    return ChannelFactory(kind="feed")


def say(channel: Channel, *, minute: int = 0, **changes) -> Mention:
    profile = ProfileFactory(channel=channel)
    return MentionFactory(profile=profile, heard_at=NOON + timedelta(minutes=minute), **changes)


def count_all(at: datetime = LATER, **more) -> None:
    """Count once to see what is stored, and again when it is settled."""
    count_heard(at=at, **more)
    count_heard(at=at + heard_hours.SETTLED_AFTER, **more)


def counted() -> list[tuple[int | None, int | None, datetime, int]]:
    return list(HeardHour.objects.order_by("pk").values_list("channel", "stream", "hour", "count"))


def test_what_was_there_before_is_not_counted():
    MentionFactory(profile=ProfileFactory(channel=ChannelFactory(kind="feed")))

    count_heard(at=NOON)
    count_all()

    assert counted() == []
    assert HeardPosition.objects.get().began_at == NOON


def test_mentions_are_counted_by_channel_stream_and_hour(channel):
    other, stream = ChannelFactory(kind="feed"), StreamFactory()
    heard = [say(channel), say(channel, minute=59), say(channel, minute=60), say(other, minute=60)]
    for mention in (heard[0], heard[2], heard[3]):
        StreamMatch.objects.create(stream=stream, mention=mention)

    count_all()

    assert sorted(counted(), key=str) == sorted(
        [
            (channel.pk, None, NOON, 2),
            (channel.pk, None, NOON + HOUR, 1),
            (other.pk, None, NOON + HOUR, 1),
            (None, stream.pk, NOON, 1),
            (None, stream.pk, NOON + HOUR, 2),
        ],
        key=str,
    )


@pytest.mark.parametrize("batch", [1, 2, 50])
def test_counting_again_adds_only_what_is_new(channel, batch):
    for _ in range(3):
        say(channel)
    count_all(batch=batch)
    count_all(batch=batch)
    say(channel)
    count_all(LATER + HOUR, batch=batch)
    count_all(LATER + HOUR, batch=batch)

    assert counted() == [(channel.pk, None, NOON, 4)]


@pytest.mark.parametrize("what", [{"is_ours": True}, {"is_automatic": True}, {"repeats": "post-1"}])
def test_ours_machines_and_copies_are_not_counted(channel, what):
    say(channel, **what)

    count_all()

    assert counted() == []


def test_imports_are_not_counted(channel):
    imported, stream = say(ChannelFactory(kind="import")), StreamFactory()
    StreamMatch.objects.create(stream=stream, mention=imported)

    count_all()

    assert counted() == []
    assert HeardPosition.objects.get().mention_id == imported.pk


def test_a_lower_id_that_is_stored_later_is_counted(channel):
    say(channel, pk=1_000_002)
    count_heard(at=LATER)
    say(channel, pk=1_000_001)

    count_heard(at=LATER + timedelta(seconds=29))
    assert counted() == []
    count_heard(at=LATER + timedelta(seconds=30))

    assert counted() == [(channel.pk, None, NOON, 2)]


def test_only_hours_that_were_listened_through_are_whole(channel):
    gapped, stream, elsewhere = ChannelFactory(kind="feed"), StreamFactory(), StreamFactory()
    Coverage.objects.create(channel=channel, heard_from=NOON - HOUR, heard_until=NOON + HOUR * 2)
    Coverage.objects.create(channel=gapped, heard_from=NOON - HOUR, heard_until=NOON + HOUR * 1.5)
    Coverage.objects.create(channel=gapped, heard_from=NOON + HOUR * 1.6, heard_until=NOON + HOUR * 2)
    channels = {channel.pk, gapped.pk}

    for _ in range(2):
        mark_whole(
            channels=channels,
            streams={stream.pk: channels, elsewhere.pk: {gapped.pk}},
            at=NOON + timedelta(hours=2, minutes=5),
        )

    whole = HeardHour.objects.filter(is_whole=True, count=0).values_list("channel", "stream", "hour")
    assert set(whole) == {
        (channel.pk, None, NOON),
        (channel.pk, None, NOON + HOUR),
        (gapped.pk, None, NOON),
        (None, stream.pk, NOON),
        (None, stream.pk, NOON + HOUR),
        (None, elsewhere.pk, NOON),
    }
    assert HeardHour.objects.count() == 6


def test_hours_before_counting_began_are_not_whole():
    channel = ChannelFactory(kind="feed")
    Coverage.objects.create(channel=channel, heard_from=NOON - HOUR * 9, heard_until=NOON + HOUR * 2)
    count_heard(at=NOON + timedelta(minutes=1))

    mark_whole(channels={channel.pk}, streams={}, at=NOON + timedelta(hours=2, minutes=5))

    assert list(HeardHour.objects.values_list("hour", flat=True)) == [NOON + HOUR]


def test_a_mark_leaves_the_count(channel):
    HeardHour.objects.create(channel=channel, hour=NOON, count=7)
    Coverage.objects.create(channel=channel, heard_from=NOON, heard_until=NOON + HOUR)

    mark_whole(channels={channel.pk}, streams={}, at=NOON + HOUR)

    assert list(HeardHour.objects.values_list("count", "is_whole")) == [(7, True)]


def test_lately_is_this_hour_and_what_is_missing_of_the_one_before(channel):
    for back, count, is_whole in [(0, 5, False), (1, 60, True), (2, 4, True), (3, 1000, False), (4, 8, True)]:
        HeardHour.objects.create(channel=channel, hour=NOON - HOUR * back, count=count, is_whole=is_whole)
    HeardHour.objects.create(channel=channel, hour=NOON - timedelta(days=14), count=100, is_whole=True)

    at = NOON + timedelta(minutes=15)

    assert heard_lately(at=at) == {(channel.pk, None): Lately(count=50, usual=6.0, hour_count=2)}


def test_old_hours_are_forgotten(channel):
    for days in (14, 16):
        HeardHour.objects.create(channel=channel, hour=NOON - timedelta(days=days))

    heard_hours.forget_old_hours(at=NOON)

    assert list(HeardHour.objects.values_list("hour", flat=True)) == [NOON - timedelta(days=14)]
