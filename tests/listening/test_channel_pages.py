import threading
from datetime import timedelta
from unittest import mock

import pytest
import time_machine

from listening.connectors.base import PermanentFailure, TemporaryFailure
from listening.models import Channel, Coverage, ImportRun
from listening.models.channel import CLAIM_FOR
from listening.services import channels
from teams.models import AuditEntry, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory, MentionFactory, ProfileFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory, UserFactory
from tests.listening.web_server import Answer

FEED = {"name": "Press", "address": "https://news.example/feed.xml", "poll_seconds": "300", "our_handles": ""}
RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Press</title>
<item><title>One</title><guid>1</guid></item></channel></rss>"""


@pytest.fixture(autouse=True)
def fetch_task():
    with mock.patch("listening.tasks.fetch_channel.apply_async") as apply_async:
        yield apply_async


@pytest.fixture
def administrator(db) -> User:
    OrganisationFactory()
    return AppointmentFactory(user=UserFactory(name="Ada Holm"), role=Role.ADMINISTRATOR).user


@pytest.fixture
def manager(administrator) -> User:
    return AppointmentFactory(role=Role.MANAGER).user


def listened(**changes) -> Channel:
    return ChannelFactory(**{"kind": "feed", "next_fetch_at": NOON + timedelta(hours=1), **changes})


def test_a_feed_is_connected_once_it_was_fetched(
    client, administrator, monkeypatch, fetch_task, django_capture_on_commit_callbacks
):
    tried = mock.Mock(return_value="The feed “Press” can be read and has 3 entries.")
    monkeypatch.setattr(channels, "try_connection", tried)
    client.force_login(administrator)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post("/channels/add/feed/", {**FEED, "our_handles": "@nordlys\nNordlys, @nordlys"})

    channel = Channel.objects.get()
    assert response.headers["Location"] == f"/channels/{channel.pk}/"
    assert (channel.name, channel.kind, channel.options, channel.our_handles, channel.poll_seconds, channel.owner) == (
        "Press",
        "feed",
        {"url": "https://news.example/feed.xml"},
        ["@nordlys", "Nordlys"],
        300,
        administrator,
    )
    tried.assert_called_once_with(kind="feed", settings={"url": "https://news.example/feed.xml"})
    fetch_task.assert_called_once_with(kwargs={"channel_id": channel.pk}, retry=False)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == ("channel.added", administrator, "Press")
    page = client.get(response.headers["Location"]).content.decode()
    assert "The feed “Press” can be read and has 3 entries." in page


def test_a_feed_that_is_there_is_read_before_it_is_connected(client, administrator, web, settings):
    settings.ALLOWED_INTERNAL_HOSTS = [web.host]
    web.answers["/feed"] = Answer(body=RSS, headers={"Content-Type": "application/rss+xml"})
    client.force_login(administrator)

    page = client.post("/channels/add/feed/", {**FEED, "address": web.url("/feed")}, follow=True).content.decode()

    assert "The feed “Press” can be read and has 1 entry." in page
    assert Channel.objects.get().options == {"url": web.url("/feed")}


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://127.0.0.1:1/feed", "127.0.0.1 leads to an address inside the network, which is not read."),
        ("http://[::1]/feed", "leads to an address inside the network, which is not read."),
        ("http://169.254.169.254/latest", "leads to an address inside the network, which is not read."),
    ],
)
def test_an_address_inside_the_network_is_refused_at_its_field(
    client, administrator, address, sentence, socket_enabled
):
    client.force_login(administrator)

    response = client.post("/channels/add/feed/", {**FEED, "address": address})

    assert response.status_code == 422
    assert sentence in str(response.context["form"].errors["address"])
    assert not Channel.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    "address", ["ftp://news.example/feed", "file:///etc/passwd", "news", "https://", "java\x00script:"]
)
def test_what_is_no_web_address_is_refused_at_its_field(client, administrator, address, socket_enabled):
    client.force_login(administrator)

    response = client.post("/channels/add/feed/", {**FEED, "address": address})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["address"]
    assert not Channel.objects.exists()


def test_what_is_no_feed_is_not_connected(client, administrator, web, settings):
    settings.ALLOWED_INTERNAL_HOSTS = [web.host]
    web.answers["/page"] = Answer(body=b"<html><title>No</title></html>", headers={"Content-Type": "text/html"})
    client.force_login(administrator)

    for path, sentence in (("/page", "What the address answers is not a feed."), ("/none", "404")):
        response = client.post("/channels/add/feed/", {**FEED, "address": web.url(path)})
        assert response.status_code == 422
        assert sentence in str(response.context["form"].errors["address"])

    assert not Channel.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"address": ""}, "address"),
        ({"address": "https://news.example/" + "x" * 2000}, "address"),
        ({"poll_seconds": "1"}, "poll_seconds"),
        ({"our_handles": "x" * 201}, "our_handles"),
        ({"our_handles": ",".join(f"h{n}" for n in range(51))}, "our_handles"),
    ],
)
def test_a_feed_form_names_the_field_and_asks_nobody(client, administrator, monkeypatch, change, field):
    tried = mock.Mock()
    monkeypatch.setattr(channels, "try_connection", tried)
    client.force_login(administrator)

    response = client.post("/channels/add/feed/", {**FEED, **change})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    tried.assert_not_called()
    assert not Channel.objects.exists()


def test_two_channels_cannot_have_one_name(client, administrator, monkeypatch):
    ChannelFactory(name="press")
    other = listened(name="Other")
    monkeypatch.setattr(channels, "try_connection", mock.Mock(return_value="Fine."))
    client.force_login(administrator)

    for address in ("add/feed/", "add/practice/", f"{other.pk}/change/"):
        response = client.post(f"/channels/{address}", {**FEED, "seconds_between": "90"})
        assert response.status_code == 422
        assert "Another channel has this name." in response.content.decode()

    assert sorted(Channel.objects.values_list("name", flat=True)) == ["Other", "press"]
    assert not AuditEntry.objects.exists()


def test_a_practice_channel_is_connected(client, administrator):
    client.force_login(administrator)

    client.post("/channels/add/practice/", {"name": "Rehearsal", "our_handles": "", "seconds_between": "30"})

    channel = Channel.objects.get()
    assert (channel.kind, channel.options) == ("practice", {"seed": 1, "seconds_between": 30})


def test_trying_a_connection_takes_no_longer_than_it_may(monkeypatch):
    never = threading.Event()
    connector = mock.Mock(check=mock.Mock(side_effect=lambda _settings: never.wait(20)))
    monkeypatch.setattr(channels, "connector_for", lambda _kind: connector)

    with pytest.raises(TemporaryFailure, match=r"The address did not answer within 0 seconds\."):
        channels.try_connection(kind="feed", settings={}, seconds=0.05)

    never.set()


def test_trying_a_connection_passes_on_why_not(monkeypatch):
    connector = mock.Mock(check=mock.Mock(side_effect=PermanentFailure("It is gone.")))
    monkeypatch.setattr(channels, "connector_for", lambda _kind: connector)

    with pytest.raises(PermanentFailure, match=r"It is gone\."):
        channels.try_connection(kind="feed", settings={})


def test_a_channel_is_changed(client, administrator):
    channel = listened(name="Press", options={"url": "https://news.example/"}, poll_seconds=15)
    client.force_login(administrator)
    assert "Every 15 seconds" in client.get(f"/channels/{channel.pk}/change/").content.decode()

    client.post(f"/channels/{channel.pk}/change/", {"name": "News", "our_handles": "@us", "poll_seconds": "900"})

    channel.refresh_from_db()
    assert (channel.name, channel.our_handles, channel.poll_seconds, channel.options) == (
        "News",
        ["@us"],
        900,
        {"url": "https://news.example/"},
    )
    assert AuditEntry.objects.get().verb == "channel.changed"


def test_a_channel_of_files_has_no_interval(client, administrator):
    channel = ChannelFactory()
    client.force_login(administrator)
    assert "How often" not in client.get(f"/channels/{channel.pk}/change/").content.decode()

    client.post(f"/channels/{channel.pk}/change/", {"name": "Archive", "our_handles": ""})

    channel.refresh_from_db()
    assert (channel.name, channel.poll_seconds) == ("Archive", 300)


def test_a_channel_is_paused_and_resumed_once(administrator, fetch_task, django_capture_on_commit_callbacks):
    channel = listened()

    with django_capture_on_commit_callbacks(execute=True):
        for act in (channels.pause_channel, channels.pause_channel, channels.resume_channel, channels.resume_channel):
            act(channel_id=channel.pk, actor=administrator, at=NOON)

    channel.refresh_from_db()
    assert (channel.is_paused, channel.next_fetch_at) == (False, NOON)
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["channel.paused", "channel.resumed"]
    fetch_task.assert_called_once_with(kwargs={"channel_id": channel.pk}, retry=False)


def test_resuming_lets_no_second_worker_in(administrator):
    claimed_until = NOON + timedelta(minutes=1)
    channel = listened(is_paused=True, next_fetch_at=claimed_until, claimed_at=claimed_until - CLAIM_FOR)

    channels.resume_channel(channel_id=channel.pk, actor=administrator, at=NOON)

    channel.refresh_from_db()
    assert channel.next_fetch_at == claimed_until


@time_machine.travel(NOON, tick=False)
def test_a_channel_is_looked_at_now(client, administrator, fetch_task, django_capture_on_commit_callbacks):
    channel = listened(name="Press")
    client.force_login(administrator)

    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(f"/channels/{channel.pk}/fetch/", follow=True).content.decode()

    channel.refresh_from_db()
    assert channel.next_fetch_at == NOON
    assert "A worker looks at Press now." in page
    fetch_task.assert_called_once_with(kwargs={"channel_id": channel.pk}, retry=False)


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"is_paused": True}, "This channel is paused. Resume it to listen again."),
        (
            {"next_fetch_at": NOON + timedelta(minutes=1), "claimed_at": NOON - timedelta(minutes=1)},
            "This channel is being looked at this very moment.",
        ),
        ({"next_fetch_at": None}, "Nobody looks at this channel: what is said there is handed to us."),
    ],
)
def test_a_look_that_makes_no_sense_conflicts(
    client, administrator, fetch_task, changes, sentence, django_capture_on_commit_callbacks
):
    channel = listened(**changes)
    before = channel.next_fetch_at
    client.force_login(administrator)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(f"/channels/{channel.pk}/fetch/")

    channel.refresh_from_db()
    assert response.status_code == 409
    assert sentence in response.content.decode()
    assert channel.next_fetch_at == before
    fetch_task.assert_not_called()


def test_a_channel_that_is_due_is_only_woken(administrator, fetch_task, django_capture_on_commit_callbacks):
    channel = listened(next_fetch_at=NOON - timedelta(seconds=1))

    with django_capture_on_commit_callbacks(execute=True):
        channels.fetch_now(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert channel.next_fetch_at == NOON - timedelta(seconds=1)
    fetch_task.assert_called_once_with(kwargs={"channel_id": channel.pk}, retry=False)


@time_machine.travel(NOON, tick=False)
def test_the_page_of_a_channel_shows_when_it_was_heard(client, manager):
    channel = listened(name="Press", options={"url": "https://news.example/feed.xml"}, our_handles=["@us"])
    Coverage.objects.create(channel=channel, heard_from=NOON - timedelta(days=9), heard_until=NOON - timedelta(days=8))
    Coverage.objects.create(channel=channel, heard_from=NOON - timedelta(hours=84), heard_until=NOON)
    profile = ProfileFactory(channel=channel)
    MentionFactory.create_batch(3, profile=profile)
    client.force_login(manager)

    response = client.get(f"/channels/{channel.pk}/")

    page = response.content.decode()
    assert (response.context["heard_share"], response.context["mentions"]) == (50, "3")
    assert page.count('class="heard-time"') == 1
    assert [word in page for word in ("https://news.example/feed.xml", "@us", "Fetch now", "Pause")] == [
        True,
        True,
        False,
        False,
    ]


def test_the_page_of_a_channel_shows_its_imports(client, manager):
    channel = ChannelFactory()
    ImportRun.objects.create(
        channel=channel, digest="x", file_name="tweets.csv.gz", last_line=8, read_count=7, new_count=5, started_at=NOON
    )
    client.force_login(manager)

    page = client.get(f"/channels/{channel.pk}/").content.decode()

    assert "tweets.csv.gz" in page
    assert "not yet; at line 8" in page
    assert "last 7 days" not in page


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_of_channels_costs_the_same_however_many(client, manager, count, django_assert_num_queries):
    for _ in range(count):
        listened()
    client.force_login(manager)

    with django_assert_num_queries(4):  # person, rights, channels, unread
        client.get("/channels/")


def test_a_channel_of_an_unknown_kind_is_still_shown(client, manager):
    channel = listened(kind="carrier_pigeon")
    client.force_login(manager)

    assert "carrier_pigeon" in client.get("/channels/").content.decode()
    assert client.get(f"/channels/{channel.pk}/").status_code == 200


@pytest.mark.parametrize("act", ["change/", "pause/", "resume/", "fetch/"])
def test_only_administrators_change_channels(client, manager, act, fetch_task):
    channel = listened(name="Press")
    client.force_login(manager)

    response = client.post(f"/channels/{channel.pk}/{act}", FEED)

    assert response.status_code == 403
    assert (Channel.objects.get().name, Channel.objects.get().is_paused) == ("Press", False)
    assert not AuditEntry.objects.exists()
    fetch_task.assert_not_called()


@pytest.mark.parametrize("kind", ["feed", "practice"])
def test_only_administrators_connect_channels(client, manager, kind, monkeypatch):
    tried = mock.Mock()
    monkeypatch.setattr(channels, "try_connection", tried)
    client.force_login(manager)

    assert client.post(f"/channels/add/{kind}/", {**FEED, "seconds_between": "90"}).status_code == 403
    assert not Channel.objects.exists()
    tried.assert_not_called()


def test_people_without_the_right_see_no_channels(client, manager):
    channel = listened()
    client.force_login(AppointmentFactory(role=Role.POLICY_EDITOR).user)

    assert client.get("/channels/").status_code == 403
    assert client.get(f"/channels/{channel.pk}/").status_code == 403


def test_unknown_channels_are_not_found(client, administrator):
    client.force_login(administrator)

    assert client.get("/channels/999999999/").status_code == 404
    assert client.get(f"/channels/{10**30}/").status_code == 404
    assert client.post("/channels/999999999/pause/").status_code == 404
