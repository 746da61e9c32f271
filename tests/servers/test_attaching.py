"""Pictures and threads on a real fediverse server (snac2) and on the network of Bluesky's own packages."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from listening.connectors.attachments import OutgoingAttachment
from listening.connectors.base import OutgoingReply, SentReply
from listening.connectors.bluesky.connector import BlueskyConnector
from listening.connectors.mastodon.connector import MastodonConnector
from tests.servers.bluesky import Account, bluesky_network
from tests.servers.bluesky_speaking import now, say, signed_in, until
from tests.servers.snac import ADDRESS, HOST, snac
from tests.support.pictures import picture

pytestmark = pytest.mark.timeout(1800)


def a_map() -> OutgoingAttachment:
    content = picture(size=(320, 200))
    return OutgoingAttachment("map.jpg", "image/jpeg", len(content), "", "A map.", 320, 200, lambda: content)


@pytest.fixture(scope="module")
def fediverse() -> Iterator:
    with snac("acme", "bob") as running:
        yield running


@pytest.fixture(scope="module")
def bluesky() -> Iterator:
    with bluesky_network() as running:
        yield running


def below(sent: SentReply, text: str, raw: dict) -> OutgoingReply:
    return OutgoingReply(uuid4(), text, sent.external_id, "public", sent.raw, thread_raw=raw)


@pytest.mark.parametrize("visibility", ["public", "direct"])
def test_a_picture_and_a_thread_arrive_on_the_fediverse(fediverse, settings, visibility):
    settings.ALLOWED_INTERNAL_HOSTS = [HOST]
    us, bob = fediverse.accounts["acme"], fediverse.accounts["bob"]
    told = {"server": ADDRESS, "token": us.token}
    words = f"{visibility} where is it dark?"
    said = bob.post(f"{us.acct} {words}", visibility=visibility)
    heard = us.await_mention(words)
    raw = {"id": heard["id"], "acct": heard["account"]["acct"]}
    first = OutgoingReply(uuid4(), f"{visibility} first 1/2", said["uri"], "public", raw, (a_map(),))
    connector = MastodonConnector()

    sent = connector.send(told, first)
    again = connector.send(told, first)
    second = connector.send(told, below(sent, f"{visibility} second 2/2", raw))

    assert again.external_id == sent.external_id
    read = bob.await_mention(f"{visibility} first")
    (media,) = read["media_attachments"]
    assert (media["type"], media["description"]) == ("image", "A map.")
    assert httpx.get(media["url"], timeout=20).content == a_map().read()
    ours = us.call("GET", f"/api/v1/statuses/{second.raw['id']}")
    assert ours["in_reply_to_id"] == us.call("GET", f"/api/v1/statuses/{sent.raw['id']}")["id"]
    assert ours["media_attachments"] == []
    if visibility == "direct":
        assert bob.await_mention("direct second")["uri"] == second.external_id


def test_a_picture_and_a_thread_arrive_on_bluesky(bluesky, settings):
    settings.ALLOWED_INTERNAL_HOSTS = ["localhost"]
    us, other = bluesky.join("nordlys"), bluesky.join("anna")
    anna = signed_in(other)
    connector = BlueskyConnector()
    entered: dict[str, object] = {"handle": us.handle, "app_password": us.app_password(), "service": us.url}
    told = entered | dict(connector.renew(entered, at=now()))
    said = say(anna, "Where is it dark?")
    # Before readers are shown it, nobody can answer it.
    until(lambda: us.call("app.bsky.feed.getPosts", uris=[said])["posts"])
    first = OutgoingReply(uuid4(), "Here. 1/2", said, "public", attachments=(a_map(),))

    sent = connector.send(told, first)
    again = connector.send(told, first)
    second = connector.send(told, below(sent, "And here. 2/2", {}))

    assert again.external_id == sent.external_id
    answer = until(lambda: _answer_with_another(us, said))
    (image,) = answer["post"]["embed"]["images"]
    assert (answer["post"]["uri"], image["alt"]) == (sent.external_id, "A map.")
    assert image["aspectRatio"] == {"width": 320, "height": 200}
    (rest,) = answer["replies"]
    assert (rest["post"]["uri"], rest["post"]["record"]["text"]) == (second.external_id, "And here. 2/2")
    assert rest["post"]["record"]["reply"]["root"]["uri"] == said
    anna.request.close()


def _answer_with_another(us: Account, uri: str) -> Any:
    """Return our answer once readers are shown the one below it."""
    answers = us.thread(uri).get("replies") or []
    return next((answer for answer in answers if answer.get("replies")), None)
