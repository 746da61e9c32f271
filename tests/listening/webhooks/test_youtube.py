from datetime import UTC, datetime

import pytest

from listening.webhooks.mapped import Mapped
from listening.webhooks.youtube import map_youtube
from tests.factories.teams import NOON


def comment(comment_id="Ugx1", **snippet):
    told = {
        "authorDisplayName": "@anna",
        "authorChannelUrl": "http://www.youtube.com/@anna",
        "authorChannelId": {"value": "UC700"},
        "textDisplay": 'See <a href="https://n.example">n.example</a><br>3 &lt; 4',
        "publishedAt": "2026-03-04T11:00:00Z",
        **snippet,
    }
    return {"kind": "youtube#comment", "id": comment_id, "snippet": told}


def thread(**more):
    return {
        "kind": "youtube#commentThread",
        "id": "Ugx1",
        "snippet": {"videoId": "vid", "topLevelComment": comment(videoId="vid")},
        **more,
    }


def items(data):
    return [found.item for found in map_youtube(data, NOON).found]


def test_a_thread_is_its_comment():
    (item,) = items({"kind": "youtube#commentThreadListResponse", "items": [thread()]})

    assert (item.external_id, item.text) == ("Ugx1", "See n.example\n3 < 4")
    assert item.published_at == datetime(2026, 3, 4, 11, tzinfo=UTC)
    assert (item.author_id, item.author_name, item.author_handle) == ("UC700", "@anna", "@anna")
    assert item.author_url == "http://www.youtube.com/@anna"
    assert (item.url, item.in_reply_to) == ("https://www.youtube.com/watch?v=vid&lc=Ugx1", "")


def test_the_text_as_it_was_typed_is_preferred():
    assert items(comment(textOriginal="3 < 4 <br>"))[0].text == "3 < 4 <br>"


def test_answers_come_with_their_thread():
    answered = thread(replies={"comments": [comment("Ugx1.2", parentId="Ugx1")]})

    assert [(item.external_id, item.in_reply_to, item.url) for item in items(answered)] == [
        ("Ugx1", "", "https://www.youtube.com/watch?v=vid&lc=Ugx1"),
        ("Ugx1.2", "Ugx1", "https://www.youtube.com/watch?v=vid&lc=Ugx1.2"),
    ]


@pytest.mark.parametrize("data", [comment(), [comment()], {"items": [comment()]}])
def test_comments_come_alone_or_in_lists(data):
    assert [item.external_id for item in items(data)] == ["Ugx1"]


def test_an_author_without_a_channel_is_known_by_name():
    assert items(comment(authorChannelId=None))[0].author_id == "@anna"


def test_other_answers_are_ignored_by_name():
    assert map_youtube({"items": [{"kind": "youtube#video"}]}, NOON) == Mapped(ignored=["youtube#video"])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (5, "The call: an object is expected."),
        ([5], "[0]: an object is expected."),
        ({}, "kind: it is missing, so this is no answer of YouTube’s API."),
        (thread(snippet={}), "snippet.topLevelComment: an object is expected."),
        ([comment(publishedAt="soon")], "[0].snippet.publishedAt: “soon” is not a time in ISO 8601."),
    ],
)
def test_what_cannot_be_read_is_named_by_its_place(data, reason):
    assert [str(rejected.reason) for rejected in map_youtube(data, NOON).rejected] == [reason]
