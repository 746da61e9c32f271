from uuid import uuid4

import pytest

from listening.connectors.base import OutcomeUnknown, OutgoingChange, PermanentFailure, TemporaryFailure
from listening.connectors.bluesky.connector import BlueskyConnector
from tests.listening.bluesky_service import ANNA, NOON, US, Bluesky, Fault

CONNECTOR = BlueskyConnector()


@pytest.fixture
def settings_in(bluesky: Bluesky) -> dict[str, object]:
    settings = bluesky.settings()
    return settings | CONNECTOR.renew(settings, at=NOON)


@pytest.fixture
def removal(bluesky: Bluesky) -> OutgoingChange:
    return OutgoingChange(uuid4(), bluesky.say("1", "We open at nine.", did=US))


def test_answer_is_removed_however_often_it_is_asked(bluesky, settings_in, removal):
    assert CONNECTOR.is_removed(settings_in, removal) is False

    CONNECTOR.remove(settings_in, removal)
    CONNECTOR.remove(settings_in, removal)

    assert bluesky.posts == {}
    assert CONNECTOR.is_removed(settings_in, removal) is True


def test_post_of_another_account_is_left_alone(bluesky, settings_in):
    theirs = OutgoingChange(uuid4(), bluesky.say("2", did=ANNA))

    for act in (CONNECTOR.remove, CONNECTOR.is_removed):
        with pytest.raises(PermanentFailure) as failure:
            act(settings_in, theirs)
        assert str(failure.value) == "The answer was not sent by the account that the channel has now."

    assert list(bluesky.posts) == [theirs.external_id]


def test_removal_whose_answer_was_lost_is_looked_for(bluesky, settings_in, removal):
    bluesky.fail("deleteRecord", Fault(502, after=True))

    CONNECTOR.remove(settings_in, removal)

    assert bluesky.posts == {}


def test_removal_that_did_not_happen_is_tried_again(bluesky, settings_in, removal):
    bluesky.fail("deleteRecord", Fault(502))

    with pytest.raises(TemporaryFailure):
        CONNECTOR.remove(settings_in, removal)

    assert list(bluesky.posts) == [removal.external_id]


def test_removal_that_nobody_can_ask_about_is_unknown(bluesky, settings_in, removal):
    bluesky.fail("deleteRecord", Fault(502, after=True))
    bluesky.fail("getRecord", Fault(502))

    with pytest.raises(OutcomeUnknown):
        CONNECTOR.remove(settings_in, removal)


def test_service_that_cannot_tell_says_so(bluesky, settings_in, removal):
    bluesky.fail("getRecord", Fault(400, "InvalidRequest"))

    with pytest.raises(PermanentFailure):
        CONNECTOR.is_removed(settings_in, removal)


def test_posts_cannot_be_edited_there():
    assert (
        CONNECTOR.why_no_edit({}, {})
        == "Bluesky does not let posts be edited. Remove the answer and write another one."
    )
    assert CONNECTOR.why_no_removal({}, {}) == ""
