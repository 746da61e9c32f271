import gzip
import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listening.connectors.bluesky.answers import moment, parts, post_page
from listening.connectors.bluesky.reading import item_of, listed_at
from listening.heard import HeardPicture, Unusable, clean_item
from tests.listening.bluesky_service import NOON, US

NAMES = [
    "uri",
    "cid",
    "author",
    "did",
    "handle",
    "record",
    "text",
    "createdAt",
    "indexedAt",
    "langs",
    "reply",
    "parent",
]
NAMES += ["root", "embed", "$type", "images", "alt", "media", "external", "title", "labels", "reason"]
NAMES += ["image", "ref", "$link", "thumb"]
TEXTS = (
    st.sampled_from(["at://did:plc:a/app.bsky.feed.post/1", "did:plc:us", "2026-11-22T11:00:00Z", "en", ""]) | st.text()
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=8),
    max_leaves=40,
)


@given(post=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=10))
def test_no_post_breaks_the_reading(post):
    listed_at(post, NOON)
    with suppress(Unusable):
        clean_item(item_of(post, our_did=US, at=NOON), at=NOON)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-11-22T13:00:00.5+01:00", "2026-11-22T12:00:00.500000+00:00"),
        ("2026-11-22T12:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("", None),
        (7, None),
    ],
)
def test_moment_is_one_with_its_time_zone(told, expected):
    found = moment(told)

    assert (found and found.isoformat()) == expected


def picture(cid, alt):
    return {"alt": alt, "image": {"$type": "blob", "ref": {"$link": cid}, "mimeType": "image/jpeg"}}


def pictures_of(embed, view=None, did="did:plc:anna"):
    post = {"uri": "at://x", "author": {"did": did}, "record": {"text": "Look", "embed": embed}, "embed": view}
    return clean_item(item_of(post, our_did=US, at=NOON), at=NOON).pictures


IMAGES = {"$type": "app.bsky.embed.images", "images": [picture("bafkreia", "A map"), picture("bafkreib", "")]}
VIEWS = [{"thumb": "https://cdn.example/a"}, {"thumb": "https://cdn.example/b"}]
CDN = "https://cdn.bsky.app/img/feed_thumbnail/plain/did:plc:anna"
PUBLIC = (HeardPicture(f"{CDN}/bafkreia@jpeg", "A map"), HeardPicture(f"{CDN}/bafkreib@jpeg"))
VIEWED = (HeardPicture("https://cdn.example/a", "A map"), HeardPicture("https://cdn.example/b"))


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ({"$type": "app.bsky.embed.images#view", "images": VIEWS}, VIEWED),
        (None, PUBLIC),
        ({"images": VIEWS[:1]}, PUBLIC),
        ({"images": [None, VIEWS[1]]}, (PUBLIC[0], VIEWED[1])),
        ({"images": [{"thumb": ["x"]}, {"thumb": "javascript:x"}]}, PUBLIC),
    ],
)
def test_pictures_have_the_address_of_the_view_or_the_public_one(view, expected):
    assert pictures_of(IMAGES, view) == expected


def test_pictures_beside_a_quoted_post_are_read():
    embed = {"$type": "app.bsky.embed.recordWithMedia", "media": IMAGES, "record": {"record": {"uri": "at://y"}}}

    assert pictures_of(embed) == PUBLIC
    assert pictures_of(embed, {"media": {"images": VIEWS}}) == VIEWED


@pytest.mark.parametrize("alt", [None, 7, ["A"], {"a": 1}])
def test_description_that_is_no_text_is_none(alt):
    assert pictures_of({"images": [picture("bafkreia", alt)]}) == (HeardPicture(f"{CDN}/bafkreia@jpeg"),)


@pytest.mark.parametrize(
    "images",
    [None, "x", 3, {}, [None, 3, "x", {}], [picture("../x", "")], [picture(["b"], "")], [{"image": {"ref": "b"}}]],
)
def test_malformed_pictures_are_none(images):
    assert pictures_of({"$type": "app.bsky.embed.images", "images": images}) == ()


def test_picture_of_nobody_has_no_address():
    assert pictures_of(IMAGES, did="did:plc:../x") == ()


@pytest.mark.parametrize("uri", ["", "at://", "at://did:plc:a", "at://did:plc:a/app.bsky.feed.like/1", "https://a/b/c"])
def test_what_is_no_post_has_no_page(uri):
    assert post_page(uri) == ""


@pytest.mark.realdata
@pytest.mark.skipif("SOCIALHUB_REALDATA" not in os.environ, reason="SOCIALHUB_REALDATA names no folder of real data")
def test_posts_recorded_on_bsky_social_are_read():
    items = []
    with gzip.open(Path(os.environ["SOCIALHUB_REALDATA"]) / "api_bluesky.ndjson.gz", "rt", encoding="utf-8") as file:
        for line in file:
            answer = json.loads(line).get("json") or {}
            posts = parts(answer, "posts") + [entry["post"] for entry in parts(answer, "feed") if "post" in entry]
            items += [clean_item(item_of(post, our_did=US, at=NOON), at=NOON) for post in posts]

    assert len(items) == 406
    assert [item for item in items if not item.url.startswith("https://bsky.app/profile/did:")] == []
    assert [item for item in items if not item.author_handle or not item.raw["cid"]] == []
