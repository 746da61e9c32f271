"""Speak on a Bluesky network as its other people do, and hear what our connector hears of it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from listening.connectors.base import FetchResult, OutgoingReply
from listening.connectors.bluesky.connector import BlueskyConnector
from listening.heard import HeardItem
from tests.servers.bluesky import PASSWORD, Account

if TYPE_CHECKING:
    from atproto import Client

# The AppView hears of a post from the PDS, which takes it a moment.
SOON = 20.0
CONNECTOR = BlueskyConnector()


def now() -> datetime:
    return datetime.now(UTC)


def signed_in(account: Account) -> "Client":
    """Return a client of another make than ours; it is large, so that it is loaded only when the network runs."""
    from atproto import Client

    client = Client(f"{account.url}/xrpc")
    client.login(account.handle, PASSWORD, fetch_bsky_profile=False)
    return client


def say(client: "Client", text: str, to: Account | None = None, **more: object) -> str:
    """Post as somebody, to somebody; return the address of the post."""
    from atproto import client_utils

    words = client_utils.TextBuilder()
    if to is not None:
        words.mention(f"@{to.handle}", to.did).text(" ")
    words.text(text)
    return client.send_post(words, profile_identify=client._session.did, langs=["en"], **more).uri


def say_back(client: "Client", text: str, *, root: dict[str, str], parent: dict[str, str]) -> str:
    """Answer a post in its thread."""
    from atproto import models

    strong = models.ComAtprotoRepoStrongRef.Main
    return say(client, text, reply_to=models.AppBskyFeedPost.ReplyRef(root=strong(**root), parent=strong(**parent)))


def quote(client: "Client", text: str, quoted: dict[str, str]) -> str:
    """Post something that quotes another post."""
    from atproto import models

    record = models.ComAtprotoRepoStrongRef.Main(**quoted)
    return say(client, text, embed=models.AppBskyEmbedRecord.Main(record=record))


def record_key(uri: str) -> str:
    return uri.rsplit("/", 1)[1]


def until(find: Callable[[], Any], seconds: float = SOON) -> Any:
    """Ask until there is an answer."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"nothing after {seconds} s"
        time.sleep(0.05)
    return found


def look(
    settings: dict[str, object], cursor: dict[str, object] | None = None, at: datetime | None = None
) -> FetchResult:
    """Look until there is no more, and return all of it as one look."""
    items, gone, asked = [], [], at or now()
    while True:
        result = CONNECTOR.fetch(settings, cursor or {}, at=asked)
        items += result.items
        gone += result.gone
        cursor = result.cursor
        if not result.has_more:
            return FetchResult(items, [], cursor, gone=gone, is_complete=result.is_complete, budget=result.budget)


def heard(settings: dict[str, object], uri: str) -> HeardItem:
    """Return what is heard of a post, as soon as it is."""
    return until(lambda: next((item for item in look(settings).items if item.external_id == uri), None))


def answer_to(uri: str, text: str = "We are on our way.", **more: object) -> OutgoingReply:
    return OutgoingReply(**({"key": uuid4(), "text": text, "in_reply_to": uri, "visibility": "public"} | more))
