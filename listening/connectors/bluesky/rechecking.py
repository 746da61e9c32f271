"""Look at what was heard last once more: nobody tells of an edit or a deletion."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC
from typing import NamedTuple

from listening.connectors.bluesky.answers import Answer, part, text
from listening.connectors.bluesky.xrpc import BadRequest, Service
from listening.heard import HeardItem

# How many are looked at again, and of how many a service tells at once.
RECHECKED = 50
PER_REQUEST = 25


class Recent(NamedTuple):
    """A post to be looked at again: in which version it was heard, and when it was written."""

    uri: str
    version: str
    written: str


def recheck(service: Service, recent: Sequence[Recent]) -> tuple[list[Answer], list[str]]:
    """Return the posts that say something else by now, and which were deleted."""
    edited, gone = [], []
    for begin in range(0, len(recent), PER_REQUEST):
        asked = recent[begin : begin + PER_REQUEST]
        posts, _next = service.list("app.bsky.feed.getPosts", "posts", uris=[post.uri for post in asked])
        found = {text(post, "uri"): post for post in posts}
        edited += [found[uri] for uri, version, _at in asked if uri in found and text(found[uri], "cid") != version]
        gone += [post.uri for post in asked if post.uri not in found and _is_deleted(service, post.uri)]
    return edited, gone


def recent_of(kept: object) -> list[Recent]:
    """Return the posts to be looked at again, as a cursor kept them."""
    rows = kept if isinstance(kept, list) else []
    return [
        Recent(*row)
        for row in rows
        if isinstance(row, list | tuple) and len(row) == 3 and all(isinstance(value, str) for value in row)
    ]


def still_recent(recent: Iterable[Recent], *, heard: Iterable[HeardItem], gone: Collection[str]) -> list[Recent]:
    """Return the posts to be looked at again from now on, the newest first."""
    known = {post.uri: post for post in recent if post.uri not in gone}
    for item in heard:
        if item.external_id and not item.is_ours:
            written = item.published_at.astimezone(UTC).isoformat()
            known[item.external_id] = Recent(item.external_id, text(item.raw, "cid"), written)
    return sorted(known.values(), key=lambda post: post.written, reverse=True)[:RECHECKED]


def _is_deleted(service: Service, uri: str) -> bool:
    """Tell a post that was deleted from one that is kept from us, by a block for example."""
    try:
        answer = service.get("app.bsky.feed.getPostThread", uri=uri, depth=0, parentHeight=0)
    except BadRequest as refusal:
        return refusal.code == "NotFound"
    return text(part(answer, "thread"), "$type").endswith("#notFoundPost")
