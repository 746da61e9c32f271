"""Speak on a Bluesky network as its other people do, and hear what our connector hears of it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from atproto import Client, client_utils

from listening.connectors.base import FetchResult, OutgoingReply
from listening.connectors.bluesky.connector import BlueskyConnector
from listening.heard import HeardItem
from tests.servers.bluesky import Account

# The AppView hears of a post from the PDS, which takes it a moment.
SOON = 20.0
CONNECTOR = BlueskyConnector()


def now() -> datetime:
    return datetime.now(UTC)


def say(client: Client, text: str, to: Account | None = None, **more: object) -> str:
    """Post as somebody, to somebody; return the address of the post."""
    words = client_utils.TextBuilder()
    if to is not None:
        words.mention(f"@{to.handle}", to.did).text(" ")
    words.text(text)
    return client.send_post(words, profile_identify=client._session.did, langs=["en"], **more).uri


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
