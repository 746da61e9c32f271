import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from unittest import mock

import pytest
from django.utils import timezone

from listening import news
from listening.connectors import registry
from listening.connectors.base import FetchResult, PermanentFailure, TemporaryFailure
from listening.models import Channel
from tests.factories.listening import ChannelFactory
from tests.support.network import Network
from tests.support.race import SECONDS


class TellingNetwork(Network):
    """Tells news when a test says so; a test may look into what it was asked."""

    kind = "telling"
    poll_seconds = 3600

    def __init__(self) -> None:
        super().__init__()
        self.news = threading.Event()
        self.waited: list[Mapping[str, object]] = []
        self.failure: Exception | None = None

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: object) -> FetchResult:
        return FetchResult(cursor={"looks": int(str(cursor.get("looks", 0))) + 1})

    def wait_for_news(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, seconds: float) -> bool:
        self.waited.append(dict(cursor))
        if self.failure is not None:
            raise self.failure
        is_news = self.news.wait(min(seconds, 0.05))
        self.news.clear()
        return is_news


@pytest.fixture
def network(monkeypatch) -> TellingNetwork:
    telling = TellingNetwork()
    monkeypatch.setitem(registry.CONNECTORS, "telling", telling)
    return telling


@pytest.fixture
def looked_at(monkeypatch) -> list[int]:
    """Return the channels that a worker was woken for; nobody looks."""
    wanted: list[int] = []
    monkeypatch.setattr("listening.services.fetching.look_soon", wanted.append)
    return wanted


@pytest.fixture
def _connection_kept(monkeypatch) -> None:
    # Closing it would end the transaction in which the test runs.
    monkeypatch.setattr(news, "connection", mock.Mock())


def telling_channel(**told: object) -> Channel:
    return ChannelFactory(kind="telling", next_fetch_at=timezone.now() + timedelta(hours=1), **told)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


@pytest.mark.usefixtures("_connection_kept")
@pytest.mark.django_db
def test_news_has_the_channel_looked_at_now(network, monkeypatch):
    channel = telling_channel()
    looked_at = []

    def look(channel_id: int) -> None:
        looked_at.append(channel_id)
        Channel.objects.filter(pk=channel_id).update(cursor={"known": "8"})

    monkeypatch.setattr("listening.services.fetching.look_soon", look)
    network.news.set()

    rest = news.Waiter(channel.pk).wait_once()

    channel.refresh_from_db()
    assert channel.next_fetch_at <= timezone.now()
    assert channel.news_at is not None
    assert looked_at == [channel.pk]
    assert rest == 0


@pytest.mark.usefixtures("_connection_kept")
@pytest.mark.django_db
def test_waiting_in_vain_changes_nothing(network, looked_at):
    channel = telling_channel()

    rest = news.Waiter(channel.pk).wait_once()

    before = channel.next_fetch_at
    channel.refresh_from_db()
    assert (channel.next_fetch_at, channel.news_at) == (before, None)
    assert looked_at == []
    assert rest == 0


@pytest.mark.usefixtures("_connection_kept")
@pytest.mark.django_db
def test_news_of_which_nothing_comes_is_told_ever_less_often(network, looked_at, monkeypatch):
    monkeypatch.setattr(news, "LOOK_SECONDS", 0.06)
    channel = telling_channel(cursor={"known": "7"})
    waiter = news.Waiter(channel.pk)
    rests = []
    for _turn in range(4):
        network.news.set()
        rests.append(waiter.wait_once())

    assert rests == [0.12, 0.24, 0.48, 0.96]
    waiter.fruitless_count = 30
    network.news.set()
    assert waiter.wait_once() == news.LONGEST_REST_SECONDS


@pytest.mark.usefixtures("_connection_kept")
@pytest.mark.django_db
def test_channel_that_fails_is_left_alone_until_a_look_succeeds(network, looked_at):
    channel = telling_channel(failure_count=1)
    network.news.set()

    assert news.Waiter(channel.pk).wait_once() == news.NOTICE_SECONDS
    assert network.waited == []
    assert looked_at == []


@pytest.mark.usefixtures("_connection_kept")
@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"is_paused": True}, {"next_fetch_at": None}, {"kind": "feed"}])
def test_channel_that_is_not_listened_to_ends_its_waiting(network, change):
    channel = telling_channel()
    Channel.objects.update(**change)
    waiter = news.Waiter(channel.pk)

    waiter.wait_once()

    assert waiter.is_over.is_set()
    assert network.waited == []


def test_failures_make_pauses_longer_and_never_equal(monkeypatch):
    monkeypatch.setattr(news.random, "uniform", lambda low, high: high)
    waiter = news.Waiter(1)

    pauses = [waiter._pause_after(TemporaryFailure("broken")) for _turn in range(10)]

    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600]
    assert news.Waiter(1)._pause_after(PermanentFailure("no stream")) == 600
    monkeypatch.undo()
    assert len({waiter._pause_after(TemporaryFailure("broken")) for _turn in range(5)}) > 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failure", [TemporaryFailure("broken"), PermanentFailure("no stream"), KeyError("a mistake")])
def test_waiting_survives_whatever_a_connector_does(network, looked_at, monkeypatch, failure):
    monkeypatch.setattr(news, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(news, "LONGEST_PAUSE_SECONDS", 0.01)
    channel = telling_channel()
    network.failure = failure
    waiter = news.Waiter(channel.pk)

    thread = waiter.start()
    until(lambda: len(network.waited) > 3)
    network.failure = None
    network.news.set()
    until(lambda: looked_at)
    waiter.is_over.set()
    thread.join(SECONDS)

    assert looked_at[0] == channel.pk


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_channels_that_come_and_go_are_noticed(network, looked_at):
    waiting: dict[int, news.Waiter] = {}
    first, second = telling_channel(), telling_channel()
    telling_channel(is_paused=True)
    ChannelFactory(kind="feed", next_fetch_at=timezone.now())

    news.arrange(waiting)
    assert sorted(waiting) == [first.pk, second.pk]
    paused = waiting[second.pk]
    Channel.objects.filter(pk=second.pk).update(is_paused=True)
    news.arrange(waiting)
    assert list(waiting) == [first.pk]
    assert paused.is_over.is_set()
    Channel.objects.filter(pk=second.pk).update(is_paused=False)
    news.arrange(waiting)
    assert sorted(waiting) == [first.pk, second.pk]
    assert waiting[second.pk] is not paused

    for waiter in waiting.values():
        waiter.is_over.set()
    until(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("news-")])


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_no_more_channels_are_waited_for_than_there_are_places(network, monkeypatch):
    monkeypatch.setattr(news, "MOST_CHANNELS", 1)
    waiting: dict[int, news.Waiter] = {}
    first, _second = telling_channel(), telling_channel()

    news.arrange(waiting)

    assert list(waiting) == [first.pk]
    waiting[first.pk].is_over.set()
    until(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("news-")])
