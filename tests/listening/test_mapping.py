import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from listening.heard import HeardItem, Unusable
from listening.importing.mapping import (
    ColumnMapping,
    MappingRefused,
    automatic_mapping,
    parse_mapping,
    row_to_item,
    unescaped,
)
from listening.importing.moments import parse_moment
from listening.importing.reading import Row, RowFile

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
COLUMNS = ("tweet_id", "author", "text", "created_at", "is_customer")
PLAIN = ColumnMapping({"external_id": "id", "text": "text"})
OCTOBER = datetime(2017, 10, 31, 22, 10, 47, tzinfo=UTC)


def item_of(values, mapping=None):
    columns = {name: name for name in values} | {"external_id": "external_id", "text": "text"}
    return row_to_item({"external_id": "1", "text": "Hello"} | values, mapping or ColumnMapping(columns), at=NOON)


def test_mapping_is_read_and_can_be_told_again():
    told = "external_id=tweet_id, text=text ,inbound=is_customer,language='en'"

    mapping = parse_mapping(told, COLUMNS)

    assert mapping == ColumnMapping(
        {"external_id": "tweet_id", "text": "text", "inbound": "is_customer"}, {"language": "en"}
    )
    assert mapping.description == "external_id=tweet_id,text=text,inbound=is_customer,language='en'"
    assert parse_mapping(mapping.description, COLUMNS) == mapping


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (
            "external_id=nope,text=text",
            "The file has no column “nope” for the field “external_id”. "
            "The columns are: tweet_id, author, text, created_at, is_customer.",
        ),
        (
            "external_id=tweet_id,words=text",
            "There is no field “words”. The fields are: external_id, text, published_at, author_id, author_name, "
            "author_handle, author_url, author_reach, url, in_reply_to, language, title, inbound, is_ours.",
        ),
        (
            "external_id=tweet_id",
            "No column is mapped to text. Say which with --map text=…. "
            "The columns are: tweet_id, author, text, created_at, is_customer.",
        ),
        (
            "",
            "No column is mapped to external_id and text. Say which with --map external_id=…,text=…. "
            "The columns are: tweet_id, author, text, created_at, is_customer.",
        ),
        ("text", "The mapping cannot be read at “text”: write field=column,field=column."),
        ("=text", "The mapping cannot be read at “=text”: write field=column,field=column."),
        ("text=text,text=author", "The mapping names the field “text” twice."),
        (
            "external_id=tweet_id,text=text,inbound=is_customer,is_ours='true'",
            "Map either inbound or is_ours: they say the same thing.",
        ),
    ],
)
def test_mapping_that_does_not_fit_names_what_is_wrong_and_what_there_is(told, reason):
    with pytest.raises(MappingRefused) as refusal:
        parse_mapping(told, COLUMNS)

    assert str(refusal.value) == reason


def test_mapping_lists_only_the_first_of_very_many_columns():
    with pytest.raises(MappingRefused) as refusal:
        parse_mapping("text=nope", [f"c{number}" for number in range(1000)])

    assert str(refusal.value).endswith("c28, c29 and 970 more.")


def test_automatic_mapping_takes_fields_and_well_known_names():
    columns = ["tweet_id", "author_id", "inbound", "created_at", "text", "in_response_to_tweet_id", "brand"]

    assert automatic_mapping(columns).columns == {
        "external_id": "tweet_id",
        "text": "text",
        "published_at": "created_at",
        "author_id": "author_id",
        "in_reply_to": "in_response_to_tweet_id",
        "inbound": "inbound",
    }


def test_automatic_mapping_prefers_the_name_of_the_field():
    assert automatic_mapping(["id", "External_ID", "text"]).columns == {"external_id": "External_ID", "text": "text"}


def test_automatic_mapping_does_not_guess_without_an_id():
    with pytest.raises(MappingRefused):
        automatic_mapping(["number", "text"])


def test_row_becomes_a_heard_item():
    values = {
        "tweet_id": "5",
        "author": "sprintcare",
        "text": "R&amp;D &lt;3",
        "created_at": "2017-10-31T22:10:47Z",
        "is_customer": "False",
        "brand": "sprint",
        "empty": "",
    }
    mapping = parse_mapping(
        "external_id=tweet_id,author_id=author,text=text,published_at=created_at,inbound=is_customer,language='en'",
        list(values),
    )

    assert row_to_item(values, mapping, at=NOON) == HeardItem(
        external_id="5",
        text="R&D <3",
        published_at=OCTOBER,
        author_id="sprintcare",
        language="en",
        is_ours=True,
        raw={"brand": "sprint"},
    )


def test_row_without_a_date_is_from_now():
    assert row_to_item({"id": "1", "text": "Hello"}, PLAIN, at=NOON).published_at == NOON


@pytest.mark.parametrize(
    ("values", "name", "expected"),
    [
        ({"inbound": "true"}, "is_ours", False),
        ({"inbound": "0"}, "is_ours", True),
        ({"inbound": False}, "is_ours", True),
        ({"inbound": ""}, "is_ours", False),
        ({"is_ours": "yes"}, "is_ours", True),
        ({"external_id": 570306133677760513}, "external_id", "570306133677760513"),
        ({"in_reply_to": "3.0"}, "in_reply_to", "3"),
        ({"in_reply_to": "v3.0"}, "in_reply_to", "v3.0"),
        ({"in_reply_to": None}, "in_reply_to", ""),
        ({"author_reach": "1200.0"}, "author_reach", 1200),
        ({"author_reach": ""}, "author_reach", None),
        ({"text": "😀"}, "text", "😀"),
    ],
)
def test_row_values_are_understood(values, name, expected):
    assert getattr(item_of(values), name) == expected


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"external_id": ""}, "It has no id, so a second copy could not be told from the first."),
        ({"text": "  "}, "It has neither text nor a title."),
        ({"text": "\ud83d"}, "The text contains half of a character (a lone surrogate), so the text is damaged."),
        ({"inbound": "perhaps"}, "The column for inbound says “perhaps”, which is neither true nor false."),
        ({"author_reach": "many"}, "The author_reach is “many”, which is not a number."),
        ({"author_reach": "inf"}, "The author_reach is “inf”, which is not a number."),
        (
            {"external_id": 5.7e17},
            "The external_id is the decimal number 5.7e+17, which has lost digits: export ids as text.",
        ),
        ({"text": ["a"]}, "The text is a list, not a text."),
        ({"text": {"a": 1}}, "The text is a nested object, not a text."),
        (
            {"published_at": "0000-00-00 00:00:00"},
            "The date “0000-00-00 00:00:00” is in the year 0, which no calendar has.",
        ),
        (
            {"published_at": "31/10/2017"},
            "The date “31/10/2017” cannot be understood: write it like 2026-11-22T14:30:00Z.",
        ),
        ({"published_at": "1970-01-01"}, "The date 1970-01-01 is before 1990."),
        ({"published_at": "2027-01-01"}, "The date 2027-01-01 is in the future."),
    ],
)
def test_row_that_makes_no_sense_says_why(values, reason):
    with pytest.raises(Unusable) as refusal:
        item_of(values)

    assert str(refusal.value) == reason


@pytest.mark.parametrize(
    "told",
    [
        "2017-10-31T22:10:47Z",
        "2017-10-31T22:10:47",
        "2017-10-31 22:10:47+00:00",
        "2017-10-31 15:10:47 -0700",
        "2017-10-31 22:10:47 UTC",
        "Tue Oct 31 22:10:47 +0000 2017",
        "Wed Nov 01 00:10:47 +0200 2017",
        "Tue Oct 31 15:10:47 -0700 2017",
        "Tue, 31 Oct 2017 22:10:47 GMT",
        "Tue, 31 Oct 2017 22:10:47 +0000",
        "1509487847",
        "1509487847.0",
        "1509487847000",
        "1509487847000000",
    ],
)
def test_moment_is_understood_in_every_usual_form(told):
    assert parse_moment(told, zone=UTC) == OCTOBER


def test_moment_without_a_zone_is_in_the_zone_of_the_channel():
    moment = parse_moment("2017-10-31 22:10:47", zone=ZoneInfo("Europe/Berlin"))

    assert moment.astimezone(UTC) == datetime(2017, 10, 31, 21, 10, 47, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    ["gestern", "2017-02-30", "2017-13-01", "Tue Foo 31 22:10:47 +0000 2017", "12", "9" * 40, "²", "-1", "x" * 1000],
)
def test_moment_is_not_guessed(told):
    with pytest.raises(Unusable) as refusal:
        parse_moment(told, zone=UTC)

    assert str(refusal.value) == (f"The date “{told[:40]}” cannot be understood: write it like 2026-11-22T14:30:00Z.")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("a &amp; b", "a & b"),
        ("&amp;lt;", "&lt;"),
        ("&#39;&#x1F600;", "'😀"),
        ("https://example.com/?a=1&copy=2&lt=3", "https://example.com/?a=1&copy=2&lt=3"),
        ("&nosuchthing;", "&nosuchthing;"),
    ],
)
def test_entities_are_undone_once_and_only_when_they_are_some(told, expected):
    assert unescaped(told) == expected


@pytest.mark.realdata
@pytest.mark.skipif("SOCIALHUB_REALDATA" not in os.environ, reason="SOCIALHUB_REALDATA names no folder of real data")
def test_real_tweets_all_become_items():
    with RowFile(Path(os.environ["SOCIALHUB_REALDATA"]) / "twcs_tweets.csv.gz") as file:
        mapping = automatic_mapping(file.columns)
        items = [row_to_item(row.values, mapping, at=NOON) for row in file if isinstance(row, Row)]

    assert len(items) == 14_819
    assert sum(item.is_ours for item in items) == 1_240
    assert [item.external_id for item in items if "&amp;" in item.text] == []
