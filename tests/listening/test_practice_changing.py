from uuid import uuid4

import pytest

from listening.connectors.base import OutgoingChange, OutgoingReply, PermanentFailure
from listening.connectors.practice import PracticeConnector
from listening.models import PracticePost
from tests.factories.listening import ChannelFactory

pytestmark = pytest.mark.django_db

connector = PracticeConnector()


@pytest.fixture
def sent() -> OutgoingChange:
    channel = ChannelFactory(kind="practice")
    receipt = connector.send({"channel_id": channel.pk}, OutgoingReply(uuid4(), "At nine.", "asked", "public"))
    return OutgoingChange(uuid4(), receipt.external_id, "At ten.")


def test_practice_answer_is_corrected_however_often_it_is_asked(sent):
    assert connector.is_edited({}, sent) is False

    connector.edit({}, sent)
    connector.edit({}, sent)

    assert connector.is_edited({}, sent) is True
    assert PracticePost.objects.get().text == "At ten."


def test_practice_answer_is_removed_however_often_it_is_asked(sent):
    assert connector.is_removed({}, sent) is False

    connector.remove({}, sent)
    connector.remove({}, sent)

    assert connector.is_removed({}, sent) is True
    with pytest.raises(PermanentFailure):
        connector.edit({}, sent)


def test_what_the_practice_network_never_took_is_not_there():
    never = OutgoingChange(uuid4(), "not-ours", "x")

    connector.remove({}, never)

    assert connector.is_removed({}, never) is True
    assert connector.is_edited({}, never) is False
