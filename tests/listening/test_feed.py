import base64
import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from listening.connectors import feed, feed_parsing
from listening.connectors.base import AuthorisationFailure, PermanentFailure, RateLimited, Rejected, TemporaryFailure
from listening.heard import HeardItem, HeardPicture
from socialhub.lib.fetch import FetchedPage
from tests.listening.web_server import Answer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RSS = b"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Town Gazette</title><link>https://gazette.example/</link><language>en-gb</language>
<item><guid isPermaLink="false">g-1</guid><title>Trains &amp; delays</title>
<description>&lt;p&gt;Late &lt;b&gt;again&lt;/b&gt;.&lt;/p&gt;
&lt;script&gt;alert(1)&lt;/script&gt;&lt;p&gt;Sorry.&lt;/p&gt;</description>
<link>https://gazette.example/1</link><author>ada@example.com (Ada)</author>
<pubDate>Sat, 21 Nov 2026 08:30:00 GMT</pubDate></item>
<item><title>Second</title><link>https://gazette.example/2?utm_source=rss&amp;page=3&amp;UTM_medium=x</link></item>
<item><title>Third</title><pubDate>Mon, 01 Jan 2125 00:00:00 GMT</pubDate></item>
<item><guid isPermaLink="true">g-1</guid><title>Told twice</title></item>
<item><guid isPermaLink="false">g-5</guid></item>
</channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Blog</title><entry><id>tag:a,1</id>
<title>Eins</title><content type="html">&lt;p&gt;Ganz gut.&lt;/p&gt;</content>
<updated>2026-11-20T10:00:00+02:00</updated>
<author><name>Bea</name><uri>https://blog.example/bea</uri></author><link href="/eins"/></entry></feed>"""
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Notes",
        "items": [
            {
                "id": 7,
                "url": "https://notes.example/7",
                "content_html": "<p>One</p><p>Two</p>",
                "date_published": "2026-11-21T00:00:00Z",
                "authors": [{"name": "Cy", "url": "https://notes.example/cy"}],
            }
        ],
    }
).encode()


def parsed(body: bytes, location: str = "https://gazette.example/feed") -> dict:
    return feed.parse_feed(FetchedPage(200, {"content-type": "application/xml"}, body, location))


def heard(body: bytes) -> tuple[list[HeardItem], list[Rejected]]:
    return feed.heard_entries(parsed(body), feed_url="https://gazette.example/feed", at=NOON)


@pytest.fixture
def allowed(web, settings):
    settings.ALLOWED_INTERNAL_HOSTS = [web.host]
    return web


def test_feed_entry_becomes_a_heard_item():
    items, _rejected = heard(RSS)

    assert items[0] == HeardItem(
        external_id="g-1",
        text="Trains & delays\n\nLate again.\nSorry.",
        title="Trains & delays",
        published_at=datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
        author_id="Ada",
        author_name="Ada",
        url="https://gazette.example/1",
        language="en",
        raw={"id": "g-1", "link": "https://gazette.example/1", "published": "Sat, 21 Nov 2026 08:30:00 GMT"},
    )


def test_feed_entries_are_told_apart_by_id_then_link_then_title_and_date():
    items, rejected = heard(RSS)

    assert [item.external_id for item in items] == [
        "g-1",
        "https://gazette.example/2?page=3",
        "sha256:8b57c08fc19aeb80df71796435c78ebc3d7125f94d1ba98ad2166b48a541d1c5",
    ]
    assert [(one.raw_excerpt, str(one.reason)) for one in rejected] == [("g-5", "It has neither text nor a title.")]


def test_feed_entry_without_a_usable_date_has_the_time_it_was_first_seen():
    items, _rejected = heard(RSS)

    assert [item.published_at for item in items[1:]] == [NOON, NOON]


def test_feed_entry_without_an_author_is_by_the_feed():
    items, _rejected = heard(RSS)

    assert (items[1].author_id, items[1].author_name) == ("Town Gazette", "Town Gazette")


def test_atom_entry_becomes_a_heard_item():
    items, rejected = heard(ATOM)

    assert rejected == []
    assert items == [
        HeardItem(
            external_id="tag:a,1",
            text="Eins\n\nGanz gut.",
            title="Eins",
            published_at=datetime(2026, 11, 20, 8, tzinfo=UTC),
            author_id="Bea",
            author_name="Bea",
            author_url="https://blog.example/bea",
            url="https://gazette.example/eins",
            language="de",
            raw={
                "id": "tag:a,1",
                "link": "https://gazette.example/eins",
                "published": "2026-11-20T10:00:00+02:00",
                "updated": "2026-11-20T10:00:00+02:00",
            },
        )
    ]


def test_json_feed_item_becomes_a_heard_item():
    items, rejected = heard(JSON_FEED)

    assert rejected == []
    assert [(item.external_id, item.text, item.author_name, item.published_at) for item in items] == [
        ("7", "One\nTwo", "Cy", datetime(2026, 11, 21, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    ("told", "pictures"),
    [
        (
            '<m:content url="/a.png" medium="image"/><m:content url="/b.mp4" type="video/mp4" medium="image"/>'
            '<m:thumbnail url="/small.png"/><enclosure url="https://a.example/c" type="image/jpeg" length="1"/>'
            '<enclosure url="https://a.example/d.mp3" type="audio/mpeg" length="1"/>',
            (HeardPicture("https://gazette.example/a.png"), HeardPicture("https://a.example/c")),
        ),
        (
            '<m:content url="/b.mp4" type="video/mp4"/><m:thumbnail url="https://a.example/small.png" width="?"/>',
            (HeardPicture("https://a.example/small.png"),),
        ),
        (
            '<m:content url="/a?w=140" type="image/jpeg" width="140"/><m:content url="/a?w=700" type="image/jpeg" '
            'width="700"/><m:content url="/a?w=460" type="image/jpeg" width="460"/>',
            (HeardPicture("https://gazette.example/a?w=700"),),
        ),
        (
            '<a:link rel="enclosure" type="image/png" href="https://a.example/e" title=" A map "/>',
            (HeardPicture("https://a.example/e", "A map"),),
        ),
        ('<m:content/><m:thumbnail/><enclosure type="image/png"/><m:content url="javascript:x" medium="image"/>', ()),
        ("<links>x</links><media_content>x</media_content><media_thumbnail/>", ()),
    ],
)
def test_feed_entry_has_the_pictures_that_are_beside_it(told, pictures):
    body = (
        '<rss version="2.0" xmlns:m="http://search.yahoo.com/mrss/" xmlns:a="http://www.w3.org/2005/Atom"><channel>'
        f"<item><guid>1</guid><title>One</title>{told}</item></channel></rss>"
    )

    items, rejected = heard(body.encode())

    assert (items[0].pictures, rejected) == (pictures, [])


def test_json_feed_item_has_the_pictures_that_are_beside_it():
    item = {
        "id": "1",
        "title": "One",
        "image": "https://a.example/1",
        "attachments": [
            {"url": "https://a.example/2", "mime_type": "image/png", "title": "A map"},
            {"url": "https://a.example/3", "mime_type": "image/png", "title": ["A"]},
            {"url": "https://a.example/4", "mime_type": "audio/mpeg"},
            {"url": 5, "mime_type": "image/png"},
            6,
        ],
    }

    items, _rejected = heard(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [item]}).encode())

    assert items[0].pictures == (
        HeardPicture("https://a.example/1"),
        HeardPicture("https://a.example/2", "A map"),
        HeardPicture("https://a.example/3"),
    )


def test_feed_in_utf16_without_a_mark_is_read():
    body = RSS.decode().split("?>", 1)[1].strip().encode("utf-16-le")

    assert heard(body)[0][0].external_id == "g-1"


def test_broken_feed_gives_what_can_be_read():
    items, _rejected = heard(b"<rss><channel><item><guid>a</guid><title>R & D</title><b></item>")

    assert [(item.external_id, item.title) for item in items] == [("a", "R & D")]


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"<html><body>Moved</body></html>", b'{"a": 1}', b"{", b"\x00\x01\x02"]
)
def test_what_is_not_a_feed_is_asked_for_again_later(body):
    with pytest.raises(TemporaryFailure) as refusal:
        parsed(body)

    assert (str(refusal.value), refusal.value.retry_after) == ("What the address answers is not a feed.", 3600)


def test_bytes_that_name_a_file_are_not_opened(tmp_path):
    path = tmp_path / "secret.xml"
    path.write_bytes(RSS)

    with pytest.raises(TemporaryFailure):
        parsed(str(path).encode())


def test_external_entities_are_not_followed(tmp_path):
    path = tmp_path / "secret"
    path.write_text("secret")
    entity = f'<!ENTITY x SYSTEM "file://{path}">'
    body = f"<!DOCTYPE r [{entity}]><rss><channel><item><guid>a</guid><title>T &x;</title></item>"

    items, _rejected = heard(body.encode())

    assert "secret" not in items[0].text


def test_feed_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(feed, "PARSE_SECONDS", 0.5)

    with pytest.raises(TemporaryFailure) as refusal:
        parsed(b"<rss><channel><item>" + b"<a>" * 200_000)

    assert str(refusal.value) == "Reading this feed takes too long, so it was given up."


def test_connector_fetches_and_then_hears_that_nothing_changed(allowed):
    connector = feed.FeedConnector()
    allowed.answers["/feed"] = Answer(headers={"ETag": 'W/"1"', "Content-Type": "application/rss+xml"}, body=RSS)
    settings = {"url": allowed.url("/feed")}

    first = connector.fetch(settings, {}, at=NOON)
    second = connector.fetch(settings, first.cursor, at=NOON)

    assert len(first.items) == 3
    assert first.cursor == {"url": allowed.url("/feed"), "etag": 'W/"1"', "modified": "", "moved_to": ""}
    assert (second.items, second.is_unchanged, second.cursor) == ([], True, first.cursor)
    assert connector.check(settings) == "The feed “Town Gazette” can be read and has 5 entries."


def test_connector_forgets_what_it_knew_about_another_address(allowed):
    allowed.answers["/feed"] = Answer(headers={"ETag": '"1"'}, body=RSS)
    cursor = {"url": allowed.url("/other"), "etag": '"1"', "modified": "", "moved_to": allowed.url("/gone")}

    result = feed.FeedConnector().fetch({"url": allowed.url("/feed")}, cursor, at=NOON)

    assert result.is_unchanged is False
    assert [path for path, _headers in allowed.asked] == ["/feed"]


def test_connector_goes_where_the_feed_moved_and_back_when_that_is_gone(allowed):
    connector = feed.FeedConnector()
    settings = {"url": allowed.url("/old")}
    allowed.answers["/old"] = Answer(301, {"Location": "/new"})
    allowed.answers["/new"] = Answer(body=RSS)

    cursor = connector.fetch(settings, {}, at=NOON).cursor
    allowed.asked.clear()
    connector.fetch(settings, cursor, at=NOON)

    assert cursor["moved_to"] == allowed.url("/new")
    assert [path for path, _headers in allowed.asked] == ["/new"]

    allowed.answers["/new"] = Answer(404)
    allowed.answers["/old"] = Answer(body=RSS)

    assert connector.fetch(settings, cursor, at=NOON).cursor["moved_to"] == ""


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (401, AuthorisationFailure),
        (403, AuthorisationFailure),
        (404, PermanentFailure),
        (410, PermanentFailure),
        (429, RateLimited),
        (503, TemporaryFailure),
    ],
)
def test_connector_says_whether_asking_again_helps(allowed, status, failure):
    allowed.answers["/feed"] = Answer(status, {"Retry-After": "60"})

    with pytest.raises(failure) as refusal:
        feed.FeedConnector().fetch({"url": allowed.url("/feed")}, {}, at=NOON)

    assert type(refusal.value) is failure
    assert getattr(refusal.value, "retry_after", 60) == 60


def test_connector_does_not_look_inside_the_network(web, settings):
    settings.ALLOWED_INTERNAL_HOSTS = []

    with pytest.raises(PermanentFailure) as refusal:
        feed.FeedConnector().fetch({"url": web.url("/feed")}, {}, at=NOON)

    assert str(refusal.value) == "127.0.0.1 leads to an address inside the network, which is not read."
    assert web.asked == []


def test_connector_without_an_address_says_so():
    with pytest.raises(PermanentFailure) as refusal:
        feed.FeedConnector().fetch({}, {}, at=NOON)

    assert str(refusal.value) == "The channel has no address of a feed."


@pytest.mark.realdata
@pytest.mark.skipif("SOCIALHUB_REALDATA" not in os.environ, reason="SOCIALHUB_REALDATA names no folder of real data")
@pytest.mark.parametrize(
    ("name", "feed_count", "item_count"), [("feeds_realworld", 66, 1201), ("feeds_conformance", 1800, 639)]
)
def test_real_feeds_are_read(name, feed_count, item_count):
    feeds = 0
    items = []
    with gzip.open(Path(os.environ["SOCIALHUB_REALDATA"]) / f"{name}.ndjson.gz", "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            body = row["text"].encode() if row.get("text") else base64.b64decode(row.get("base64") or "")
            # In this process: two thousand children would take ten minutes.
            found = feed_parsing.parse(body, content_type="", location="https://feed.example/")
            feeds += bool(found["version"])
            items += feed.heard_entries(json.loads(json.dumps(found)), feed_url="https://feed.example/", at=NOON)[0]

    assert (feeds, len(items)) == (feed_count, item_count)
    assert [item for item in items if "<script" in item.text.lower()] == []


def test_an_entry_over_which_the_parser_breaks_costs_none_of_the_others():
    body = (
        b"<rss version='2.0'><channel><title>News</title><item><guid>1</guid><title>One</title></item>"
        b"<item><guid>2</guid><title>Two &#x110000;</title></item><item><guid>3</guid><title>Three</title></item>"
        b"</channel></rss>"
    )
    broken = body.replace(b"<rss version", b"<!DOCTYPE x []><rss version")

    found = feed_parsing.parse(broken + b"<", content_type="", location="https://feed.example/")

    assert (found["title"], found["version"]) == ("News", "rss20")
    assert [entry["id"] for entry in found["entries"]] == ["1", "3"]


@pytest.mark.parametrize(
    "element", ["<links>x</links>", "<author_detail>x</author_detail>", "<published_parsed a='b'/>", "<authors/>"]
)
def test_an_element_called_as_the_parser_calls_its_own_costs_nothing(element):
    item = "<title>One</title><link>https://a.example/1</link><author>Anna</author><pubDate>1 Sep 2021</pubDate>"
    body = f"<rss version='2.0'><channel>{element}<item>{element}{item}{element}</item></channel></rss>"

    items, rejected = heard(body.encode())

    assert [(each.text, each.url, each.author_name) for each in items] == [("One", "https://a.example/1", "Anna")]
    assert rejected == []
