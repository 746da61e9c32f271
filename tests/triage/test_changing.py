from datetime import timedelta

import pytest

from listening.models import Channel, MentionChange
from listening.services import ingest
from teams.models import Notification
from tests.factories.listening import ChannelFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON
from tests.support.hearing import hear, said
from triage.history.sentences import read_history
from triage.models import Conversation
from triage.services.arriving import changing, intake

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def channel(policy) -> Channel:
    return ChannelFactory()


def history() -> list[tuple[str, dict[str, object]]]:
    return list(Conversation.objects.get().events.order_by("pk").values_list("kind", "data"))


def test_an_edit_is_told_by_the_record_and_quoted_by_the_list(channel):
    (conversation,) = hear(channel, said("1", "I love you."))
    ingest.store_items(channel=channel, items=[said("1", "I hate you.")], at=LATER)

    intake.take_in_everything(at=LATER)

    conversation.refresh_from_db()
    mention = conversation.entries.get().mention_id
    assert history() == [("opened", {"mention": mention}), ("edited", {"mention": mention})]
    assert conversation.events.last().at == LATER
    assert conversation.snippet == "I hate you."
    assert conversation.sentiment is not None
    assert conversation.sentiment < 0
    assert read_history(conversation).lines[0].text == "An author edited their message."
    assert not MentionChange.objects.exists()
    assert not Notification.objects.exists()


def test_an_edit_of_an_earlier_message_leaves_the_quotation(channel):
    (conversation,) = hear(channel, said("1", "First."), said("2", "Second.", answers="1", minute=1))
    ingest.store_items(channel=channel, items=[said("1", "First!")], at=LATER)

    assert changing.take_in_changes(at=LATER) == 1

    conversation.refresh_from_db()
    assert conversation.snippet == "Second."


def test_a_deletion_is_told_by_the_record_and_the_quotation_stays(channel):
    (conversation,) = hear(channel, said("1", "I hate you."))
    ingest.store_items(channel=channel, items=[], gone=["1"], at=LATER)

    assert [changing.take_in_changes(at=LATER) for _ in range(2)] == [1, 0]

    conversation.refresh_from_db()
    assert [kind for kind, _data in history()] == ["opened", "deleted"]
    assert conversation.snippet == "I hate you."
    assert read_history(conversation).lines[0].text == "An author deleted their message."


def test_open_pages_are_told_of_both(channel, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr("socialhub.lib.live._send", sent.append)
    hear(channel, said("1"))
    ingest.store_items(channel=channel, items=[said("1", "Warm.")], gone=["1"], at=LATER)

    with django_capture_on_commit_callbacks(execute=True):
        changing.take_in_changes(at=LATER)

    assert sent == ['{"recorded": true}'] * 2


def test_what_changed_before_it_was_taken_in_waits_until_it_is():
    channel = ChannelFactory()
    ingest.store_items(channel=channel, items=[said("1")], at=NOON)
    ingest.store_items(channel=channel, items=[said("1", "Warm.")], at=LATER)
    assert changing.take_in_changes(at=LATER) == 0
    assert MentionChange.objects.count() == 1
    PolicyVersionFactory.published()

    intake.take_in_everything(at=LATER)

    assert [kind for kind, _data in history()] == ["opened", "edited"]


def test_what_we_took_back_ourselves_without_an_answer_is_nobodys_record(channel):
    hear(channel, said("1", ours=True))
    ingest.store_items(channel=channel, items=[], gone=["1"], at=LATER)

    assert changing.take_in_changes(at=LATER) == 1

    assert not MentionChange.objects.exists()
    assert not Conversation.objects.exists()
