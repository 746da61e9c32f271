import threading
from datetime import UTC, datetime

import pytest

from listening.connectors.base import AuthorisationFailure, PermanentFailure, SignalsNews, TemporaryFailure
from listening.connectors.mastodon.connector import MastodonConnector
from tests.listening.mastodon_server import TOKEN, Fault, MastodonServer, mastodon_server

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STREAM = "GET /api/v1/streaming/user"
connector = MastodonConnector()


def channel(far: MastodonServer) -> dict[str, object]:
    return {"server": far.address, "token": TOKEN}


def heard(far: MastodonServer) -> dict[str, object]:
    cursor: dict[str, object] = {}
    while (result := connector.fetch(channel(far), cursor, at=NOON)).has_more:
        cursor = result.cursor
    far.asked.clear()
    return result.cursor


def test_connector_signals_news():
    assert isinstance(connector, SignalsNews)


def test_mention_on_the_stream_is_news(far):
    far.streams = True
    far.mention("@acme known")
    cursor = heard(far)
    later = threading.Timer(0.2, lambda: far.events.append(("notification", '{"type":"mention","id":"7"}')))
    far.events.append(("update", '{"id":"1"}'))
    later.start()

    assert connector.wait_for_news(channel(far), cursor, seconds=10) is True
    later.join()


def test_what_came_before_the_stream_stood_is_news(far):
    far.streams = True
    far.mention("@acme known")
    cursor = heard(far)
    far.mention("@acme new")

    assert connector.wait_for_news(channel(far), cursor, seconds=10) is True


def test_channel_that_was_never_looked_at_is_behind(far):
    far.streams = True

    assert connector.wait_for_news(channel(far), {}, seconds=10) is True


@pytest.mark.parametrize("event", [("update", '{"id":"1"}'), ("notification", '{"type":"favourite"}'), ("delete", "5")])
def test_other_events_are_no_news(far, event):
    far.streams = True
    cursor = heard(far)
    far.events.append(event)

    assert connector.wait_for_news(channel(far), cursor, seconds=0.5) is False


def test_event_that_cannot_be_read_is_taken_for_news(far):
    far.streams = True
    cursor = heard(far)
    far.events.append(("notification", '{"type":"ment'))

    assert connector.wait_for_news(channel(far), cursor, seconds=10) is True


def test_stream_that_ends_is_a_failure(far):
    far.streams = True
    cursor = heard(far)
    far.events.append(("end", ""))

    with pytest.raises(TemporaryFailure) as failure:
        connector.wait_for_news(channel(far), cursor, seconds=10)

    assert str(failure.value) == f"{far.host} ended its stream of events."


def test_server_without_a_stream_says_so(far):
    cursor = heard(far)

    with pytest.raises(PermanentFailure) as failure:
        connector.wait_for_news(channel(far), cursor, seconds=10)

    assert str(failure.value) == f"{far.host} does not tell at once when there is news."


def test_server_that_answers_something_else_has_no_stream(far):
    cursor = heard(far)
    far.faults[STREAM] = Fault(200, body="<html></html>")

    with pytest.raises(PermanentFailure):
        connector.wait_for_news(channel(far), cursor, seconds=10)


def test_stream_refuses_a_token_as_everything_else_does(far):
    cursor = heard(far)
    far.faults[STREAM] = Fault(401, body="")

    with pytest.raises(AuthorisationFailure):
        connector.wait_for_news(channel(far), cursor, seconds=10)


def test_stream_on_a_host_of_its_own_is_used(far, settings):
    with mastodon_server() as other:
        settings.ALLOWED_INTERNAL_HOSTS = [far.host, other.host]
        other.streams = True
        far.instance = {
            "configuration": {"statuses": {"max_characters": 500}, "urls": {"streaming": f"ws://{other.host}"}}
        }
        cursor = heard(far)
        other.events.append(("notification", '{"type":"mention"}'))

        assert connector.wait_for_news(channel(far), cursor, seconds=10) is True
        assert other.paths() == ["/api/v1/streaming/user"]
