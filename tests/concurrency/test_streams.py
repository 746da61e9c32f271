import threading

import pytest
from django.db import IntegrityError, connection

from listening.models import Mention, Stream, StreamDay, StreamMatch
from listening.services import ingest, matching, streams
from tests.factories.listening import ChannelFactory, StreamFactory
from tests.factories.teams import NOON, UserFactory
from tests.support.hearing import said
from tests.support.race import SECONDS, race

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def elsewhere(act) -> None:
    """Do something on another connection, to the end."""

    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive()


@pytest.fixture
def delete_meanwhile(monkeypatch):
    """Delete the stream after it was compiled and before its matches are stored."""
    stream, other, actor = StreamFactory(), StreamFactory(), UserFactory()
    record = matching._record

    def record_later(pairs):
        elsewhere(lambda: streams.delete_stream(stream_id=stream.pk, actor=actor, at=NOON))
        return record(pairs)

    monkeypatch.setattr(matching, "_record", record_later)
    return other


def test_without_the_look_a_deleted_stream_costs_the_batch(delete_meanwhile, monkeypatch):
    monkeypatch.setattr(matching, "_still_there", set)

    with pytest.raises(IntegrityError):
        ingest.store_items(channel=ChannelFactory(), items=[said("1", "Tavolund")], at=NOON)

    assert not Mention.objects.exists()


def test_a_stream_that_is_deleted_while_storing_costs_nothing(delete_meanwhile):
    ingest.store_items(channel=ChannelFactory(), items=[said("1", "Tavolund")], at=NOON)

    assert Mention.objects.count() == 1
    assert StreamMatch.objects.get().stream == delete_meanwhile
    assert StreamDay.objects.get().stream == delete_meanwhile


def test_channels_that_store_at_once_count_every_match():
    found = StreamFactory.create_batch(3)
    gathered = [ChannelFactory() for _ in range(4)]

    def store(channel):
        for batch in range(5):
            items = [said(f"{batch}-{n}", "Tavolund") for n in range(10)]
            ingest.store_items(channel=channel, items=items, at=NOON)

    outcomes = race(*[lambda channel=channel: store(channel) for channel in gathered])

    assert outcomes == [None] * 4
    assert list(StreamDay.objects.order_by("stream").values_list("stream", "count")) == [
        (stream.pk, 200) for stream in found
    ]
    assert StreamMatch.objects.count() == 600


def test_streams_may_change_while_channels_store():
    kept, changed, deleted = StreamFactory.create_batch(3)
    actor, channel, other = UserFactory(), ChannelFactory(), ChannelFactory()

    def store(channel):
        for n in range(20):
            ingest.store_items(channel=channel, items=[said(str(n), "Tavolund")], at=NOON)

    def change():
        for _ in range(10):
            streams.pause_stream(stream_id=changed.pk, actor=actor, at=NOON)
            streams.resume_stream(stream_id=changed.pk, actor=actor, at=NOON)

    outcomes = race(
        lambda: store(channel),
        lambda: store(other),
        change,
        lambda: streams.delete_stream(stream_id=deleted.pk, actor=actor, at=NOON),
    )

    assert outcomes == [None] * 4
    assert Mention.objects.count() == kept.matches.count() == kept.days.get().count == 40
    assert set(Stream.objects.all()) == {kept, changed}


def test_the_naive_index_hears_a_paused_stream_for_ever(monkeypatch):
    stream, channel = StreamFactory(), ChannelFactory()
    ingest.store_items(channel=channel, items=[said("1", "Tavolund")], at=NOON)
    kept = matching._kept
    monkeypatch.setattr(matching, "_compiled", lambda: kept)

    elsewhere(lambda: streams.pause_stream(stream_id=stream.pk, actor=UserFactory(), at=NOON))
    ingest.store_items(channel=channel, items=[said("2", "Tavolund")], at=NOON)

    assert stream.matches.count() == 2


def test_a_pause_elsewhere_holds_from_the_next_batch_on():
    stream, channel = StreamFactory(), ChannelFactory()
    ingest.store_items(channel=channel, items=[said("1", "Tavolund")], at=NOON)

    elsewhere(lambda: streams.pause_stream(stream_id=stream.pk, actor=UserFactory(), at=NOON))
    ingest.store_items(channel=channel, items=[said("2", "Tavolund")], at=NOON)

    assert stream.matches.count() == 1
