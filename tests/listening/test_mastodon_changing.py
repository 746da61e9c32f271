from typing import Any
from uuid import UUID

import pytest

from listening.connectors.base import (
    EditsReplies,
    LimitsChanges,
    OutcomeUnknown,
    OutgoingChange,
    PermanentFailure,
    RemovesReplies,
    TemporaryFailure,
)
from listening.connectors.bluesky.connector import BlueskyConnector
from listening.connectors.email.connector import EmailConnector
from listening.connectors.feed import FeedConnector
from listening.connectors.mastodon.connector import MastodonConnector
from listening.connectors.practice import PracticeConnector
from tests.listening.mastodon_server import ACME, TOKEN, Fault, MastodonServer

connector = MastodonConnector()
KEY = UUID("00000000-0000-0000-0000-000000000009")


def channel(far: MastodonServer) -> dict[str, object]:
    return {"server": far.address, "token": TOKEN}


def ours(far: MastodonServer, text: str = "@bob@pub.example We open at nine.", **told: Any) -> dict[str, Any]:
    status = far.status(text, account=ACME, **told)
    far.sources[status["id"]] = text
    return status


def change(status: dict[str, Any], text: str = "", **raw: Any) -> OutgoingChange:
    return OutgoingChange(KEY, status["uri"], text, {"id": status["id"]} | raw)


def test_correction_keeps_the_name_the_warning_and_the_pictures(far):
    status = ours(far, spoiler_text="Hours", sensitive=True, media_attachments=[{"id": "7"}, {"id": "8"}])

    connector.edit(channel(far), change(status, "We open at ten."))

    assert far.revised == [
        {
            "status": ["@bob@pub.example We open at ten."],
            "spoiler_text": ["Hours"],
            "sensitive": ["true"],
            "language": ["en"],
            "media_ids[]": ["7", "8"],
        }
    ]
    assert connector.is_edited(channel(far), change(status, "We open at ten.")) is True
    assert connector.is_edited(channel(far), change(status, "We open at ten!")) is False


def test_correction_that_names_its_reader_names_them_once(far):
    status = ours(far)

    connector.edit(channel(far), change(status, "Hello @bob@pub.example, we open at ten."))

    assert far.revised[0]["status"] == ["Hello @bob@pub.example, we open at ten."]


def test_post_whose_number_has_changed_is_found_by_its_address(far):
    status = ours(far)

    connector.edit(channel(far), change(status, "We open at ten.", id="999"))

    assert far.revised[0]["status"] == ["@bob@pub.example We open at ten."]


def test_post_that_is_gone_cannot_be_corrected_and_is_removed(far):
    status = ours(far)
    far.remove(status)

    with pytest.raises(PermanentFailure) as failure:
        connector.edit(channel(far), change(status, "We open at ten."))
    connector.remove(channel(far), change(status))

    assert str(failure.value) == "The answer is not on the network any more, so it cannot be corrected."
    assert connector.is_removed(channel(far), change(status)) is True


def test_post_that_nobody_finds_and_whose_number_nobody_knows_is_not_called_removed(far):
    status = ours(far)
    far.remove(status)

    with pytest.raises(PermanentFailure):
        connector.remove(channel(far), OutgoingChange(KEY, status["uri"]))


def test_removal_deletes_the_post(far):
    status = ours(far)

    connector.remove(channel(far), change(status))

    assert far.statuses == {}


def test_correction_that_is_too_long_is_refused_before_it_leaves(far):
    status = ours(far)

    with pytest.raises(PermanentFailure):
        connector.edit(channel(far), change(status, "x" * 500))

    assert far.revised == []


@pytest.mark.parametrize("happened", [True, False])
@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
def test_change_whose_answer_did_not_come_is_looked_for(far, verb, happened):
    status = ours(far)
    far.faults[f"{verb} /api/v1/statuses/{status['id']}"] = Fault(504, is_done_all_the_same=happened)
    act, told = (
        (connector.edit, change(status, "We open at ten.")) if verb == "PUT" else (connector.remove, change(status))
    )

    if happened:
        act(channel(far), told)
    else:
        with pytest.raises(OutcomeUnknown):
            act(channel(far), told)


def test_server_in_trouble_is_asked_again_later(far):
    status = ours(far)
    far.faults[f"PUT /api/v1/statuses/{status['id']}"] = Fault(503)

    with pytest.raises(TemporaryFailure):
        connector.edit(channel(far), change(status, "We open at ten."))


@pytest.mark.parametrize("verb", ["PUT", "DELETE"])
def test_server_that_knows_no_such_thing_is_named(far, verb):
    status = ours(far)
    far.faults[f"{verb} /api/v1/statuses/{status['id']}"] = Fault(404)
    act, told = (
        (connector.edit, change(status, "We open at ten.")) if verb == "PUT" else (connector.remove, change(status))
    )

    with pytest.raises(PermanentFailure) as failure:
        act(channel(far), told)

    said = {
        "PUT": f"{far.host} does not let an answer be corrected.",
        "DELETE": f"{far.host} does not let an application delete posts.",
    }
    assert str(failure.value) == said[verb]


def test_without_its_source_a_post_is_known_by_its_words(far):
    status = ours(far)
    far.sources.clear()

    connector.edit(channel(far), change(status, "We open at ten."))

    assert connector.is_edited(channel(far), change(status, "We open at ten.")) is True


def test_snac_lets_no_application_delete(far):
    told = "This server is snac, which lets no application delete posts. Delete it on its own pages."

    assert connector.why_no_removal(channel(far), {"forgets": True}) == told
    assert connector.why_no_removal(channel(far), {}) == ""
    assert connector.why_no_edit(channel(far), {"forgets": True}) == ""


@pytest.mark.parametrize(
    ("kind", "edits", "removes"),
    [
        (MastodonConnector, True, True),
        (BlueskyConnector, False, True),
        (PracticeConnector, True, True),
        (EmailConnector, False, False),
        (FeedConnector, False, False),
    ],
)
def test_each_network_offers_what_it_has(kind, edits, removes):
    made = kind()

    assert (isinstance(made, EditsReplies), isinstance(made, RemovesReplies)) == (edits, removes)
    if isinstance(made, LimitsChanges) and not edits:
        assert made.why_no_edit({}, {})
