"""The mappings on answers that were recorded from the networks themselves."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from listening.heard import clean_item
from listening.webhooks.mapping import map_call
from tests.factories.teams import NOON

pytestmark = pytest.mark.realdata

FOLDER = os.environ.get("SOCIALHUB_REALDATA", "")


@pytest.fixture(autouse=True)
def _folder() -> None:
    if not FOLDER:
        pytest.skip("SOCIALHUB_REALDATA does not name the folder of recordings")


def recorded(name: str, *parts: str) -> Iterator[tuple[str, Any]]:
    with gzip.open(Path(FOLDER) / f"{name}.ndjson.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if "json" in row and any(part in f"{row['name']} {row.get('url', '')}" for part in parts):
                yield row["name"], row["json"]


def mapped(mapping, data):
    result = map_call(mapping, json.dumps(data).encode(), at=NOON.replace(year=2027))
    return result, [clean_item(found.item, at=NOON.replace(year=2027)) for found in result.found]


def test_every_recorded_comment_of_youtube_is_read():
    count = 0
    for _name, data in recorded("api_youtube", "comment_threads/", "comments/"):
        result, items = mapped("youtube", data)
        assert (result.rejected, result.ignored) == ([], [])
        assert all(item.author_id and item.published_at < NOON for item in items)
        count += len(items)

    assert count >= 15


def test_every_recorded_comment_of_facebook_and_instagram_that_has_an_id_is_read():
    counts = {"facebook": 0, "instagram": 0}
    for name, data in recorded("api_facebook_instagram", "comment"):
        result, items = mapped("meta", data)
        without_id = [row for row in data.get("data", []) if "id" not in row]
        assert len(result.rejected) == len(without_id)
        assert all(item.published_at < NOON for item in items)
        counts["instagram" if name.startswith("testdata/instagram") else "facebook"] += len(items)

    assert counts["facebook"] >= 2
    assert counts["instagram"] >= 5


@pytest.mark.parametrize("wrapped", [False, True])
def test_every_recorded_post_of_x_in_the_old_form_is_read(wrapped):
    count = 0
    for _name, data in recorded("api_x_v1", "statuses/lookup", "mentions_timeline", "search/tweets", "lists/statuses"):
        posts = data["statuses"] if isinstance(data, dict) and "statuses" in data else data
        if not isinstance(posts, list):
            continue
        result, items = mapped("x", {"for_user_id": "1", "tweet_create_events": posts} if wrapped else data)
        assert result.rejected == []
        assert all(item.author_handle and item.url.endswith(item.external_id) for item in items)
        assert [item.external_id for item in items] == [post["id_str"] for post in posts]
        count += len(items)

    assert count >= 500


def test_every_recorded_post_of_x_in_the_new_form_is_read():
    count = 0
    for _name, data in recorded("api_x_v2", "tweets?", "timeline_", "search_tweets", "tweets_resp", "tweets/search"):
        if not isinstance(data.get("data"), list):
            continue
        result, items = mapped("x", data)
        assert result.rejected == []
        assert [item.external_id for item in items] == [post["id"] for post in data["data"]]
        count += len(items)

    assert count >= 50
