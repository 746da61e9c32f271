from datetime import UTC, datetime
from uuid import UUID

import pytest

from listening.connectors.base import AuthorisationFailure, OutgoingReply, PermanentFailure, TemporaryFailure
from listening.connectors.mastodon.hashtags import MastodonTagsConnector
from tests.listening.mastodon_server import Fault

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = UUID("00000000-0000-0000-0000-000000000001")
STREAM = {"stream": 1, "any_terms": ["#Acme", "acme words"], "all_terms": [], "no_terms": ["jobs"], "languages": []}
connector = MastodonTagsConnector()


def test_hashtags_are_heard_without_signing_in(far):
    status = far.tag("acmefail", "slow")
    far.tag("other", "not asked for")

    result = connector.fetch({"server": far.address, "hashtags": "#AcmeFail, nothing"}, {}, at=NOON)

    assert [(item.external_id, item.text, item.is_private) for item in result.items] == [
        (status["uri"], "slow #acmefail", False)
    ]
    assert result.is_complete
    assert far.paths() == ["/api/v1/timelines/tag/acmefail", "/api/v1/timelines/tag/nothing"]


def test_hashtags_of_streams_are_heard_and_their_words_are_not_searched_for(far):
    far.tag("acme", "good")
    far.tag("acme", "jobs at")

    result = connector.fetch({"server": far.address, "searches": [STREAM]}, {}, at=NOON)

    assert [item.text for item in result.items] == ["good #acme"]
    assert far.paths() == ["/api/v1/timelines/tag/acme"]


def test_hashtag_with_any_letters_is_asked_for_as_it_is_written(far):
    status = far.tag("straße", "gesperrt")

    result = connector.fetch({"server": far.address, "hashtags": "#Straße"}, {}, at=NOON)

    assert [item.external_id for item in result.items] == [status["uri"]]


def test_looks_go_on_where_the_last_one_ended(far):
    settings = {"server": far.address, "hashtags": "acme"}
    far.tag("acme", "one")
    first = connector.fetch(settings, {}, at=NOON)
    far.tag("acme", "two")

    second = connector.fetch(settings, first.cursor, at=NOON)

    assert [item.text for item in second.items] == ["two #acme"]
    assert second.has_more


def test_many_hashtags_take_turns(far):
    settings = {"server": far.address, "hashtags": " ".join(f"tag{number}" for number in range(25))}

    first = connector.fetch(settings, {}, at=NOON)
    second = connector.fetch(settings, first.cursor, at=NOON)

    assert len(far.asked) == 25
    assert len(set(far.asked)) == 25
    assert second.cursor["left"] == []


def test_channel_without_hashtags_says_so(far):
    with pytest.raises(TemporaryFailure) as failure:
        connector.fetch({"server": far.address, "searches": [{**STREAM, "any_terms": ["words"]}]}, {}, at=NOON)

    assert str(failure.value) == (
        "There is nothing to listen for: the channel has no hashtags, and no stream here has one now."
    )


@pytest.mark.parametrize("status", [401, 403])
def test_server_that_shows_them_to_its_own_people_only_says_so(far, status):
    far.faults["GET /api/v1/timelines/tag/acme"] = Fault(status, body={"error": "This method requires sign-in"})

    with pytest.raises(AuthorisationFailure):
        connector.fetch({"server": far.address, "hashtags": "acme"}, {}, at=NOON)


def test_check_says_what_is_there(far):
    far.tag("acme", "one")
    far.tag("acme", "two")

    assert connector.check({"server": far.address, "hashtags": "acme"}) == "Far shows 2 recent posts with #acme."
    assert connector.check({"server": far.address}) == (
        "Far answers. Hashtags come from the streams that name this channel."
    )


def test_nothing_can_be_sent():
    with pytest.raises(PermanentFailure):
        connector.send({}, OutgoingReply(KEY, "Hello", "x", "public"))

    assert connector.look({}, KEY) is None
