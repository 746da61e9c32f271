from datetime import timedelta

import pytest

from listening.connectors import hackernews
from listening.models import Channel, Mention
from listening.services import fetching, streams
from tests.factories.listening import ChannelFactory, StreamFactory
from tests.factories.teams import NOON, UserFactory
from tests.listening.test_hackernews import Search, comment


@pytest.fixture
def search(db, web, settings, monkeypatch) -> Search:
    settings.ALLOWED_INTERNAL_HOSTS = [web.host]
    monkeypatch.setattr(hackernews, "API", web.url("/search_by_date"))
    web.answers = Search([comment(1, at=NOON - timedelta(minutes=5)), comment(2, "Lamps", at=NOON)])
    return web.answers


@pytest.fixture
def channel(search) -> Channel:
    return ChannelFactory(kind="hackernews", next_fetch_at=NOON, poll_seconds=300)


def test_a_search_hears_what_its_streams_listen_for(channel, search):
    stream = StreamFactory(any_terms=["Tavolund"])

    stored = fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    assert stored.new_count == 1
    assert stream.matches.get().mention.url == "https://news.ycombinator.com/item?id=1"
    assert search.queries == ['"Tavolund"']


def test_a_new_stream_is_searched_for_in_the_next_look(channel, search):
    StreamFactory(any_terms=["Tavolund"])
    fetching.fetch_channel(channel_id=channel.pk, at=NOON)
    owner = UserFactory()
    wanted = streams.Wanted("Lamps", "product", ["lamps"], owner, "Why.", (NOON + timedelta(days=9)).date())

    stream = streams.add_stream(wanted=wanted, actor=owner, at=NOON + timedelta(seconds=20))
    fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(seconds=20))

    assert [match.mention.text for match in stream.matches.all()] == ["Lamps"]


def test_a_full_stream_leaves_nothing_to_search_for_and_the_page_says_why(channel, search):
    StreamFactory(any_terms=["Tavolund"], daily_limit=1)
    fetching.fetch_channel(channel_id=channel.pk, at=NOON)
    search.queries.clear()

    fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(minutes=6))

    channel.refresh_from_db()
    assert search.queries == []
    assert channel.last_error.startswith("There is nothing to search for:")
    assert Mention.objects.count() == 1


def test_a_full_stream_is_searched_for_again_as_soon_as_the_next_day_begins(channel, search):
    stream = StreamFactory(any_terms=["Tavolund"], daily_limit=1)
    fetching.fetch_channel(channel_id=channel.pk, at=NOON)
    midnight = NOON.replace(hour=0) + timedelta(days=1)
    Channel.objects.filter(pk=channel.pk).update(failure_count=8, next_fetch_at=midnight - timedelta(minutes=61))

    fetching.fetch_channel(channel_id=channel.pk, at=midnight - timedelta(minutes=61))
    channel.refresh_from_db()
    pause_of_an_hour = channel.next_fetch_at
    fetching.fetch_channel(channel_id=channel.pk, at=midnight - timedelta(minutes=1))
    channel.refresh_from_db()

    assert pause_of_an_hour == midnight - timedelta(minutes=1)
    assert channel.next_fetch_at == midnight
    search.hits.append(comment(3, at=NOON + timedelta(hours=3)))
    assert fetching.fetch_channel(channel_id=channel.pk, at=midnight).new_count == 1
    assert stream.matches.filter(mention__external_id="3").exists()


def test_the_next_day_it_is_searched_for_again(channel, search):
    StreamFactory(any_terms=["Tavolund"], daily_limit=1)
    fetching.fetch_channel(channel_id=channel.pk, at=NOON)
    fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(minutes=6))
    search.hits.append(comment(3, at=NOON + timedelta(hours=3)))

    stored = fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(days=1))

    assert stored.new_count == 1
    assert Mention.objects.filter(external_id="3").exists()
