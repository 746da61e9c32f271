import pytest

from listening.connectors import registry
from listening.connectors.bluesky.connector import BlueskyConnector
from listening.connectors.mastodon.connector import MastodonConnector
from tests.factories.listening import ChannelFactory
from triage.services.writing.measuring import Measured, measure

FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture
def bluesky(monkeypatch, db):
    monkeypatch.setitem(registry.CONNECTORS, "bluesky", BlueskyConnector())
    return ChannelFactory(kind="bluesky")


@pytest.fixture
def mastodon(monkeypatch, db):
    monkeypatch.setitem(registry.CONNECTORS, "mastodon", MastodonConnector())
    return ChannelFactory(kind="mastodon")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Measured(0, 300)),
        ("  Hello.\n", Measured(6, 300)),
        ("å" * 300, Measured(300, 300)),
        ("x" * 301, Measured(301, 300)),
        (FAMILY * 100, Measured(2500, 3000, "bytes")),
        (FAMILY * 121, Measured(3025, 3000, "bytes")),
    ],
)
def test_bluesky_counts_characters_and_bytes(bluesky, text, expected):
    assert measure(bluesky, text) == expected


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("Hello.", 6),
        ("See https://a.example/" + "x" * 200, 27),
        ("@anna@far.example Hello.", 12),
        ("@anna Hello.", 12),
        (FAMILY, 1),
    ],
)
def test_mastodon_counts_addresses_and_handles_as_the_server_does(mastodon, text, used):
    assert measure(mastodon, text) == Measured(used, 500)


def test_mastodon_counts_by_what_the_server_told(mastodon):
    mastodon.cursor = {"text_limit": 1000, "url_length": 40}

    assert measure(mastodon, "https://a.example") == Measured(40, 1000)


def test_practice_counts_by_the_limit_of_its_channel(db):
    channel = ChannelFactory(kind="practice", options={"text_limit": 5})

    assert measure(channel, "Hello.") == Measured(6, 5)


def test_a_mail_may_have_any_length(db):
    assert measure(ChannelFactory(kind="email"), "Hello.") == Measured(6, None)


@pytest.mark.parametrize(("text", "is_too_long"), [("x" * 300, False), ("x" * 301, True), (FAMILY * 121, True)])
def test_what_is_over_the_limit_is_too_long(bluesky, text, is_too_long):
    assert measure(bluesky, text).is_too_long is is_too_long


def test_too_long_is_said_in_the_unit_that_is_full(bluesky):
    assert measure(bluesky, FAMILY * 121).problem == "The answer has 3,025 bytes; this channel takes 3,000."
    assert measure(bluesky, "x" * 301).problem == "The answer has 301 characters; this channel takes 300."
