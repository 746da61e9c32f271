from typing import Any

import pytest

from listening.connectors import registry
from listening.connectors.base import AuthorisationFailure, PermanentFailure
from listening.models import Channel, Gap
from listening.services import fetching, secrets
from listening.services.settings import settings_for_use, settings_of
from tests.factories.listening import ChannelFactory, StreamFactory
from tests.factories.teams import NOON
from tests.listening.scripted import Network

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(network) -> Channel:
    return ChannelFactory(kind="scripted", next_fetch_at=NOON, poll_seconds=60)


def test_a_failure_never_repeats_a_secret(channel, network):
    secrets.keep_secrets(channel_id=channel.pk, secrets={"token": "s3cret-token", "pin": "1"})
    network.script = [PermanentFailure("GET /?token=s3cret-token answered 401 after 1 s.")]

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert channel.last_error == "GET /?token=••• answered 401 after 1 s."
    assert Gap.objects.get().detail == channel.last_error


class Renewing(Network):
    """Signs in anew with what ``renewals`` gives."""

    def __init__(self) -> None:
        super().__init__()
        self.renewals: list[Any] = []

    def renew(self, settings: Any, *, at: Any) -> Any:
        answer = self.renewals.pop(0) if self.renewals else {}
        if callable(answer):
            answer = answer()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def renewing(monkeypatch, channel) -> Renewing:
    made = Renewing()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    secrets.keep_secrets(channel_id=channel.pk, secrets={"password": "p", "session": "old"})
    return made


def test_a_renewed_sign_in_is_kept_and_used(channel, renewing):
    renewing.renewals = [{"session": "new"}]

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert renewing.asked[0][0]["session"] == "new"
    assert {name: settings_of(channel)[name] for name in ("password", "session")} == {
        "password": "p",
        "session": "new",
    }


def test_a_sign_in_that_somebody_else_renewed_meanwhile_is_used(channel, renewing):
    def renewed_by_another() -> Exception:
        secrets.keep_secrets(channel_id=channel.pk, secrets={"session": "theirs"})
        return AuthorisationFailure("This token was used already.")

    renewing.renewals = [renewed_by_another]

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    assert renewing.asked[0][0]["session"] == "theirs"


def test_what_an_administrator_entered_meanwhile_is_not_overwritten(channel, renewing):
    def entered_meanwhile() -> dict[str, str]:
        secrets.keep_secrets(channel_id=channel.pk, secrets={"password": "q", "session": "entered"})
        return {"session": "renewed"}

    renewing.renewals = [entered_meanwhile]

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    assert {name: renewing.asked[0][0][name] for name in ("password", "session")} == {
        "password": "q",
        "session": "entered",
    }


def test_a_sign_in_that_cannot_be_renewed_is_a_failure(channel, renewing):
    renewing.renewals = [AuthorisationFailure("Sign in again.")]

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert (channel.last_error, renewing.asked) == ("Sign in again.", [])
    assert Gap.objects.get().reason == Gap.Reason.AUTHORISATION


def test_secrets_that_cannot_be_opened_are_a_failure(channel, network):
    Channel.objects.filter(pk=channel.pk).update(sealed="nonsense")

    fetching.fetch_channel(channel_id=channel.pk, at=NOON)

    channel.refresh_from_db()
    assert channel.last_error == "The secrets of this channel cannot be opened. Enter them again."
    assert network.asked == []


def test_a_channel_that_searches_is_told_what_for(channel, network):
    network.can_search = True
    wanted = StreamFactory(all_terms=["power"], no_terms=["jobs"], languages=["en"])
    wanted.channels.add(channel)
    StreamFactory(is_paused=True).channels.add(channel)
    StreamFactory().channels.add(ChannelFactory())

    assert settings_for_use(channel, at=NOON)["searches"] == [
        {
            "stream": wanted.pk,
            "any_terms": ["tavolund"],
            "all_terms": ["power"],
            "no_terms": ["jobs"],
            "languages": ["en"],
        }
    ]


def test_a_channel_that_cannot_search_is_told_of_no_streams(channel):
    StreamFactory().channels.add(channel)

    assert settings_for_use(channel, at=NOON) == {"channel_id": channel.pk, "our_handles": []}
