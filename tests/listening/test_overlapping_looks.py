from datetime import timedelta

import pytest

from listening.connectors.base import FetchResult, TemporaryFailure
from listening.models import Channel, Gap, Mention
from listening.services import fetching
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON
from tests.support.hearing import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(network) -> Channel:
    return ChannelFactory(kind="scripted", next_fetch_at=NOON, poll_seconds=60)


def test_a_look_that_outlives_its_claim_keeps_what_it_heard_and_moves_no_cursor(channel, network):
    later = NOON + timedelta(minutes=3)

    def another_looks_meanwhile() -> FetchResult:
        network.script = [FetchResult(items=[said("1"), said("2")], cursor={"since": 2})]
        fetching.fetch_channel(channel_id=channel.pk, at=later)
        return FetchResult(items=[said("1"), said("0")], cursor={"since": 1})

    network.script = [another_looks_meanwhile]

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert (channel.cursor, channel.last_success_at, channel.next_fetch_at, channel.claimed_at) == (
        {"since": 2},
        later,
        later + timedelta(seconds=60),
        None,
    )
    assert sorted(Mention.objects.values_list("external_id", flat=True)) == ["0", "1", "2"]


def test_a_look_that_outlives_its_claim_takes_nothing_from_the_one_that_goes_on(channel, network):
    later = NOON + timedelta(minutes=3)

    def another_begins() -> FetchResult:
        Channel.objects.filter(pk=channel.pk).update(claimed_at=later, next_fetch_at=later + timedelta(minutes=2))
        raise TemporaryFailure("The connection broke.")

    network.script = [another_begins]

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert (channel.claimed_at, channel.failure_count, channel.last_error) == (later, 0, "")
    assert not Gap.objects.exists()


def test_a_look_that_never_ended_is_told_by_the_next_one(channel, network):
    Channel.objects.filter(pk=channel.pk).update(claimed_at=NOON - timedelta(minutes=2), last_success_at=NOON)
    network.script = [TemporaryFailure("Busy.")]

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert (channel.failure_count, channel.last_error) == (2, "Busy.")


def test_news_moves_the_time_of_the_next_look(channel, fetch_task, django_capture_on_commit_callbacks):
    Channel.objects.filter(pk=channel.pk).update(next_fetch_at=NOON + timedelta(minutes=1))

    with django_capture_on_commit_callbacks(execute=True):
        fetching.hurry(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert channel.next_fetch_at == NOON
    fetch_task.assert_called_once_with(kwargs={"channel_id": channel.pk}, retry=False)


def test_news_during_a_look_brings_another_and_lets_no_second_worker_in(channel, network):
    seen = []

    def news_comes() -> FetchResult:
        fetching.hurry(channel_id=channel.pk, at=NOON + timedelta(seconds=1))
        channel.refresh_from_db()
        seen.append(channel.next_fetch_at)
        return FetchResult()

    network.script = [news_comes]
    fetching.fetch_channel(channel_id=channel.pk, at=NOON)
    channel.refresh_from_db()
    after_first = channel.next_fetch_at

    fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(seconds=2))

    channel.refresh_from_db()
    assert seen == [NOON + fetching.CLAIM_FOR]
    assert after_first == NOON
    assert (channel.next_fetch_at, channel.news_at) == (NOON + timedelta(seconds=62), None)


@pytest.mark.parametrize("change", [{"is_paused": True}, {"failure_count": 1}, {"next_fetch_at": None}])
def test_news_hurries_nobody_who_is_paused_waiting_or_never_looked_at(channel, fetch_task, change):
    Channel.objects.filter(pk=channel.pk).update(**{"next_fetch_at": NOON + timedelta(hours=1), **change})
    channel.refresh_from_db()
    before = channel.next_fetch_at

    fetching.hurry(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert (channel.next_fetch_at, channel.news_at) == (before, None)
