import json
import re
import threading
from unittest import mock

import pytest
import time_machine

from listening.connectors.base import PermanentFailure, TemporaryFailure
from listening.models import Channel, Stream
from listening.services import channels
from listening.streams.beginning import hashtags_of
from teams.models import User
from teams.roles import Role
from tests.factories.listening import ChannelFactory, StreamFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory
from tests.support.race import SECONDS

CHOICE = {
    "names": "Tavolund\nTavolund lamps",
    "take_stream": "on",
    "stream_name": "Our name",
    "reason": "To answer.",
    "review_on": "2026-08-31",
    "take_mastodon_tags": "on",
    "server": "mastodon.example",
    "hashtags": "#Tavolund, #Tavolundlamps",
    "take_hackernews": "on",
    "take_news_search": "on",
    "provider": "google",
    "edition": "en-US",
}
TICKED = re.compile(r'name="take_(\w+)"[^>]* checked')
NAMES = ["Tavolund", "Tavolund lamps"]


@pytest.fixture(autouse=True)
def _at_noon():
    with (
        time_machine.travel(NOON, tick=False),
        mock.patch("celery.Celery.send_task"),
    ):
        yield


@pytest.fixture
def administrator(db) -> User:
    OrganisationFactory(name="Tavolund")
    return AppointmentFactory(role=Role.ADMINISTRATOR).user


@pytest.fixture
def tried(monkeypatch) -> mock.Mock:
    tried = mock.Mock(return_value="It answers.")
    monkeypatch.setattr(channels, "try_connection", tried)
    return tried


def test_it_begins_with_the_name_of_the_company(client, administrator):
    client.force_login(administrator)

    page = client.get("/streams/begin/").content.decode()

    assert ">\nTavolund</textarea>" in page


def test_names_become_a_proposal(client, administrator, tried):
    client.force_login(administrator)

    page = client.post("/streams/begin/", {"names_only": "1", "names": CHOICE["names"]}).content.decode()

    assert len(TICKED.findall(page)) == 4
    values = ("Our name", "2026-08-31", "mastodon.social", "#Tavolund, #Tavolundlamps", "en-US")
    assert [f'value="{value}"' in page for value in values] == [True] * 5
    tried.assert_not_called()
    assert not Stream.objects.exists()


def test_all_that_is_ticked_is_tried_and_connected(client, administrator, tried):
    client.force_login(administrator)

    response = client.post("/streams/begin/", CHOICE)

    assert response.headers["Location"] == "/streams/"
    stream = Stream.objects.get()
    assert (stream.name, stream.any_terms, stream.owner, stream.reason) == (
        "Our name",
        NAMES,
        administrator,
        "To answer.",
    )
    assert {channel.name: (channel.kind, channel.poll_seconds) for channel in Channel.objects.all()} == {
        "Hashtags on mastodon.example": ("mastodon_tags", mock.ANY),
        "Hacker News": ("hackernews", 300),
        "News search": ("news_search", 900),
    }
    by_kind = {channel.kind: channel.options for channel in Channel.objects.all()}
    assert by_kind["hackernews"] == {}
    assert by_kind["news_search"] == {"provider": "google", "edition": "en-US", "template": ""}
    assert by_kind["mastodon_tags"] == {"server": "mastodon.example", "hashtags": "#Tavolund, #Tavolundlamps"}
    assert {call.kwargs["settings"]["searches"][0]["any_terms"][0] for call in tried.mock_calls} == {"Tavolund"}
    assert all(channel.owner == administrator for channel in Channel.objects.all())


def test_what_fails_is_told_and_the_others_are_kept(client, administrator, tried):
    StreamFactory(name="our name")
    client.force_login(administrator)
    failures = {"hackernews": PermanentFailure("It refuses."), "news_search": TemporaryFailure("It is busy.")}
    tried.side_effect = lambda kind, settings: f"{kind} answers." if kind not in failures else refuse(failures[kind])

    response = client.post("/streams/begin/", CHOICE)

    page = response.content.decode()
    assert response.status_code == 422
    assert [text in page for text in ("It refuses.", "It is busy.", "Another stream has this name.")] == [True] * 3
    assert "Hashtags on mastodon.example: mastodon_tags answers." in page
    assert TICKED.findall(page) == ["stream", "hackernews", "news_search"]
    assert 'name="take_mastodon_tags"' not in page
    assert '<input type="hidden" name="done" value="mastodon_tags">' in page
    assert [channel.kind for channel in Channel.objects.all()] == ["mastodon_tags"]
    assert Stream.objects.count() == 1


def test_what_is_done_is_not_done_again(client, administrator, tried):
    StreamFactory(any_terms=NAMES)
    client.force_login(administrator)

    client.post("/streams/begin/", {**CHOICE, "done": ["stream", "mastodon_tags", "nonsense"]})

    assert Stream.objects.count() == 1
    assert {channel.kind: channel.options.get("terms") for channel in Channel.objects.all()} == {
        "hackernews": None,
        "news_search": None,
    }


def refuse(failure: Exception) -> str:
    raise failure


def test_all_are_tried_at_the_same_time(client, administrator, tried):
    client.force_login(administrator)
    together = threading.Barrier(3, timeout=SECONDS)
    tried.side_effect = lambda **_: str(together.wait())

    assert client.post("/streams/begin/", CHOICE).status_code == 302


def test_without_the_stream_channels_search_by_themselves(client, administrator, tried):
    client.force_login(administrator)
    choice = {name: value for name, value in CHOICE.items() if name not in {"take_stream", "take_mastodon_tags"}}

    client.post("/streams/begin/", choice)

    assert not Stream.objects.exists()
    assert (
        sorted(json.dumps(channel.options.get("terms")) for channel in Channel.objects.all())
        == ['"Tavolund\\nTavolund lamps"'] * 2
    )


def test_a_name_that_is_taken_gets_a_number(client, administrator, tried):
    ChannelFactory(name="news search")
    client.force_login(administrator)

    client.post(
        "/streams/begin/", {"names": "Tavolund", "take_news_search": "on", "provider": "bing", "edition": "en-US"}
    )

    assert Channel.objects.filter(name="News search 2").exists()


def test_hacker_news_is_offered_once(client, administrator, tried):
    ChannelFactory(kind="hackernews")
    client.force_login(administrator)

    page = client.post("/streams/begin/", {"names_only": "1", "names": "Tavolund"}).content.decode()
    client.post("/streams/begin/", {"names": "Tavolund", "take_hackernews": "on"})

    assert "take_hackernews" not in page
    assert Channel.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"names": ""}, "This field is required."),
        ({"reason": ""}, "This field is required."),
        ({"review_on": "2025-01-01"}, "Choose a day after today and within a year."),
        ({"server": ""}, "This field is required."),
        ({"hashtags": ""}, "This field is required."),
        ({"provider": "own"}, "Select a valid choice."),
    ],
)
def test_what_is_missing_is_asked_for_before_anything_is_tried(client, administrator, tried, change, sentence):
    client.force_login(administrator)

    response = client.post("/streams/begin/", {**CHOICE, **change})

    assert response.status_code == 422
    assert sentence in response.content.decode()
    tried.assert_not_called()
    assert not Stream.objects.exists()


def test_no_names_make_no_proposal(client, administrator):
    client.force_login(administrator)

    response = client.post("/streams/begin/", {"names_only": "1", "names": " "})

    assert response.status_code == 422


def test_hashtags_are_one_word_each():
    assert hashtags_of(["Tavolund lamps", "#tavolundLamps", "Café 24", "&"]) == ["#Tavolundlamps", "#Café24"]
