import threading
from datetime import timedelta

import pytest

from listening.models import HeardHour, HeardPosition, Spike, StreamMatch
from listening.services import heard_hours, spikes
from socialhub.lib import locks
from tests.factories.listening import ChannelFactory, MentionFactory, ProfileFactory, StreamFactory
from tests.factories.teams import NOON
from tests.support.race import SECONDS, race

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

SEEN = NOON + timedelta(minutes=1)
SETTLED = SEEN + heard_hours.SETTLED_AFTER
WORKERS = 4


@pytest.fixture
def heard() -> None:
    """Thirty mentions that a stream listens for, seen and settled."""
    heard_hours.count_heard(at=NOON)
    stream = StreamFactory()
    mentions = MentionFactory.create_batch(30, profile=ProfileFactory(channel=ChannelFactory(kind="feed")))
    StreamMatch.objects.bulk_create(StreamMatch(stream=stream, mention=mention) for mention in mentions)
    heard_hours.count_heard(at=SEEN)


def test_without_the_lock_mentions_are_counted_twice(heard, monkeypatch):
    monkeypatch.setattr(locks, "take_if_free", lambda lock: True)
    add, together = heard_hours._add, threading.Barrier(WORKERS, timeout=SECONDS)

    def add_together(**stretch):
        # All have read the position by now, and nobody has moved it.
        together.wait()
        add(**stretch)

    monkeypatch.setattr(heard_hours, "_add", add_together)
    outcomes = race(*[lambda: heard_hours._count_batch(SETTLED, 50)] * WORKERS)

    assert outcomes == [True] * WORKERS
    assert list(HeardHour.objects.values_list("count", flat=True)) == [30 * WORKERS] * 2


def test_workers_that_count_at_once_count_each_mention_once(heard):
    outcomes = race(*[lambda: heard_hours.count_heard(at=SETTLED, batch=7)] * WORKERS)

    assert outcomes == [None] * WORKERS
    assert list(HeardHour.objects.values_list("count", flat=True)) == [30, 30]
    assert HeardPosition.objects.get().seen_at == SETTLED


def test_workers_that_watch_at_once_open_one_spike():
    channel = ChannelFactory(kind="feed")
    HeardHour.objects.create(channel=channel, hour=NOON, count=100)
    HeardHour.objects.bulk_create(
        HeardHour(channel=channel, hour=NOON - timedelta(hours=back + 2), count=2, is_whole=True) for back in range(48)
    )

    outcomes = race(*[lambda: spikes.watch_for_spikes(at=NOON)] * WORKERS)

    assert outcomes == [None] * WORKERS
    assert list(Spike.objects.values_list("channel", "count", "usual")) == [(channel.pk, 100, 2.0)]
