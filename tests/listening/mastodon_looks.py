"""Looks at a Mastodon server as whoever calls a connector makes them."""

import json
from datetime import UTC, datetime

from listening.connectors.base import FetchResult
from listening.connectors.mastodon.connector import MastodonConnector
from listening.heard import HeardItem
from tests.listening.mastodon_server import TOKEN, MastodonServer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
connector = MastodonConnector()


def channel(far: MastodonServer, **more: object) -> dict[str, object]:
    return {"server": far.address, "token": TOKEN, **more}


def look(far: MastodonServer, cursor: dict, at: datetime = NOON, **more: object) -> FetchResult:
    # As the database keeps it.
    return connector.fetch(channel(far, **more), json.loads(json.dumps(cursor)), at=at)


def hear(far: MastodonServer, cursor: dict, at: datetime = NOON, **more: object) -> tuple[list[HeardItem], dict]:
    """Look until there is no more, as whoever calls a connector does."""
    items: list[HeardItem] = []
    for _page in range(50):
        result = look(far, cursor, at, **more)
        items += result.items
        cursor = result.cursor
        if not result.has_more:
            return items, cursor
    raise AssertionError("it never ends")


def texts(items: list[HeardItem]) -> list[str]:
    return [item.text for item in items]


def search(*terms: str, no_terms: tuple[str, ...] = ()) -> dict[str, object]:
    return {"stream": 1, "any_terms": list(terms), "all_terms": [], "no_terms": list(no_terms), "languages": []}
