from datetime import UTC, datetime

import pytest

from listening.webhooks.mapped import Mapped
from listening.webhooks.x import map_x
from tests.factories.teams import NOON

SAID_AT = datetime(2026, 3, 4, 11, tzinfo=UTC)
ANNA = {"id": 700, "id_str": "700", "name": "Anna &amp; Bo", "screen_name": "anna", "followers_count": 120}


def old_post(**change):
    return {
        "created_at": "Wed Mar 04 11:00:00 +0000 2026",
        "id": 1547321584842571778,
        "id_str": "1547321584842571778",
        "text": "@nordlys heat &amp; light are out",
        "in_reply_to_status_id_str": None,
        "user": ANNA,
        "lang": "en",
        **change,
    }


def activity(*posts):
    return {"for_user_id": "9", "tweet_create_events": list(posts)}


def one(data):
    (found,) = map_x(data, NOON).found
    return found.item


def test_a_post_that_names_us_is_a_mention():
    item = one(activity(old_post()))

    assert (item.external_id, item.published_at) == ("1547321584842571778", SAID_AT)
    assert (item.text, item.language) == ("@nordlys heat & light are out", "en")
    assert (item.author_id, item.author_name, item.author_handle) == ("700", "Anna & Bo", "@anna")
    assert (item.author_url, item.author_reach) == ("https://x.com/anna", 120)
    assert (item.url, item.is_ours) == ("https://x.com/anna/status/1547321584842571778", False)


def test_an_answer_names_what_it_answers():
    assert one(activity(old_post(in_reply_to_status_id_str="15"))).in_reply_to == "15"


def test_what_the_account_itself_posts_is_ours():
    assert one(activity(old_post(user={"id_str": "9", "screen_name": "nordlys"}))).is_ours is True


def test_a_long_text_is_read_whole():
    assert one(activity(old_post(extended_tweet={"full_text": "All of it"}))).text == "All of it"
    assert one(activity(old_post(full_text="Most of it"))).text == "Most of it"


def test_a_retweet_says_what_it_repeats():
    item = one(activity(old_post(text="RT @bo: Out…", retweeted_status=old_post(id_str="14", text="Out of heat."))))

    assert (item.external_id, item.text, item.repeats) == ("1547321584842571778", "Out of heat.", "14")


@pytest.mark.parametrize(("code", "language"), [("in", "id"), ("iw", "he"), ("zxx", ""), ("qme", ""), ("de", "de")])
def test_xs_own_codes_of_languages_are_translated(code, language):
    assert one(activity(old_post(lang=code))).language == language


def test_a_deleted_post_is_gone():
    data = {
        "for_user_id": "9",
        "tweet_delete_events": [{"status": {"id": "601", "user_id": "700"}, "timestamp_ms": "1"}],
    }

    assert map_x(data, NOON) == Mapped(gone=["601"])


def test_a_deletion_without_an_id_is_set_aside():
    mapped = map_x({"tweet_delete_events": [{"status": {}}, 5]}, NOON)

    assert [str(rejected.reason) for rejected in mapped.rejected] == [
        "tweet_delete_events[0].id: it is missing, so nobody knows what was deleted.",
        "tweet_delete_events[1].id: it is missing, so nobody knows what was deleted.",
    ]


def test_other_events_are_ignored_by_name():
    data = {"for_user_id": "9", "favorite_events": [{}], "user_event": {}, "users": {}}

    assert map_x(data, NOON) == Mapped(ignored=["favorite_events", "user_event"])


NEW_POST = {
    "id": "2080",
    "text": "@nordlys heat &amp; light",
    "author_id": "700",
    "created_at": "2026-03-04T11:00:00.000Z",
    "lang": "en",
    "referenced_tweets": [{"type": "quoted", "id": "1"}, {"type": "replied_to", "id": "2079"}],
}
USERS = {"users": [{"id": "700", "name": "Anna", "username": "anna", "public_metrics": {"followers_count": 120}}]}


def new_activity(kind, payload, user_id="9"):
    return {"data": {"event_uuid": "1", "filter": {"user_id": user_id}, "event_type": kind, "payload": payload,
                     "includes": USERS}}  # fmt: skip


def test_the_activity_api_speaks_in_its_own_form():
    item = one(new_activity("post.mention.create", NEW_POST))

    assert (item.external_id, item.text, item.published_at) == ("2080", "@nordlys heat & light", SAID_AT)
    assert (item.author_id, item.author_handle, item.author_reach) == ("700", "@anna", 120)
    assert (item.in_reply_to, item.repeats, item.is_ours) == ("2079", "", False)
    assert item.url == "https://x.com/anna/status/2080"


def test_a_post_of_the_account_that_is_watched_is_ours():
    assert one(new_activity("post.create", NEW_POST, user_id="700")).is_ours is True


def test_a_deletion_and_a_like_of_the_activity_api():
    assert map_x(new_activity("post.delete", {"id": "2080"}), NOON) == Mapped(gone=["2080"])
    assert map_x(new_activity("like.create", {"id": "2080"}), NOON) == Mapped(ignored=["like.create"])


def test_an_answer_of_the_api_can_be_passed_on():
    mapped = map_x({"data": [NEW_POST, {**NEW_POST, "id": "2081"}], "includes": USERS, "meta": {}}, NOON)

    assert [found.item.external_id for found in mapped.found] == ["2080", "2081"]


def test_a_long_post_is_read_whole():
    assert one({"data": {**NEW_POST, "note_tweet": {"text": "All of it"}}}).text == "All of it"


@pytest.mark.parametrize("data", [[old_post()], {"statuses": [old_post()], "search_metadata": {}}])
def test_a_list_of_the_old_form_can_be_passed_on(data):
    assert one(data).external_id == "1547321584842571778"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (5, "The call holds neither an object nor a list."),
        ([5], "[0]: an object is expected."),
        (activity(old_post(created_at="soon")), "tweet_create_events[0].created_at: “soon” is not a time in ISO 8601."),
        ({"data": [{**NEW_POST, "created_at": []}]}, "data.created_at: a time is expected."),
    ],
)
def test_what_cannot_be_read_is_named_by_its_place(data, reason):
    assert [str(rejected.reason) for rejected in map_x(data, NOON).rejected] == [reason]
