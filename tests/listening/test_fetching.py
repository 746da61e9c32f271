from datetime import timedelta

import pytest

from listening.connectors.base import (
    AuthorisationFailure,
    Budget,
    FetchResult,
    PermanentFailure,
    QuotaSpent,
    RateLimited,
    TemporaryFailure,
)
from listening.models import Channel, Coverage, Mention
from listening.services import fetching, secrets
from listening.services.ingest import Stored
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON
from tests.support.hearing import said
from tests.support.race import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(network) -> Channel:
    return ChannelFactory(
        kind="scripted", next_fetch_at=NOON, poll_seconds=60, options={"url": "x"}, our_handles=["@us"]
    )


def test_a_due_channel_is_heard_and_comes_up_again(channel, network):
    network.script = [FetchResult(items=[said("1"), said("2")], cursor={"since": 2})]

    stored = fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert stored == Stored(new_count=2)
    assert network.asked == [({"url": "x", "channel_id": channel.pk, "our_handles": ["@us"]}, {})]
    assert (channel.cursor, channel.last_success_at, channel.next_fetch_at) == (
        {"since": 2},
        NOON,
        NOON + timedelta(seconds=60),
    )


def test_a_fetch_continues_at_the_cursor(channel, network):
    network.script = [FetchResult(cursor={"since": 2})]
    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(minutes=1))

    assert [cursor for _settings, cursor in network.asked] == [{}, {"since": 2}]


@pytest.mark.parametrize(
    "change", [{"next_fetch_at": NOON + timedelta(seconds=1)}, {"next_fetch_at": None}, {"is_paused": True}]
)
def test_a_channel_that_is_not_due_is_left_alone(channel, network, change):
    Channel.objects.filter(pk=channel.pk).update(**change)

    assert fetching.due_channel_ids(at=NOON) == []
    assert fetching.fetch_channel(channel_id=channel.pk, at=NOON) is None
    assert network.asked == []
    assert not Coverage.objects.exists()


def test_a_claimed_channel_is_left_alone_until_its_worker_must_be_dead(channel, network):
    Channel.objects.filter(pk=channel.pk).update(next_fetch_at=NOON + fetching.CLAIM_FOR)

    assert fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(seconds=119)) is None
    assert fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(seconds=120)) == Stored()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_asks_the_network(network):
    channel = ChannelFactory(kind="scripted", next_fetch_at=NOON)

    outcomes = race(*[lambda: fetching.fetch_channel(channel_id=channel.pk, at=NOON)] * 6)

    assert outcomes.count(Stored()) == 1
    assert outcomes.count(None) == 5
    assert len(network.asked) == 1


def test_failures_come_back_ever_later_and_are_told(channel, network):
    at = NOON
    pauses = []
    for _ in range(8):
        network.script = [TemporaryFailure("The server is busy.")]
        assert fetching.fetch_channel(channel_id=channel.pk, at=at) is None
        channel.refresh_from_db()
        pauses.append((channel.next_fetch_at - at).total_seconds())
        at = channel.next_fetch_at

    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert (channel.failure_count, channel.last_error, channel.last_success_at) == (8, "The server is busy.", None)
    assert not Coverage.objects.exists()


def test_a_failure_waits_as_long_as_the_network_asks(channel, network):
    network.script = [TemporaryFailure("Too many requests.", retry_after=600)]

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert channel.next_fetch_at == NOON + timedelta(seconds=600)


def test_a_success_forgets_the_failures(channel, network):
    network.script = [PermanentFailure("There is no feed."), FetchResult()]
    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(minutes=1))

    channel.refresh_from_db()
    assert (channel.failure_count, channel.last_error) == (0, "")


def test_a_kind_that_nobody_speaks_is_told_as_a_failure():
    channel = ChannelFactory(kind="telegraph", next_fetch_at=NOON)

    assert fetching.fetch_channel(channel_id=channel.pk, at=NOON) is None

    channel.refresh_from_db()
    assert str(channel.problem) == "This version of Socialhub has no connector for channels of the kind “telegraph”."


def test_a_network_with_more_to_tell_is_asked_again_at_once(
    channel, network, fetch_task, django_capture_on_commit_callbacks
):
    network.script = [FetchResult(items=[said("1")], cursor={"page": 2}, has_more=True)]

    with django_capture_on_commit_callbacks(execute=True):
        fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert (channel.next_fetch_at, channel.last_success_at, channel.claimed_at) == (NOON, NOON, None)
    fetch_task.assert_called_once_with(kwargs={"channel_id": channel.pk}, retry=False)


def test_a_network_that_stays_where_it_is_is_not_asked_for_ever(channel, network, fetch_task):
    network.script = [FetchResult(cursor={}, has_more=True)]

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert channel.next_fetch_at == NOON + timedelta(seconds=60)
    fetch_task.assert_not_called()


def test_what_we_may_still_ask_is_kept(channel, network):
    resets_at = NOON + timedelta(minutes=5)
    network.script = [
        FetchResult(budget=Budget(212, 300, resets_at)),
        FetchResult(),
        RateLimited("Wait.", retry_after=9),
    ]

    budgets = []
    for minute in range(3):
        fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(minutes=minute))
        channel.refresh_from_db()
        budgets.append((channel.budget_left, channel.budget_of, channel.budget_resets_at))

    assert budgets == [
        (212, 300, resets_at),
        (212, 300, resets_at),
        (0, 300, NOON + timedelta(minutes=2, seconds=9)),
    ]


def test_a_mistake_in_a_connector_is_a_failure_of_its_channel(channel, network, caplog):
    secrets.keep_secrets(channel_id=channel.pk, secrets={"password": "open sesame"})
    network.script = [KeyError("open sesame")]

    assert fetching.fetch_channel(channel_id=channel.pk, at=NOON) is None

    channel.refresh_from_db()
    assert str(channel.problem) == (
        "Socialhub made a mistake while it looked at this channel (KeyError). The log says where."
    )
    assert (channel.failure_count, channel.claimed_at, channel.next_fetch_at) == (
        1,
        None,
        NOON + timedelta(seconds=60),
    )
    assert "a connector broke" in caplog.text
    assert "sesame" not in caplog.text


def test_a_cursor_that_cannot_be_kept_is_a_failure_and_stores_nothing(channel, network):
    network.script = [FetchResult(items=[said("1")], cursor={"since": object()})]

    assert fetching.fetch_channel(channel_id=channel.pk, at=NOON) is None

    channel.refresh_from_db()
    assert (channel.failure_count, channel.cursor) == (1, {})
    assert not Mention.objects.exists()


def test_a_refused_sign_in_is_not_tried_as_often_as_a_busy_server(channel, network):
    network.script = [AuthorisationFailure("The password was not accepted.")]

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert channel.next_fetch_at == NOON + timedelta(minutes=15)


def test_a_network_is_left_alone_as_long_as_it_asks_but_no_longer_than_a_day(channel, network):
    network.script = [QuotaSpent("Used up.", retry_after=7200), QuotaSpent("Used up.", retry_after=10**9)]
    fetching.fetch_channel(channel_id=channel.pk, at=NOON)
    channel.refresh_from_db()
    first = channel.next_fetch_at

    fetching.fetch_channel(channel_id=channel.pk, at=first)

    channel.refresh_from_db()
    assert (first, channel.next_fetch_at) == (NOON + timedelta(hours=2), first + timedelta(days=1))
