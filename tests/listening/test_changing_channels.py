import threading
from unittest import mock

import pytest

from listening.connectors.base import AuthorisationFailure, FetchResult, PermanentFailure, TemporaryFailure
from listening.models import Channel
from listening.services import channels, fetching, secrets
from listening.services.settings import settings_of
from teams.models import AuditEntry, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory, UserFactory
from tests.support.hearing import said

FEED = {"name": "Press", "setting_url": "https://news.example/", "poll_seconds": "300", "our_handles": ""}
UNCHANGED = {
    "name": "Ours",
    "setting_handle": "@nordlys",
    "setting_server": "",
    "setting_tone": "calm",
    "setting_port": "993",
    "setting_password": "",
    "poll_seconds": "300",
    "our_handles": "",
}


@pytest.fixture(autouse=True)
def _no_worker(fetch_task) -> None:
    """Wake nobody."""


@pytest.fixture
def administrator(db) -> User:
    OrganisationFactory()
    return AppointmentFactory(user=UserFactory(name="Ada Holm"), role=Role.ADMINISTRATOR).user


@pytest.fixture
def channel(account) -> Channel:
    made = ChannelFactory(
        name="Ours",
        kind="account",
        next_fetch_at=NOON,
        options={"handle": "@nordlys", "server": "", "tone": "calm", "port": "993", "made": "by us"},
        cursor={"since": 7},
    )
    secrets.keep_secrets(channel_id=made.pk, secrets={"password": "open sesame", "session": "old"})
    return made


def change(client, channel, **changes):
    return client.post(f"/channels/{channel.pk}/change/", {**UNCHANGED, **changes})


def test_a_channel_is_changed(client, administrator):
    channel = ChannelFactory(
        name="Press", kind="feed", next_fetch_at=NOON, options={"url": "https://news.example/"}, poll_seconds=15
    )
    client.force_login(administrator)
    assert "Every 15 seconds" in client.get(f"/channels/{channel.pk}/change/").content.decode()

    client.post(
        f"/channels/{channel.pk}/change/", {**FEED, "name": "News", "our_handles": "@us", "poll_seconds": "900"}
    )

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


def test_a_name_is_changed_without_trying_anything(client, administrator, account, channel):
    before = Channel.objects.values("options", "cursor", "next_fetch_at").get()
    client.force_login(administrator)

    response = change(client, channel, name="Theirs")

    channel.refresh_from_db()
    assert (response.status_code, channel.name, account.checked) == (302, "Theirs", [])
    assert Channel.objects.values("options", "cursor", "next_fetch_at").get() == before
    assert settings_of(channel)["session"] == "old"


def test_a_secret_is_never_shown_and_stays_when_nothing_is_entered(client, administrator, channel):
    client.force_login(administrator)

    page = client.get(f"/channels/{channel.pk}/change/").content.decode()

    assert "There is one. Leave it empty to keep it." in page
    assert "sesame" not in page
    assert "@nordlys" in page


def test_another_server_is_tried_with_the_secret_that_is_there(client, administrator, account, channel):
    client.force_login(administrator)

    change(client, channel, setting_server="https://other.example")

    channel.refresh_from_db()
    assert account.checked == [
        {
            "handle": "@nordlys",
            "server": "https://other.example",
            "tone": "calm",
            "port": "993",
            "made": "by us",
            "password": "open sesame",
            "our_handles": [],
            "channel_id": channel.pk,
        }
    ]
    assert (channel.options["server"], channel.options["made"], channel.cursor) == (
        "https://other.example",
        "by us",
        {},
    )


def test_a_new_password_ends_the_session_of_the_former_one(client, administrator, channel):
    Channel.objects.filter(pk=channel.pk).update(failure_count=3, last_error="Sign in again.")
    client.force_login(administrator)

    change(client, channel, setting_password="sim sala bim")

    channel.refresh_from_db()
    opened = settings_of(channel)
    assert (opened["password"], "session" in opened, channel.cursor) == ("sim sala bim", False, {"since": 7})
    assert AuditEntry.objects.get().verb == "channel.changed"


def test_what_does_not_work_is_not_kept(client, administrator, account, channel):
    before = Channel.objects.values().get()
    account.refusals = [AuthorisationFailure("“sim sala bim” is not the password.")]
    client.force_login(administrator)

    response = change(client, channel, setting_password="sim sala bim")

    assert response.status_code == 422
    assert "“•••” is not the password." in response.content.decode()
    assert Channel.objects.values().get() == before
    assert not AuditEntry.objects.exists()


def test_a_secret_that_cannot_be_opened_has_to_be_entered_again(client, administrator, channel):
    Channel.objects.filter(pk=channel.pk).update(sealed="nonsense")
    client.force_login(administrator)

    assert list(change(client, channel).context["form"].errors) == ["setting_password"]
    assert change(client, channel, setting_password="sim sala bim").status_code == 302

    channel.refresh_from_db()
    assert settings_of(channel)["password"] == "sim sala bim"


def test_a_look_at_the_former_place_moves_no_cursor(administrator, account, channel):
    def changed_meanwhile() -> FetchResult:
        channels.change_channel(
            channel_id=channel.pk,
            name="Ours",
            our_handles=[],
            poll_seconds=300,
            options={"server": "https://other.example"},
            actor=administrator,
            at=NOON,
        )
        return FetchResult(items=[said("1")], cursor={"since": 8})

    account.script = [changed_meanwhile]

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert (channel.cursor, channel.next_fetch_at, channel.claimed_at) == ({}, NOON, None)


def test_trying_a_channel_says_how_it_is_and_has_it_looked_at(
    client, administrator, account, channel, fetch_task, django_capture_on_commit_callbacks
):
    client.force_login(administrator)

    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(f"/channels/{channel.pk}/try/", follow=True).content.decode()

    assert "The account answers." in page
    assert account.checked[0]["password"] == "open sesame"
    fetch_task.assert_called_once_with(kwargs={"channel_id": channel.pk}, retry=False)


def test_trying_a_channel_that_does_not_answer_says_why(client, administrator, account, channel, fetch_task):
    account.refusals = [TemporaryFailure("The server said: open sesame?")]
    client.force_login(administrator)

    page = client.post(f"/channels/{channel.pk}/try/", follow=True).content.decode()

    assert "The server said: •••?" in page
    fetch_task.assert_not_called()


def test_trying_a_connector_with_a_mistake_says_so(client, administrator, account, channel):
    account.refusals = [KeyError("open sesame")]
    client.force_login(administrator)

    page = client.post(f"/channels/{channel.pk}/try/", follow=True).content.decode()

    assert "Socialhub made a mistake while it looked at this channel (KeyError)." in page


def test_a_channel_of_an_unknown_kind_cannot_be_changed_and_can_be_tried(client, administrator):
    channel = ChannelFactory(kind="telegraph", next_fetch_at=NOON)
    client.force_login(administrator)

    assert client.get(f"/channels/{channel.pk}/change/").status_code == 404
    page = client.post(f"/channels/{channel.pk}/try/", follow=True).content.decode()
    assert "has no connector for channels of the kind “telegraph”" in page


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
