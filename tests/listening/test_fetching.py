from datetime import timedelta
from typing import Any

import pytest

from listening.connectors import registry
from listening.connectors.base import FetchResult, PermanentFailure, Rejected, TemporaryFailure
from listening.models import Channel, Coverage, Mention
from listening.services import fetching
from listening.services.ingest import Stored
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON
from tests.support.hearing import said
from tests.support.race import race

pytestmark = pytest.mark.django_db


class Network:
    """Answers each fetch with the next thing in ``script``."""

    can_search = False

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.asked: list[tuple[dict[str, object], dict[str, object]]] = []

    def fetch(self, settings: Any, cursor: Any, *, at: Any) -> FetchResult:
        self.asked.append((dict(settings), dict(cursor)))
        answer = self.script.pop(0) if self.script else FetchResult()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def network(monkeypatch) -> Network:
    made = Network()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


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
    assert channel.last_error == "This version of Socialhub has no connector for channels of the kind “telegraph”."


def test_what_cannot_be_stored_is_set_aside_and_the_rest_is_kept(channel, network):
    network.script = [
        FetchResult(
            items=[said("1"), said("2", ""), said(""), said("4", "a\x00b"), said("5")],
            rejected=[Rejected("<item/>", "It has no date.")],
        )
    ]

    stored = fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    assert stored == Stored(new_count=2)
    assert sorted(Mention.objects.values_list("external_id", flat=True)) == ["1", "5"]


def test_looks_in_a_row_are_one_interval_of_coverage(channel):
    for minute in (0, 1, 2, 6):
        fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(minutes=minute))

    heard = Coverage.objects.get()
    assert (heard.heard_from, heard.heard_until) == (NOON, NOON + timedelta(minutes=6))


def test_a_gap_begins_a_new_interval_of_coverage(channel):
    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    # Three looks of a minute and one minute of grace.
    fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(minutes=4, seconds=1))

    assert list(Coverage.objects.order_by("heard_from").values_list("heard_from", "heard_until")) == [
        (NOON, NOON),
        (NOON + timedelta(minutes=4, seconds=1), NOON + timedelta(minutes=4, seconds=1)),
    ]


def test_a_look_that_ends_late_takes_no_coverage_back(channel):
    Coverage.objects.create(channel=channel, heard_from=NOON, heard_until=NOON + timedelta(minutes=5))

    fetching.fetch_channel(channel_id=channel.pk, at=NOON + timedelta(minutes=3))

    assert Coverage.objects.get().heard_until == NOON + timedelta(minutes=5)
