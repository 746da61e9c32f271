from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from listening.heard import HeardItem, HeardPicture, Unusable, clean_item

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ITEM = HeardItem(external_id="1", text="Hello", published_at=NOON, author_id="ada")


def test_clean_item_leaves_a_good_item_as_it_is():
    item = replace(
        ITEM,
        author_name="Ada",
        author_handle="@ada",
        author_url="https://example.com/ada",
        author_reach=12,
        url="https://example.com/1",
        in_reply_to="0",
        language="en",
        title="Greeting",
        raw={"likes": 3},
    )

    assert clean_item(item, at=NOON) == item


def test_clean_item_makes_pictures_storable():
    told = (HeardPicture("https://a.example/\x00\ud800", " A\x00 "), HeardPicture("javascript:x", "B"))

    assert clean_item(replace(ITEM, pictures=told), at=NOON).pictures == (
        HeardPicture("https://a.example/\ufffd\ufffd", "A\ufffd"),
    )


@pytest.mark.parametrize("text", ["😀", "👩‍👩‍👧‍👦🏳️‍🌈", "שלום", "x" * 100_000])
def test_clean_item_accepts_every_kind_of_text(text):
    assert clean_item(replace(ITEM, text=text), at=NOON).text == text


def test_clean_item_accepts_a_title_without_text():
    assert clean_item(replace(ITEM, text=" ", title="Only this"), at=NOON).text == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"external_id": " "}, "It has no id, so a second copy could not be told from the first."),
        ({"text": " \n"}, "It has neither text nor a title."),
        ({"text": "a\x00b"}, "The text contains a NUL byte, which no text may contain."),
        ({"external_id": "a\x00b"}, "The id contains a NUL byte, which no text may contain."),
        ({"author_name": "\x00"}, "The author’s name contains a NUL byte, which no text may contain."),
        ({"text": "a\ud83d"}, "The text contains half of a character (a lone surrogate), so the text is damaged."),
        ({"text": "x" * 100_001}, "The text has 100001 characters; the most that is kept is 100000."),
        ({"external_id": "x" * 501}, "The id has 501 characters; the most that is kept is 500."),
        ({"in_reply_to": "x" * 501}, "The id of what it answers has 501 characters; the most that is kept is 500."),
        ({"author_id": "x" * 501}, "The author’s id has 501 characters; the most that is kept is 500."),
        ({"published_at": datetime(1989, 12, 31, tzinfo=UTC)}, "The date 1989-12-31 is before 1990."),
        ({"published_at": datetime(1, 1, 1, tzinfo=UTC)}, "The date 0001-01-01 is before 1990."),
        ({"published_at": NOON + timedelta(days=1, seconds=1)}, "The date 2026-11-23 is in the future."),
        ({"published_at": datetime(2026, 11, 22, 12)}, "The date 2026-11-22 12:00:00 has no time zone."),
    ],
)
def test_clean_item_refuses_what_cannot_be_stored(changes, reason):
    with pytest.raises(Unusable) as refusal:
        clean_item(replace(ITEM, **changes), at=NOON)

    assert str(refusal.value) == reason


def test_clean_item_forgives_a_clock_that_is_ahead():
    published_at = NOON + timedelta(hours=23)

    assert clean_item(replace(ITEM, published_at=published_at), at=NOON).published_at == published_at


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        ({"author_name": "n" * 300}, "author_name", "n" * 200),
        ({"author_name": "\u202eevil \u2067bank"}, "author_name", "evil bank"),
        ({"author_handle": "@\u202devil\u202c"}, "author_handle", "@evil"),
        ({"url": "javascript:alert(1)"}, "url", ""),
        ({"url": " HTTPS://example.com/a "}, "url", "HTTPS://example.com/a"),
        ({"author_url": "https://example.com/" + "a" * 2000}, "author_url", ""),
        ({"author_reach": -1}, "author_reach", None),
        ({"author_reach": 2**40}, "author_reach", 2**31 - 1),
        ({"language": "en-GB"}, "language", "en"),
        ({"language": "und"}, "language", ""),
        ({"language": "English, mostly"}, "language", ""),
        ({"author_id": "", "author_handle": "@ada"}, "author_id", "@ada"),
        ({"author_id": ""}, "author_id", "unknown"),
        (
            {"raw": {"a": "x\x00", "b": [float("nan"), {"c\x00": "\ud800"}]}},
            "raw",
            {"a": "x�", "b": [None, {"c�": "�"}]},
        ),
        ({"raw": {"a": "😀"}}, "raw", {"a": "😀"}),
        ({"raw": {"a": "x" * 1_000_000}}, "raw", {"left_out": "1000009 characters"}),
    ],
)
def test_clean_item_makes_harmless_what_only_decorates(changes, name, expected):
    assert getattr(clean_item(replace(ITEM, **changes), at=NOON), name) == expected
