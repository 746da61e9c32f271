from datetime import UTC, datetime

import pytest

from listening.webhooks.mapped import Mapped
from listening.webhooks.meta import NO_WORDS, map_meta
from tests.factories.teams import NOON

SAID_AT = datetime(2026, 3, 4, 11, tzinfo=UTC)
STAMP = int(SAID_AT.timestamp())


def page(**value):
    told = {
        "from": {"id": "700", "name": "Anna Alm"},
        "item": "comment",
        "comment_id": "100_200",
        "post_id": "9_100",
        "parent_id": "9_100",
        "verb": "add",
        "created_time": STAMP,
        "message": "The power is out.",
        **value,
    }
    return {"object": "page", "entry": [{"id": "9", "time": STAMP, "changes": [{"field": "feed", "value": told}]}]}


def instagram(field="comments", **value):
    told = {
        "id": "17",
        "from": {"id": "700", "username": "anna.alm"},
        "media": {"id": "5", "media_product_type": "FEED"},
        "text": "The power is out.",
        **value,
    }
    return {"object": "instagram", "entry": [{"id": "9", "time": STAMP, "changes": [{"field": field, "value": told}]}]}


def one(data):
    (found,) = map_meta(data, NOON).found
    return found.item


def test_a_comment_on_a_page_is_a_mention():
    item = one(page())

    assert (item.external_id, item.text, item.published_at) == ("100_200", "The power is out.", SAID_AT)
    assert (item.author_id, item.author_name, item.is_ours) == ("700", "Anna Alm", False)
    assert (item.url, item.in_reply_to) == ("https://www.facebook.com/100_200", "")


def test_an_answer_to_a_comment_joins_it():
    assert one(page(parent_id="100_150")).in_reply_to == "100_150"


def test_what_the_page_itself_says_is_ours():
    assert one(page(**{"from": {"id": "9", "name": "Nordlys"}})).is_ours is True


@pytest.mark.parametrize("verb", ["edit", "edited"])
def test_an_edited_comment_is_heard_again(verb):
    assert one(page(verb=verb, message="It is back.")).text == "It is back."


@pytest.mark.parametrize("verb", ["remove", "delete"])
def test_a_deleted_comment_is_gone(verb):
    assert map_meta(page(verb=verb), NOON) == Mapped(gone=["100_200"])


def test_a_visitors_post_is_a_mention_and_our_own_is_none():
    visitors = page(item="status", post_id="9_300")
    ours = page(item="status", post_id="9_300", **{"from": {"id": "9"}})

    assert one(visitors).external_id == "9_300"
    assert map_meta(ours, NOON) == Mapped(ignored=["our own posts"])


@pytest.mark.parametrize(
    ("change", "kind"),
    [({"item": "reaction"}, "reaction"), ({"item": "like"}, "like"), ({"verb": "hide"}, "comment hide")],
)
def test_what_nobody_said_is_ignored(change, kind):
    assert map_meta(page(**change), NOON) == Mapped(ignored=[kind])


def test_a_picture_without_words_is_a_notice():
    mapped = map_meta(page(item="photo", post_id="9_300", message=""), NOON)

    assert [found.item.text for found in mapped.notices] == [NO_WORDS]
    assert mapped.found == []


def test_a_mention_of_the_page_names_its_sender_in_its_own_way():
    data = page(item="post", post_id="8_1", sender_id="800", sender_name="Bo Berg", **{"from": None})
    data["entry"][0]["changes"][0]["field"] = "mention"

    item = one(data)

    assert (item.external_id, item.author_id, item.author_name) == ("8_1", "800", "Bo Berg")


def test_a_comment_on_instagram_is_a_mention():
    item = one(instagram())

    assert (item.external_id, item.text, item.published_at) == ("17", "The power is out.", SAID_AT)
    assert (item.author_id, item.author_name, item.author_handle) == ("700", "anna.alm", "@anna.alm")
    assert (item.author_url, item.in_reply_to, item.is_ours) == ("https://www.instagram.com/anna.alm/", "", False)


def test_instagram_names_the_comment_that_is_answered_and_the_account_that_is_ours():
    item = one(instagram(parent_id="16", **{"from": {"id": "9", "username": "nordlys"}}))

    assert (item.in_reply_to, item.is_ours) == ("16", True)


def test_instagrams_own_sign_in_sends_the_change_in_the_entry():
    change = instagram()["entry"][0]["changes"][0]

    assert one([{"object": "instagram", "entry": [{"id": "9", "time": STAMP, **change}]}]).external_id == "17"


def test_a_mention_on_instagram_is_a_notice_without_words():
    data = instagram("mentions", id=None, text=None, media_id="5", comment_id="17", **{"from": None})

    (notice,) = map_meta(data, NOON).notices

    assert (notice.item.external_id, notice.item.text) == ("17", NO_WORDS)
    assert notice.item.author_id == "mention-17"


def test_whoever_passes_a_mention_on_may_add_its_words():
    item = one(instagram("mentions", id=None, media_id="5", text="Look @nordlys", username="bo", **{"from": None}))

    assert (item.external_id, item.text, item.author_name) == ("5", "Look @nordlys", "bo")


def test_several_changes_of_several_entries_come_in_one_call():
    data = page()
    data["entry"][0]["changes"] *= 2
    data["entry"] *= 2

    assert [found.path for found in map_meta(data, NOON).found] == [
        "entry[0].changes[0]",
        "entry[0].changes[1]",
        "entry[1].changes[0]",
        "entry[1].changes[1]",
    ]


def test_unknown_kinds_are_ignored_by_name():
    data = instagram("story_insights")
    data["entry"].append({"id": "9", "messaging": [{"message": {"text": "Hi"}}]})

    assert map_meta(data, NOON) == Mapped(ignored=["story_insights", "messages"])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (5, "The call: an object is expected."),
        ({}, "The call: this is neither a webhook of Meta nor an answer of its API."),
        ({"object": "page", "entry": [5]}, "entry[0]: an object is expected."),
        (
            {"object": "page", "entry": [{"changes": [{"field": "feed", "value": 5}]}]},
            "entry[0].changes[0].value: an object is expected.",
        ),
        (page(created_time="soon"), "entry[0].changes[0].created_time: “soon” is not a time in ISO 8601."),
        ({"data": [{"message": "No id."}]}, "data[0].id: it is missing; ask the API for the field “id”."),
    ],
)
def test_what_cannot_be_read_is_named_by_its_place(data, reason):
    assert [str(rejected.reason) for rejected in map_meta(data, NOON).rejected] == [reason]


COMMENT = {
    "id": "1_2",
    "message": "Nice.",
    "created_time": "2026-03-04T11:00:00+0000",
    "permalink_url": "https://f.example/1",
}


@pytest.mark.parametrize("data", [COMMENT, {"data": [COMMENT], "paging": {}}, {"1_2": COMMENT}])
def test_an_answer_of_the_api_can_be_passed_on(data):
    item = one(data)

    assert (item.external_id, item.text, item.published_at) == ("1_2", "Nice.", SAID_AT)
    assert item.url == "https://f.example/1"
