import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from unittest import mock

import httpx
import pytest

from listening.connectors.base import AuthorisationFailure, PermanentFailure, RateLimited, TemporaryFailure
from listening.connectors.feed import FeedConnector
from listening.models import Channel, Gap, Mention, WebSubscription
from listening.services import channels, fetching, websub
from teams.roles import Role
from tests.factories.teams import AppointmentFactory, OrganisationFactory, UserFactory
from tests.listening.hub_server import HubServer, hub_server
from tests.servers.nginx import Nginx, nginx
from tests.support.hubs import signed
from triage.models import Conversation
from triage.services.arriving import intake

CONNECTOR = FeedConnector()


@pytest.fixture(scope="module")
def hub() -> Iterator[HubServer]:
    with hub_server() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, hub: HubServer) -> Iterator[Nginx]:
    told = f"""add_header Link '<{hub.url}>; rel="hub", <http://$http_host$uri>; rel="self"';"""
    with nginx(tmp_path_factory.mktemp("nginx"), told=told) as running:
        yield running


@pytest.fixture(autouse=True)
def _allowed(server: Nginx, hub: HubServer, settings) -> None:
    settings.ALLOWED_INTERNAL_HOSTS = [server.host, hub.host]


@pytest.fixture
def look() -> Callable[[str, dict[str, object]], Any]:
    return lambda url, cursor: CONNECTOR.fetch({"url": url}, cursor, at=now())


def now() -> datetime:
    return datetime.now(UTC)


def rss(*entries: str, filling: str = "") -> str:
    items = "".join(
        f"<item><guid isPermaLink='false'>{entry}</guid><title>{entry}</title><description>{filling}</description>"
        f"<pubDate>{format_datetime(now())}</pubDate></item>"
        for entry in entries
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Gazette</title>{items}</channel></rss>'


def connect(url: str) -> Channel:
    return channels.add_channel(
        name="Gazette",
        kind="feed",
        options={"url": url},
        our_handles=[],
        poll_seconds=300,
        owner=UserFactory(),
        at=now(),
    )


def heard(channel: Channel) -> list[str]:
    """Have the channel looked at as its worker does, and return everything that was ever heard."""
    Channel.objects.filter(pk=channel.pk).update(next_fetch_at=now())
    fetching.fetch_channel(channel_id=channel.pk, at=now())
    channel.refresh_from_db()
    return list(Mention.objects.order_by("pk").values_list("external_id", flat=True))


@pytest.mark.django_db
def test_an_entry_is_heard_and_becomes_a_conversation(server, client, policy):
    OrganisationFactory()
    url = server.write("gazette.rss", rss("Outage in the harbour"))
    channel = connect(url)

    assert heard(channel) == ["Outage in the harbour"]
    intake.take_in_mentions(at=now())

    conversation = Conversation.objects.get()
    client.force_login(AppointmentFactory(role=Role.TRIAGE_OWNER).user)
    page = client.get(f"/conversations/{conversation.pk}/", follow=True).content.decode()
    assert "Outage in the harbour" in page
    assert channel.last_error == ""


def test_an_unchanged_feed_is_asked_for_with_the_weak_tag_as_it_came(server, look):
    url = server.write("unchanged.rss", rss("one"))

    first = look(url, {})
    second = look(url, first.cursor)
    first_asked, second_asked = server.asked("unchanged.rss", 2)

    assert first.cursor["etag"].startswith('W/"')
    assert (first_asked["status"], first_asked["packed"], first_asked["known"]) == (200, "gzip", "")
    assert (second_asked["status"], second_asked["known"], second_asked["since"]) == (
        304,
        first.cursor["etag"],
        first.cursor["modified"],
    )
    assert (second.is_unchanged, second.cursor) == (True, first.cursor)


def test_a_feed_that_is_not_packed_has_a_strong_tag(server, look):
    url = server.write("plain/strong.rss", rss("one"))

    first = look(url, {})

    assert first.cursor["etag"].startswith('"')
    assert look(url, first.cursor).is_unchanged is True
    assert [(asked["status"], asked["packed"]) for asked in server.asked("strong.rss", 2)] == [(200, ""), (304, "")]


def test_the_time_alone_tells_that_a_feed_is_unchanged(server, look):
    url = server.write("time.rss", rss("one"))
    cursor = look(url, {}).cursor | {"etag": ""}

    assert look(url, cursor).is_unchanged is True


def test_a_changed_feed_is_read_again(server, look):
    url = server.write("changed.rss", rss("one"))
    cursor = look(url, {}).cursor

    server.write("changed.rss", rss("one", "two"))

    assert [item.external_id for item in look(url, cursor).items] == ["one", "two"]


def test_a_feed_that_moved_for_good_is_asked_for_at_its_new_place(server, look):
    url = server.write("news.rss", rss("one"))

    first = look(server.url("moved/news.rss"), {})
    second = look(server.url("moved/news.rss"), first.cursor)

    assert first.cursor["moved_to"] == url
    assert [(asked["at"], asked["status"]) for asked in server.asked("news.rss", 3)] == [
        ("/moved/news.rss", 301),
        ("/news.rss", 200),
        ("/news.rss", 304),
    ]
    assert second.is_unchanged is True


def test_a_feed_that_moved_for_now_is_asked_for_at_its_old_place(server, look):
    server.write("today.rss", rss("one"))

    first = look(server.url("for-now/today.rss"), {})
    look(server.url("for-now/today.rss"), first.cursor)

    assert first.cursor["moved_to"] == ""
    assert [asked["status"] for asked in server.asked("today.rss", 4)] == [302, 200, 302, 304]


@pytest.mark.parametrize(
    ("path", "failure", "retry_after"),
    [
        ("missing.rss", PermanentFailure, None),
        ("gone/x.rss", PermanentFailure, None),
        ("locked/x.rss", AuthorisationFailure, None),
        ("broken/x.rss", TemporaryFailure, None),
        ("away/x.rss", TemporaryFailure, 90),
    ],
)
def test_a_refusal_says_whether_asking_again_helps(server, look, path, failure, retry_after):
    with pytest.raises(failure) as refusal:
        look(server.url(path), {})

    assert type(refusal.value) is failure
    assert getattr(refusal.value, "retry_after", None) == retry_after


def test_a_server_that_wants_to_be_asked_less_often_is(server, look):
    url = server.write("few/limited.rss", rss("one"))
    look(url, {})

    with pytest.raises(RateLimited) as refusal:
        look(url, {})

    assert refusal.value.retry_after == 60


@pytest.mark.django_db
def test_a_server_that_was_away_loses_nothing(server):
    url = server.write("away.rss", rss("one"))
    channel = connect(url)
    assert heard(channel) == ["one"]

    server.stop()
    try:
        server.write("away.rss", rss("one", "two"))
        assert heard(channel) == ["one"]
        assert (channel.failure_count, str(channel.problem)) == (1, "127.0.0.1 cannot be reached.")
    finally:
        server.start()

    assert heard(channel) == ["one", "two"]
    assert heard(channel) == ["one", "two"]
    assert (channel.failure_count, channel.last_error) == (0, "")
    assert [asked["status"] for asked in server.asked("away.rss", 3)] == [200, 200, 304]
    assert not Gap.objects.filter(ended_at=None).exists()


@pytest.mark.django_db
def test_an_answer_that_breaks_off_in_the_middle_is_no_answer(server):
    url = server.write("slow/long.rss", rss(*(f"entry-{number}" for number in range(2000)), filling="x" * 40))
    channel = connect(url)
    killed = threading.Timer(1, lambda: server.process.kill())
    killed.start()
    try:
        assert heard(channel) == []
        assert channel.cursor == {}
        assert str(channel.problem) in (
            "The answer of 127.0.0.1 broke off or is not HTTP.",
            "The packed answer broke off.",
        )
    finally:
        killed.join()
        server.process.wait()
        server.start()

    server.write("slow/long.rss", rss("entry-1", "entry-2"))
    assert heard(channel) == ["entry-1", "entry-2"]


@pytest.mark.django_db(transaction=True)
def test_a_hub_tells_at_once_that_there_is_news(server, hub, live_server, settings, policy):
    settings.PUBLICLY_REACHABLE = True
    settings.SITE_URL = live_server.url
    OrganisationFactory()
    url = server.write("told/gazette.rss", rss("one"))
    channel = connect(url)
    told: dict[str, str] = {}

    def make_sure(form: dict[str, str]) -> None:
        """Do as the hubs do that make sure before they answer."""
        told.update(form)
        query = {"hub.challenge": "a-challenge", "hub.lease_seconds": "3600"}
        asked = {name: form[name] for name in ("hub.mode", "hub.topic")}
        answer = httpx.get(form["hub.callback"], params=asked | query, timeout=10)
        assert (answer.status_code, answer.text) == (200, "a-challenge")

    hub.on_asked = make_sure
    with mock.patch("celery.Celery.send_task", side_effect=_asked_now):
        heard(channel)
        websub.keep_subscriptions(at=now())
    subscription = WebSubscription.objects.get()
    assert (subscription.state, subscription.topic, told["hub.mode"]) == ("active", url, "subscribe")

    looked: list[float] = []

    def look_now(task: str, *, kwargs: dict[str, int], **_options: object) -> None:
        if task != "listening.fetch_channel":
            return
        fetching.fetch_channel(channel_id=kwargs["channel_id"], at=now())
        intake.take_in_mentions(at=now())
        looked.append(time.monotonic())

    body = rss("one", "two").encode()
    server.write("told/gazette.rss", body.decode())
    published = time.monotonic()
    with mock.patch("celery.Celery.send_task", side_effect=look_now):
        forged = _delivered(told, body, "sha256=" + "0" * 64)
        assert (forged.status_code, looked) == (202, [])
        right = _delivered(told, body, signed(body, "sha512", told["hub.secret"]))

    assert right.status_code == 202
    assert looked[0] - published < 1.5
    assert list(Mention.objects.order_by("pk").values_list("external_id", flat=True)) == ["one", "two"]
    assert Conversation.objects.count() == 2

    channels.pause_channel(channel_id=channel.pk, actor=UserFactory(), at=now())
    with mock.patch("celery.Celery.send_task", side_effect=_asked_now):
        websub.keep_subscriptions(at=now())
    assert told["hub.mode"] == "unsubscribe"
    assert not WebSubscription.objects.exists()
    assert _delivered(told, body, signed(body, "sha512", told["hub.secret"])).status_code == 404


def _asked_now(task: str, *, kwargs: dict[str, int], **_options: object) -> None:
    if task == "listening.ask_hub":
        websub.ask_hub(channel_id=kwargs["channel_id"], at=now())


def _delivered(told: dict[str, str], body: bytes, signature: str) -> httpx.Response:
    return httpx.post(told["hub.callback"], content=body, headers={"X-Hub-Signature": signature}, timeout=10)
