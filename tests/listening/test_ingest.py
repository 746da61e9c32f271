import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError

from listening.models import Channel, Mention, MentionVersion, Profile, WaitingMention
from listening.services import ingest
from listening.services.ingest import Stored
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON
from tests.support.hearing import said
from tests.support.race import race

pytestmark = pytest.mark.django_db

# So many that two writers meet in the middle.
COUNT = 1000


@pytest.fixture
def channel() -> Channel:
    return ChannelFactory()


def test_storing_keeps_everything_that_was_said(channel):
    stored = ingest.store_items(
        channel=channel,
        items=[said("1", "Thank you!", url="https://example.com/1", raw={"likes": 3}), said("2", answers="1")],
        at=NOON,
    )

    assert stored == Stored(new_count=2, known_count=0, edited_count=0)
    first = Mention.objects.get(external_id="1")
    assert (first.text, first.language, first.url, first.raw, first.published_at, first.heard_at) == (
        "Thank you!",
        "en",
        "https://example.com/1",
        {"likes": 3},
        NOON,
        NOON,
    )
    assert first.sentiment is not None
    assert first.sentiment > 0
    assert Mention.objects.get(external_id="2").in_reply_to == "1"


def test_storing_twice_changes_nothing(channel):
    items = [said("1"), said("2")]
    ingest.store_items(channel=channel, items=items, at=NOON)

    again = ingest.store_items(channel=channel, items=items, at=NOON + timedelta(hours=1))

    assert again == Stored(new_count=0, known_count=2, edited_count=0)
    assert Mention.objects.count() == 2
    assert WaitingMention.objects.count() == 2
    assert not MentionVersion.objects.exists()


def test_storing_counts_a_copy_within_one_batch_as_known(channel):
    stored = ingest.store_items(channel=channel, items=[said("1"), said("2"), said("1")], at=NOON)

    assert stored == Stored(new_count=2, known_count=1, edited_count=0)
    assert Mention.objects.count() == 2


def test_storing_knows_the_same_id_of_another_channel_as_another_mention(channel):
    ingest.store_items(channel=channel, items=[said("1")], at=NOON)

    stored = ingest.store_items(channel=ChannelFactory(), items=[said("1")], at=NOON)

    assert stored.new_count == 1
    assert Mention.objects.count() == 2


def test_an_edit_keeps_what_was_said_before(channel):
    ingest.store_items(channel=channel, items=[said("1", "I hate you.", raw={"v": 1})], at=NOON)
    later = NOON + timedelta(hours=1)

    stored = ingest.store_items(channel=channel, items=[said("1", "I love you.", raw={"v": 2})], at=later)

    assert stored == Stored(new_count=0, known_count=1, edited_count=1)
    mention = Mention.objects.get()
    version = MentionVersion.objects.get()
    assert (mention.text, mention.raw, mention.edited_at) == ("I love you.", {"v": 2}, later)
    assert mention.sentiment is not None
    assert mention.sentiment > 0
    assert (version.text, version.raw, version.replaced_at) == ("I hate you.", {"v": 1}, later)


def test_a_title_is_kept_above_the_text_once(channel):
    ingest.store_items(
        channel=channel,
        items=[
            said("1", "Nobody knows why.", title="Dark again"),
            said("2", "Dark again, all night", title="Dark again"),
        ],
        at=NOON,
    )

    assert list(Mention.objects.order_by("external_id").values_list("text", flat=True)) == [
        "Dark again\nNobody knows why.",
        "Dark again, all night",
    ]


def test_the_cursor_moves_with_the_rows(channel):
    ingest.store_items(channel=channel, items=[said("1")], at=NOON, cursor={"since": "1"})

    channel.refresh_from_db()
    assert channel.cursor == {"since": "1"}


def test_storing_without_a_cursor_leaves_the_cursor(channel):
    ingest.store_items(channel=channel, items=[said("1")], at=NOON, cursor={"since": "1"})

    ingest.store_items(channel=channel, items=[said("2")], at=NOON)

    channel.refresh_from_db()
    assert channel.cursor == {"since": "1"}


def test_a_failure_takes_rows_and_cursor_back_together(channel, monkeypatch):
    def fail(**_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(ingest.mentions_stored, "send", fail)

    with pytest.raises(DatabaseError):
        ingest.store_items(channel=channel, items=[said("1")], at=NOON, cursor={"since": "1"})

    channel.refresh_from_db()
    assert channel.cursor == {}
    assert not Mention.objects.exists()
    assert not Profile.objects.exists()


def test_profiles_are_refreshed_by_what_is_told_and_keep_what_is_not(channel):
    ingest.store_items(
        channel=channel,
        items=[said("1", author_handle="@anna", author_reach=10, author_url="https://a.example")],
        at=NOON,
    )

    ingest.store_items(channel=channel, items=[said("2", author_reach=25)], at=NOON)

    profile = Profile.objects.get()
    assert (profile.name, profile.handle, profile.reach, profile.url) == ("Anna", "@anna", 25, "https://a.example")


@pytest.mark.parametrize(
    ("handles", "item", "is_ours"),
    [
        (["@Nordlys"], said("1", author_handle="nordlys"), True),
        (["nordlys"], said("1", author_handle="@NORDLYS"), True),
        (["did:plc:1"], said("1", author="did:plc:1"), True),
        (["@Nordlys"], said("1", author_handle="@nordlys_fan"), False),
        (["@"], said("1"), False),
        ([], said("1"), False),
        ([], said("1", ours=True), True),
    ],
)
def test_what_our_handles_said_is_ours(handles, item, is_ours):
    channel = ChannelFactory(our_handles=handles)

    ingest.store_items(channel=channel, items=[item], at=NOON)

    mention = Mention.objects.get()
    assert mention.is_ours == is_ours
    assert (mention.sentiment is None) == is_ours


def test_hearing_wakes_whoever_works_with_the_rows(channel):
    heard = []

    def receive(sender: object, count: int, **_: object) -> None:
        heard.append(count)

    ingest.mentions_stored.connect(receive)
    try:
        ingest.store_items(channel=channel, items=[said("1"), said("2")], at=NOON)
        ingest.store_items(channel=channel, items=[said("1")], at=NOON)
    finally:
        ingest.mentions_stored.disconnect(receive)

    assert heard == [2]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_processes_that_store_the_same_at_once_lose_and_double_nothing(monkeypatch):
    # Whoever could insert at the same time as another waits for them, so that they would meet in the middle.
    together, insert = threading.Barrier(4), ingest.insert_rows

    def insert_together(table, *arguments, **named):
        if table == "listening_mention" and len(arguments[1]) == COUNT:
            with suppress(threading.BrokenBarrierError):
                together.wait(2)
        return insert(table, *arguments, **named)

    channel = ChannelFactory()
    items = [said(str(n), author=f"author {n}") for n in range(COUNT)]
    # The authors are known: writing them would let one writer wait for the other before they meet at the mentions.
    earlier = [replace(item, external_id=f"old {n}") for n, item in enumerate(items)]
    ingest.store_items(channel=channel, items=earlier, at=NOON)
    monkeypatch.setattr(ingest, "insert_rows", insert_together)

    outcomes = race(
        *[
            lambda order=order: ingest.store_items(channel=channel, items=order, at=NOON)
            for order in (items, items[::-1], items[COUNT // 2 :] + items[: COUNT // 2], items[::2] + items[1::2])
        ]
    )

    assert sorted(outcome.new_count for outcome in outcomes) == [0, 0, 0, COUNT]
    assert Mention.objects.count() == 2 * COUNT
    assert WaitingMention.objects.count() == 2 * COUNT
    assert Profile.objects.count() == COUNT
