from datetime import timedelta

import pytest

from listening.heard import clean_item
from listening.models import Channel, Mention, MentionVersion
from listening.services import ingest
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON
from tests.support.hearing import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return ChannelFactory()


def store(channel, *items):
    return ingest.store_items(channel=channel, items=items, at=NOON)


def answered() -> dict[str, str]:
    return dict(Mention.objects.values_list("external_id", "in_reply_to"))


@pytest.mark.parametrize(
    ("ancestors", "expected"),
    [
        (("b", "a"), "a"),
        (("never heard", "a", "older"), "a"),
        (("never heard", "oldest"), "oldest"),
        (("c", "a"), "a"),
        (("c",), ""),
        ((), ""),
    ],
)
def test_the_nearest_ancestor_that_was_heard_is_what_is_answered(channel, ancestors, expected):
    store(channel, said("a"))

    store(channel, said("c", ancestors=ancestors))

    assert answered() == {"a": "", "c": expected}


def test_an_ancestor_in_the_same_batch_was_heard(channel):
    store(channel, said("c", ancestors=("b", "a")), said("b", ancestors=("a",)))

    assert answered() == {"c": "b", "b": "a"}


def test_an_ancestor_of_another_channel_was_not_heard(channel):
    store(ChannelFactory(), said("b"))

    store(channel, said("c", ancestors=("b", "a")))

    assert answered() == {"b": "", "c": "a"}


def test_ancestors_that_cannot_be_stored_are_left_out():
    item = said("c", ancestors=("b\x00", "", "x" * 501, "\ud800", "a"))

    assert clean_item(item, at=NOON).ancestors == ("a",)


def test_what_is_final_is_not_changed_by_a_second_copy(channel):
    store(channel, said("a", "Where is my order?", is_final=True))

    stored = ingest.store_items(
        channel=channel, items=[said("a", "Never mind.", is_final=True)], at=NOON + timedelta(hours=1)
    )

    assert (stored.known_count, stored.edited_count) == (1, 0)
    assert Mention.objects.get().text == "Where is my order?"
    assert not MentionVersion.objects.exists()
