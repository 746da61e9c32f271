import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listening.connectors import feed
from listening.websub.offers import Offer, read_offer
from socialhub.lib.fetch import FetchedPage
from tests.factories.teams import NOON
from tests.listening.web_server import Answer

BASE = "https://news.example/feeds/all"
HUB = "https://hub.example/"
OFFER = Offer(HUB, BASE)
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><link rel="self" href="{BASE}"/>
<link rel="hub" href="{HUB}"/><entry><id>1</id><title>One</title><link rel="hub" href="https://entry.example/"/>
</entry></feed>"""
RSS = f"""<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>News</title>
<a:link rel="hub" href="{HUB}"/><a:link rel="self" href="/feeds/all"/>
<item><guid>1</guid><title>One</title></item></channel></rss>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "News",
        "feed_url": BASE,
        "hubs": [{"type": "rssCloud", "url": "https://cloud.example/"}, "x", {"type": "WebSub", "url": HUB}],
        "items": [],
    }
)


def offered(header: str = "", links: Any = ()) -> Offer | None:
    return read_offer(link_header=header, links=links, base=BASE)


@pytest.mark.parametrize(
    "header",
    [
        f'<{HUB}>; rel="hub", <{BASE}>; rel="self"',
        f"<{BASE}>;rel=self,<{HUB}>;rel=hub",
        f'<{HUB}> ; title="a, b" ; REL = "preconnect Hub" , </feeds/all>; rel=self; type="application/rss+xml"',
        f'<http://plain.example/>; rel=hub, <{HUB}>; rel=hub, <{BASE}>; rel=self, <{BASE}?other>; rel="self"',
        f'<{HUB}>; rel=hub, </x>; rel="self"; anchor="/x", <{BASE}>; rel=self',
    ],
)
def test_the_header_names_hub_and_topic(header):
    assert offered(header) == OFFER


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"<{HUB}>; rel=hub",
        f"<{BASE}>; rel=self",
        f"<{HUB}>; rel=hubs, <{BASE}>; rel=self",
        f'<ftp://hub.example>; rel=hub, <{BASE}>; rel="self"',
        f"<http://[hub>; rel=hub, <{BASE}>; rel=self",
        f"<https://hub.example/a b>; rel=hub, <{BASE}>; rel=self",
        f"<javascript:alert(1)>; rel=hub, <{BASE}>; rel=self",
        f"{HUB}; rel=hub, {BASE}; rel=self",
    ],
)
def test_half_an_offer_is_none(header):
    assert offered(header) is None


def test_the_header_goes_before_the_document():
    links = [("hub", "https://other.example/"), ("self", "https://other.example/feed")]

    assert offered(f"<{HUB}>; rel=hub, <{BASE}>; rel=self", links) == OFFER
    assert offered(f"<{HUB}>; rel=hub", links) == Offer(HUB, "https://other.example/feed")


@pytest.mark.parametrize("document", [ATOM, RSS, JSON])
def test_the_document_names_hub_and_topic(document):
    parsed = feed.parse_feed(FetchedPage(200, {"content-type": "text/xml"}, document.encode(), BASE))

    assert offered("", parsed["links"]) == OFFER


def test_the_connector_remembers_what_was_offered_for_as_long_as_it_is(web, settings):
    settings.ALLOWED_INTERNAL_HOSTS = [web.host]
    connector = feed.FeedConnector()
    told = {"url": web.url("/feed")}
    link = f'<{HUB}>; rel="hub", </feed>; rel="self"'
    silent = RSS.replace("a:link", "a:nothing").encode()
    web.answers["/feed"] = Answer(headers={"ETag": '"1"', "Link": link}, body=silent)

    first = connector.fetch(told, {}, at=NOON).cursor
    unchanged = connector.fetch(told, first, at=NOON).cursor
    web.answers["/feed"] = Answer(headers={"ETag": '"2"'}, body=silent)
    later = connector.fetch(told, first, at=NOON).cursor

    assert connector.hub_offer(told, first) == Offer(HUB, web.url("/feed"))
    assert connector.hub_offer(told, unchanged) == Offer(HUB, web.url("/feed"))
    assert connector.hub_offer({"url": "https://elsewhere.example/"}, first) is None
    assert connector.hub_offer(told, later) is None
    assert "hub" not in later


@settings(max_examples=300, deadline=None, database=None)
@given(
    header=st.text(alphabet='<>;,="/:relhubsf \t[]#?%é', max_size=80), links=st.lists(st.tuples(st.text(), st.text()))
)
def test_whatever_a_publisher_writes_is_an_offer_or_none(header, links):
    offer = offered(header, [*links, ("hub", HUB), ("self", header)])

    assert offer is None or all(address.lower().startswith(("http://", "https://")) for address in offer)
