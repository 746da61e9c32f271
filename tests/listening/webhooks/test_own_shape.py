from datetime import UTC, datetime

import pytest

from listening.heard import HeardItem, HeardPicture, clean_item
from listening.webhooks.own_shape import map_own_shape
from tests.factories.teams import NOON

FULL = {
    "external_id": "ticket-17",
    "text": "The heating is cold.",
    "title": "No heat",
    "published_at": "2026-03-04T11:30:00+01:00",
    "author": {
        "id": "u-5",
        "name": "Anna Alm",
        "handle": "@anna",
        "url": "https://forum.example/anna",
        "reach": 120,
    },
    "url": "https://forum.example/17",
    "in_reply_to": "ticket-16",
    "language": "en",
    "is_private": True,
    "pictures": [{"url": "https://forum.example/17.png", "alt": "A cold radiator"}],
    "board": "heating",
}


def items(data):
    return [found.item for found in map_own_shape(data, NOON).found]


def reasons(data):
    return [str(rejected.reason) for rejected in map_own_shape(data, NOON).rejected]


def test_every_field_is_read_and_the_rest_is_kept_as_it_came():
    assert items(FULL) == [
        HeardItem(
            external_id="ticket-17",
            text="The heating is cold.",
            title="No heat",
            published_at=datetime(2026, 3, 4, 10, 30, tzinfo=UTC),
            author_id="u-5",
            author_name="Anna Alm",
            author_handle="@anna",
            author_url="https://forum.example/anna",
            author_reach=120,
            url="https://forum.example/17",
            in_reply_to="ticket-16",
            language="en",
            is_private=True,
            pictures=(HeardPicture("https://forum.example/17.png", "A cold radiator"),),
            raw=FULL,
        )
    ]


@pytest.mark.parametrize(
    ("told", "pictures"),
    [
        ([{"url": "https://a.example/1"}], (HeardPicture("https://a.example/1"),)),
        ([{"url": "https://a.example/1", "alt": 7}], (HeardPicture("https://a.example/1", "7"),)),
        ([{"url": "https://a.example/1", "alt": ["A"]}], (HeardPicture("https://a.example/1"),)),
        ([{"url": "https://a.example/1", "alt": None}], (HeardPicture("https://a.example/1"),)),
        ([{"url": "javascript:alert(1)"}, {"url": ["https://a.example/1"]}, {}, "x", None], ()),
        ({"url": "https://a.example/1"}, ()),
        (None, ()),
    ],
)
def test_pictures_that_cannot_be_read_cost_no_mention(told, pictures):
    (item,) = items({"external_id": "1", "text": "Down.", "pictures": told})

    assert clean_item(item, at=NOON).pictures == pictures


def test_an_id_and_a_text_are_enough():
    told = {"external_id": 17, "text": "Down."}

    assert items(told) == [HeardItem(external_id="17", text="Down.", published_at=NOON, author_id="", raw=told)]


@pytest.mark.parametrize("data", [[FULL, FULL], {"mentions": [FULL, FULL]}])
def test_several_come_in_one_call(data):
    assert [item.external_id for item in items(data)] == ["ticket-17", "ticket-17"]


def test_a_name_can_stand_for_the_author():
    (item,) = items({"external_id": "1", "text": "Down.", "author": "Anna"})

    assert (item.author_id, item.author_name) == ("", "Anna")


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-03-04T11:00:00Z", datetime(2026, 3, 4, 11, tzinfo=UTC)),
        ("2026-03-04T11:00:00+0000", datetime(2026, 3, 4, 11, tzinfo=UTC)),
        (1772622000, datetime(2026, 3, 4, 11, tzinfo=UTC)),
        (1772622000000, datetime(2026, 3, 4, 11, tzinfo=UTC)),
        ("1772622000", datetime(2026, 3, 4, 11, tzinfo=UTC)),
        (1772622000.5, datetime(2026, 3, 4, 11, 0, 0, 500000, tzinfo=UTC)),
        (None, NOON),
        ("", NOON),
    ],
)
def test_a_time_is_written_in_several_ways(value, moment):
    assert items({"external_id": "1", "text": "Down.", "published_at": value})[0].published_at == moment


def test_what_is_gone_is_named_by_its_id():
    mapped = map_own_shape({"gone": ["1", 2, None, True]}, NOON)

    assert mapped.gone == ["1", "2"]
    assert [str(rejected.reason) for rejected in mapped.rejected] == [
        "gone[2]: an id is expected.",
        "gone[3]: an id is expected.",
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"external_id": " "},
            "external_id: it is missing, so a second copy could not be told from the first.",
        ),
        ({"external_id": True}, "external_id: a text is expected."),
        ({"text": {}}, "text: a text is expected."),
        ({"title": 1.5}, "title: a text is expected."),
        ({"published_at": "yesterday"}, "published_at: “yesterday” is not a time in ISO 8601."),
        ({"published_at": 1e300}, "published_at: the number is not a time."),
        ({"published_at": float("nan")}, "published_at: the number is not a time."),
        ({"published_at": []}, "published_at: a time is expected."),
        ({"published_at": True}, "published_at: a time is expected."),
        ({"author": 5}, "author: an object or a name is expected."),
        ({"author": {"name": []}}, "author.name: a text is expected."),
        ({"author": {"reach": "many"}}, "author.reach: a whole number is expected."),
        ({"is_private": "no"}, "is_private: true or false is expected."),
    ],
)
def test_what_cannot_be_used_is_named_by_its_field(change, reason):
    assert reasons({**FULL, **change}) == [reason]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (5, "The call holds neither an object nor a list."),
        ([5], "[0]: an object is expected."),
        ({"mentions": "x"}, "mentions: a list is expected."),
        ({"mentions": [None]}, "mentions[0]: an object is expected."),
        ({"gone": {"1": 1}}, "gone: a list of ids is expected."),
        (
            {"mentions": [{}]},
            "mentions[0].external_id: it is missing, so a second copy could not be told from the first.",
        ),
    ],
)
def test_what_is_no_mention_is_named_by_its_place(data, reason):
    assert reasons(data) == [reason]


@pytest.mark.parametrize("data", [[], {"mentions": []}, {"mentions": None}, {"gone": []}])
def test_nothing_is_nothing(data):
    mapped = map_own_shape(data, NOON)

    assert (mapped.found, mapped.gone, mapped.rejected) == ([], [], [])
