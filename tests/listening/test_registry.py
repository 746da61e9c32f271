from datetime import UTC, datetime
from uuid import UUID

import pytest

from listening.connectors.base import FetchResult, OutgoingReply, PermanentFailure
from listening.connectors.registry import CONNECTORS, UnknownKind, connector_for

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = UUID("00000000-0000-0000-0000-000000000001")
REPLY = OutgoingReply(key=KEY, text="Hello", in_reply_to="1", visibility="public")


def test_every_connector_is_registered_under_its_kind():
    assert [connector.kind for connector in CONNECTORS.values()] == list(CONNECTORS)
    assert all(connector.title for connector in CONNECTORS.values())


def test_connector_for_names_the_kind_that_it_does_not_know():
    with pytest.raises(UnknownKind) as refusal:
        connector_for("telegraph")

    assert str(refusal.value) == ("This version of Socialhub has no connector for channels of the kind “telegraph”.")


@pytest.mark.parametrize("kind", ["feed", "import"])
def test_connectors_without_a_way_back_refuse_to_send(kind):
    connector = connector_for(kind)

    with pytest.raises(PermanentFailure):
        connector.send({}, REPLY)

    assert connector.can_reply is False
    assert connector.look({}, KEY) is None


def test_import_connector_hears_nothing_by_itself():
    connector = connector_for("import")

    assert connector.fetch({}, {"a": 1}, at=NOON) == FetchResult(cursor={"a": 1}, is_unchanged=True)
    assert connector.check({}) == "This channel is filled from files."
