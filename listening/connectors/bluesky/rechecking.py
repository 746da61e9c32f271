"""Look at what was heard last once more: nobody tells of an edit or a deletion."""

from collections.abc import Collection, Iterable

from listening.connectors.bluesky.answers import Answer, part, parts, text
from listening.connectors.bluesky.xrpc import BadRequest, Service
from listening.heard import HeardItem

# How many are looked at again, and of how many a service tells at once.
RECHECKED = 50
PER_REQUEST = 25


def recheck(service: Service, recent: dict[str, str]) -> tuple[list[Answer], list[str]]:
    """Return the posts that say something else by now, and which were deleted; ``recent`` maps posts to versions."""
    edited, gone = [], []
    uris = list(recent)
    for begin in range(0, len(uris), PER_REQUEST):
        asked = uris[begin : begin + PER_REQUEST]
        found = {text(post, "uri"): post for post in parts(service.get("app.bsky.feed.getPosts", uris=asked), "posts")}
        edited += [found[uri] for uri in asked if uri in found and text(found[uri], "cid") != recent[uri]]
        gone += [uri for uri in asked if uri not in found and _is_deleted(service, uri)]
    return edited, gone


def recent_of(kept: object) -> dict[str, str]:
    """Return the posts to be looked at again, the newest first, with the versions in which they were heard."""
    pairs = kept if isinstance(kept, list) else []
    return {
        pair[0]: pair[1]
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(value, str) for value in pair)
    }


def still_recent(recent: dict[str, str], *, heard: Iterable[HeardItem], gone: Collection[str]) -> list[list[str]]:
    """Return the posts to be looked at again from now on, as a cursor keeps them."""
    versions = {
        item.external_id: text(item.raw, "cid")
        for item in sorted(heard, key=lambda item: item.published_at, reverse=True)
        if item.external_id and not item.is_ours
    }
    # One that was heard again keeps its place: that made it no newer.
    known = {uri: versions.pop(uri, version) for uri, version in recent.items() if uri not in gone}
    return [[uri, version] for uri, version in (versions | known).items()][:RECHECKED]


def _is_deleted(service: Service, uri: str) -> bool:
    """Tell a post that was deleted from one that is kept from us, by a block for example."""
    try:
        answer = service.get("app.bsky.feed.getPostThread", uri=uri, depth=0, parentHeight=0)
    except BadRequest as refusal:
        return refusal.code == "NotFound"
    return text(part(answer, "thread"), "$type").endswith("#notFoundPost")
