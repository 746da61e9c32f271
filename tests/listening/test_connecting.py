from unittest import mock

import pytest
from django.core import serializers

from listening.connectors import registry
from listening.connectors.base import AuthorisationFailure
from listening.models import Channel
from listening.services import channels
from listening.services.settings import settings_of
from teams.models import AuditEntry, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory, UserFactory
from tests.listening.web_server import Answer
from tests.support.api import Program

FEED = {"name": "Press", "setting_url": "https://news.example/feed.xml", "poll_seconds": "300", "our_handles": ""}
ACCOUNT = {
    "name": "Our account",
    "setting_handle": "@nordlys",
    "setting_tone": "calm",
    "setting_port": "993",
    "setting_password": "open sesame",
    "poll_seconds": "180",
    "our_handles": "",
}
RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Press</title>
<item><title>One</title><guid>1</guid></item></channel></rss>"""


@pytest.fixture(autouse=True)
def _no_worker(fetch_task) -> None:
    """Wake nobody."""


@pytest.fixture
def administrator(db) -> User:
    OrganisationFactory()
    return AppointmentFactory(user=UserFactory(name="Ada Holm"), role=Role.ADMINISTRATOR).user


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
    tried.assert_called_once_with(
        kind="feed", settings={"url": "https://news.example/feed.xml", "our_handles": ["@nordlys", "Nordlys"]}
    )
    fetch_task.assert_called_once_with(kwargs={"channel_id": channel.pk}, retry=False)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.subject) == ("channel.added", administrator, "Press")
    page = client.get(response.headers["Location"]).content.decode()
    assert "The feed “Press” can be read and has 3 entries." in page


def test_a_feed_that_is_there_is_read_before_it_is_connected(client, administrator, web, settings):
    settings.ALLOWED_INTERNAL_HOSTS = [web.host]
    web.answers["/feed"] = Answer(body=RSS, headers={"Content-Type": "application/rss+xml"})
    client.force_login(administrator)

    page = client.post("/channels/add/feed/", {**FEED, "setting_url": web.url("/feed")}, follow=True).content.decode()

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

    response = client.post("/channels/add/feed/", {**FEED, "setting_url": address})

    assert response.status_code == 422
    assert sentence in str(response.context["form"].errors["setting_url"])
    assert not Channel.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    "address", ["ftp://news.example/feed", "file:///etc/passwd", "news", "https://", "java\x00script:"]
)
def test_what_is_no_web_address_is_refused_at_its_field(client, administrator, address, socket_enabled):
    client.force_login(administrator)

    response = client.post("/channels/add/feed/", {**FEED, "setting_url": address})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["setting_url"]
    assert not Channel.objects.exists()


def test_what_is_no_feed_is_not_connected(client, administrator, web, settings):
    settings.ALLOWED_INTERNAL_HOSTS = [web.host]
    web.answers["/page"] = Answer(body=b"<html><title>No</title></html>", headers={"Content-Type": "text/html"})
    client.force_login(administrator)

    for path, sentence in (("/page", "What the address answers is not a feed."), ("/none", "404")):
        response = client.post("/channels/add/feed/", {**FEED, "setting_url": web.url(path)})
        assert response.status_code == 422
        assert sentence in str(response.context["form"].errors["setting_url"])

    assert not Channel.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"setting_url": ""}, "setting_url"),
        ({"setting_url": "https://news.example/" + "x" * 2000}, "setting_url"),
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
    other = ChannelFactory(name="Other", kind="practice", next_fetch_at=NOON)
    monkeypatch.setattr(channels, "try_connection", mock.Mock(return_value="Fine."))
    client.force_login(administrator)

    for address in ("add/feed/", "add/practice/", f"{other.pk}/change/"):
        response = client.post(f"/channels/{address}", {**FEED, "setting_seconds_between": "90"})
        assert response.status_code == 422
        assert "Another channel has this name." in response.content.decode()

    assert sorted(Channel.objects.values_list("name", flat=True)) == ["Other", "press"]
    assert not AuditEntry.objects.exists()


def test_a_practice_channel_is_connected(client, administrator):
    client.force_login(administrator)

    client.post("/channels/add/practice/", {"name": "Rehearsal", "our_handles": "", "setting_seconds_between": "30"})

    channel = Channel.objects.get()
    assert (channel.poll_seconds, channel.kind, channel.options) == (15, "practice", {"seconds_between": "30"})


@pytest.mark.parametrize("kind", ["feed", "practice"])
def test_only_administrators_connect_channels(client, administrator, kind, monkeypatch):
    tried = mock.Mock()
    monkeypatch.setattr(channels, "try_connection", tried)
    client.force_login(AppointmentFactory(role=Role.MANAGER).user)

    assert client.post(f"/channels/add/{kind}/", {**FEED, "setting_seconds_between": "90"}).status_code == 403
    assert not Channel.objects.exists()
    tried.assert_not_called()


def test_every_kind_that_can_be_connected_is_offered(client, administrator):
    client.force_login(administrator)

    page = client.get("/channels/add/").content.decode()

    offered = {kind: f'href="/channels/add/{kind}/"' in page for kind in registry.CONNECTORS}
    assert offered == {kind: bool(connector.summary) for kind, connector in registry.CONNECTORS.items()}
    assert (offered["feed"], offered["import"]) == (True, False)


@pytest.mark.parametrize("kind", ["feed", "webhook", "account"])
def test_the_form_of_a_kind_asks_for_its_fields(client, administrator, account, kind):
    client.force_login(administrator)

    form = client.get(f"/channels/add/{kind}/").context["form"]

    asked = [name.removeprefix("setting_") for name in form.fields if name.startswith("setting_")]
    assert asked == [field.name for field in registry.CONNECTORS[kind].fields]
    assert ("poll_seconds" in form.fields) is (registry.CONNECTORS[kind].poll_seconds is not None)


@pytest.mark.parametrize("kind", ["import", "telegraph", "by_hand"])
def test_what_cannot_be_connected_is_not_found(client, administrator, kind):
    client.force_login(administrator)

    assert client.get(f"/channels/add/{kind}/").status_code == 404
    assert client.post(f"/channels/add/{kind}/", FEED).status_code == 404
    assert not Channel.objects.exists()


def test_an_account_is_connected_and_its_secrets_are_sealed(client, administrator, account):
    client.force_login(administrator)

    response = client.post("/channels/add/account/", ACCOUNT)

    channel = Channel.objects.get()
    assert response.status_code == 302
    assert account.checked == [
        {
            "handle": "@nordlys",
            "server": "",
            "tone": "calm",
            "port": "993",
            "password": "open sesame",
            "our_handles": [],
        }
    ]
    assert channel.options == {"handle": "@nordlys", "server": "", "tone": "calm", "port": "993"}
    assert "sesame" not in channel.sealed
    assert settings_of(channel)["password"] == "open sesame"
    assert channel.poll_seconds == 180


def test_an_account_that_does_not_let_us_in_is_not_connected_and_its_secret_not_repeated(
    client, administrator, account, caplog
):
    account.refusals = [AuthorisationFailure("“open sesame” is not the password.")]
    client.force_login(administrator)

    response = client.post("/channels/add/account/", ACCOUNT)

    page = response.content.decode()
    assert response.status_code == 422
    assert "“•••” is not the password." in page
    assert "sesame" not in page + caplog.text
    assert not Channel.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"setting_handle": ""}, "setting_handle"),
        ({"setting_password": ""}, "setting_password"),
        ({"setting_tone": "loud"}, "setting_tone"),
        ({"setting_port": "many"}, "setting_port"),
        ({"setting_port": "9" * 10}, "setting_port"),
        ({"setting_handle": "a\x00b"}, "setting_handle"),
    ],
)
def test_what_a_connector_cannot_use_is_named_at_its_field_and_never_tried(
    client, administrator, account, change, field
):
    client.force_login(administrator)

    response = client.post("/channels/add/account/", {**ACCOUNT, **change})

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert "sesame" not in response.content.decode()
    assert account.checked == []
    assert not Channel.objects.exists()


def test_a_kind_that_others_call_is_not_looked_at(client, administrator):
    client.force_login(administrator)

    client.post(
        "/channels/add/webhook/",
        {"name": "Called", "setting_mapping": "socialhub", "setting_scheme": "standard", "our_handles": ""},
    )

    channel = Channel.objects.get()
    assert (channel.kind, channel.next_fetch_at, channel.sealed) == ("webhook", None, "")


def test_secrets_are_told_nowhere(client, administrator, account, django_capture_on_commit_callbacks, caplog):
    client.force_login(administrator)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/channels/add/account/", ACCOUNT)
    channel = Channel.objects.get()
    User.objects.update(is_staff=True, is_superuser=True)

    shown = [
        client.get(f"/channels/{channel.pk}/"),
        client.get(f"/channels/{channel.pk}/change/"),
        client.get("/channels/"),
        client.get("/team/changes/"),
        client.get(f"/admin/listening/channel/{channel.pk}/change/"),
        Program(administrator).get(f"channels/{channel.pk}/"),
    ]
    kept = [
        str(list(AuditEntry.objects.values())),
        serializers.serialize("json", Channel.objects.all()),
        repr(channel.__dict__),
        caplog.text,
    ]

    assert [(page.status_code, channel.sealed in page.content.decode()) for page in shown] == [(200, False)] * 6
    assert [text for text in (*kept, *(page.content.decode() for page in shown)) if "sesame" in text] == []
