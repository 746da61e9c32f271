from datetime import timedelta

import pytest

from listening.copies import copy_key, plain_words
from listening.models import Channel, Mention, MentionChange
from listening.services import ingest
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON
from tests.support.hearing import said

TEXT = "Win a free Tavolund table now, just send your password to this address!"
WEEK = 7 * 24 * 60


@pytest.fixture
def channel(db) -> Channel:
    return ChannelFactory()


def repeated() -> dict[str, str]:
    return dict(Mention.objects.order_by("pk").values_list("external_id", "repeats"))


@pytest.mark.parametrize(
    "copy",
    [
        TEXT,
        TEXT.upper(),
        f"RT @somebody: {TEXT}",
        f"@shop @nordlys.example.social {TEXT} https://t.example/x?y=1",
        f"  «{TEXT.replace(' ', chr(10))}»  www.win.example",
    ],
)
def test_the_same_words_have_the_same_key(copy):
    assert plain_words(copy) == "win a free tavolund table now just send your password to this address"
    assert copy_key(copy) == copy_key(TEXT)


@pytest.mark.parametrize(
    ("text", "is_compared"),
    [
        ("", False),
        ("Thank you so much!", False),
        ("https://example.com/a-very-long-address-that-is-not-a-text-at-all @shop", False),
        ("One two three four five.", False),
        ("One two three four five six.", True),
        ("テーブルはいつ届きますか。" * 4, True),
    ],
)
def test_only_a_text_that_is_long_enough_has_a_key(text, is_compared):
    assert (copy_key(text) is not None) == is_compared


def test_other_words_have_another_key():
    assert copy_key(TEXT) != copy_key(f"{TEXT} Really.")


def test_what_others_say_in_the_same_words_repeats_the_first(channel):
    ingest.store_items(channel=channel, items=[said("1", TEXT)], at=NOON)

    ingest.store_items(
        channel=channel,
        items=[said("2", f"RT @anna: {TEXT}", author="bert", minute=1), said("3", TEXT, author="cleo", minute=2)],
        at=NOON,
    )

    assert repeated() == {"1": "", "2": "1", "3": "1"}
    keyed = Mention.objects.filter(copy_key__isnull=False)
    assert list(keyed.values_list("external_id", flat=True)) == ["1"]


def test_of_copies_in_one_batch_the_first_that_was_said_is_the_original(channel):
    ingest.store_items(
        channel=channel,
        items=[said("2", TEXT, author="bert", minute=5), said("1", TEXT), said("3", TEXT, author="cleo", minute=6)],
        at=NOON,
    )

    assert repeated() == {"2": "1", "1": "", "3": "1"}


@pytest.mark.parametrize(
    ("other", "is_copy"),
    [
        (said("2", TEXT, author="bert", minute=WEEK), True),
        (said("2", TEXT, author="bert", minute=WEEK + 1), False),
        (said("2", TEXT, author="anna"), False),
        (said("2", TEXT, author="bert", answers="0"), False),
        (said("2", TEXT, author="bert", is_private=True), False),
        (said("2", TEXT, author="bert", is_automatic=True), False),
        (said("2", TEXT, ours=True), False),
        (said("2", "Win a free table!", author="bert"), False),
    ],
)
def test_what_stands_for_itself_is_no_copy(channel, other, is_copy):
    ingest.store_items(channel=channel, items=[said("1", TEXT)], at=NOON)

    ingest.store_items(channel=channel, items=[other], at=NOON + timedelta(days=8))

    assert Mention.objects.get(external_id="2").repeats == ("1" if is_copy else "")


def test_the_same_words_on_another_channel_are_no_copy(channel):
    ingest.store_items(channel=channel, items=[said("1", TEXT)], at=NOON)
    ingest.store_items(channel=ChannelFactory(), items=[said("2", TEXT, author="bert")], at=NOON)

    assert repeated() == {"1": "", "2": ""}


def test_what_the_network_says_is_repeated_counts(channel):
    ingest.store_items(channel=channel, items=[said("1", TEXT), said("2", TEXT, author="bert", repeats="9")], at=NOON)

    assert repeated() == {"1": "", "2": "9"}


def test_an_edited_original_is_known_by_its_new_words(channel):
    ingest.store_items(channel=channel, items=[said("1", TEXT)], at=NOON)
    other = "The power has been out in our street since this morning."
    ingest.store_items(channel=channel, items=[said("1", other)], at=NOON)

    ingest.store_items(
        channel=channel, items=[said("2", TEXT, author="bert"), said("3", other, author="cleo")], at=NOON
    )

    assert repeated() == {"1": "", "2": "", "3": "1"}


def test_somebody_who_says_the_same_for_ever_is_compared_by_a_few(channel):
    ingest.store_items(channel=channel, items=[said(str(n), TEXT) for n in range(30)], at=NOON)

    ingest.store_items(channel=channel, items=[said("copy", TEXT, author="bert")], at=NOON)

    assert Mention.objects.get(external_id="copy").repeats == "0"


def test_edits_and_deletions_wait_for_the_record(channel):
    later = NOON + timedelta(hours=1)
    ingest.store_items(channel=channel, items=[said("1"), said("2")], at=NOON)
    assert not MentionChange.objects.exists()

    stored = ingest.store_items(channel=channel, items=[said("1", "Warm now.")], gone=["2", "unheard"], at=later)
    again = ingest.store_items(channel=channel, items=[said("1", "Warm now.")], gone=["2"], at=later)

    assert (stored.edited_count, stored.gone_count) == (1, 1)
    assert (again.edited_count, again.gone_count) == (0, 0)
    assert Mention.objects.get(external_id="2").deleted_at == later
    assert list(MentionChange.objects.order_by("pk").values_list("mention__external_id", "kind", "at")) == [
        ("1", "edited", later),
        ("2", "deleted", later),
    ]


def test_an_edit_or_a_deletion_alone_wakes_the_intake(channel):
    heard = []
    ingest.store_items(channel=channel, items=[said("1")], at=NOON)

    def receive(sender: object, count: int, **_: object) -> None:
        heard.append(count)

    ingest.mentions_stored.connect(receive)
    try:
        ingest.store_items(channel=channel, items=[], gone=["1"], at=NOON)
        ingest.store_items(channel=channel, items=[], gone=["1"], at=NOON)
    finally:
        ingest.mentions_stored.disconnect(receive)

    assert heard == [0]
