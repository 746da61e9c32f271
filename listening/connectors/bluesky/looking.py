"""One look at an account: who spoke to it, what it said itself, what searches find, what was edited or deleted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from listening.connectors.base import ConnectorFailed, FetchResult
from listening.connectors.bluesky import rechecking
from listening.connectors.bluesky.answers import Answer, moment, part, text
from listening.connectors.bluesky.reading import item_of, listed_at
from listening.connectors.bluesky.searching import Search, searches_of, turn_of
from listening.connectors.bluesky.sessions import Account
from listening.connectors.bluesky.walking import Walk, walk_from
from listening.connectors.bluesky.xrpc import BadRequest, Service
from listening.heard import HeardItem

PAGE = 100
# How far back a new channel, and a new search, begins.
FIRST_LOOK = timedelta(days=7)
FIRST_SEARCH = timedelta(days=1)
RECHECK_EVERY = timedelta(minutes=5)

_REASONS = ["mention", "reply", "quote"]


@dataclass(slots=True)
class _Look:
    """What this look has gathered so far."""

    service: Service
    did: str
    at: datetime
    items: dict[str, HeardItem] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    is_whole: bool = True

    def take(self, posts: Iterable[Answer], wanted: Search | None = None) -> None:
        for post in posts:
            item = item_of(post, our_did=self.did, at=self.at)
            if wanted is None or wanted.finds(item):
                self.items.setdefault(item.external_id, item)


def look(
    service: Service, account: Account, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime
) -> FetchResult:
    """Take the next page of each list that goes on, or begin all of them anew when none does.

    The look that finds the end of the last of them says that all was heard.
    """
    # What was known of another account says nothing about this one.
    known = cursor if cursor.get("account") == account.did else {}
    searches = searches_of(settings)
    walks = {
        name: walk_from(part(known, "walks").get(name), first=at - (FIRST_SEARCH if name in searches else FIRST_LOOK))
        for name in ("mentions", "ours", *searches)
    }
    underway = [name for name, walk in walks.items() if not walk.has_arrived]
    turn, next_turn = turn_of(list(searches), known.get("turn"))
    recent = rechecking.recent_of(known.get("recent"))
    rechecked_at = moment(known.get("rechecked_at")) or at
    taken = _Look(service, account.did, at)
    taken.is_whole = known.get("whole") is True if underway else len(turn) == len(searches)
    has_failed = False
    try:
        for name in underway or ("mentions", "ours", *turn):
            walks[name] = _next_page(taken, name, walks[name], searches.get(name))
        if not underway and at - rechecked_at >= RECHECK_EVERY:
            edited, taken.gone = rechecking.recheck(service, recent)
            taken.take(edited)
            rechecked_at = at
    except ConnectorFailed:
        # What was heard before is stored; the failure comes again when there is nothing to be stored.
        if not taken.items:
            raise
        taken.is_whole, has_failed = False, True
    goes_on = any(not walk.has_arrived for walk in walks.values())
    return FetchResult(
        items=list(taken.items.values()),
        gone=taken.gone,
        cursor={
            "account": account.did,
            "walks": {name: walk.stored() for name, walk in walks.items()},
            "whole": taken.is_whole,
            "turn": known.get("turn", 0) if underway else next_turn,
            "recent": rechecking.still_recent(recent, heard=taken.items.values(), gone=taken.gone),
            "rechecked_at": rechecked_at.isoformat(),
        },
        has_more=goes_on and not has_failed,
        is_complete=taken.is_whole and not goes_on,
        budget=service.budget,
    )


def _next_page(taken: _Look, name: str, walk: Walk, search: Search | None) -> Walk:
    """Take the next page of one list, and return the walk after it."""
    try:
        posts, goes_on = _posts(taken, name, walk, search)
    except BadRequest:
        if walk.has_arrived:
            raise
        # The service does not know its own mark any more: the next look begins at the top, and goes as far.
        taken.is_whole = False
        return Walk(walk.until)
    taken.take(posts, search)
    return walk.after([listed_at(post, taken.at) for post in posts], goes_on)


def _posts(taken: _Look, name: str, walk: Walk, search: Search | None) -> tuple[list[Answer], str]:
    """Return the posts of one page, and where the list goes on."""
    service = taken.service
    page: dict[str, str | int] = {"limit": PAGE, **({"cursor": walk.page} if walk.page else {})}
    if search is not None:
        posts, goes_on = service.list("app.bsky.feed.searchPosts", "posts", q=search.words, sort="latest", **page)
    elif name == "ours":
        asked = {"actor": taken.did, "filter": "posts_with_replies"}
        entries, goes_on = service.list("app.bsky.feed.getAuthorFeed", "feed", **asked, **page)
        # What we passed on is not what we said.
        posts = [part(entry, "post") for entry in entries if not entry.get("reason")]
        posts = [post for post in posts if text(part(post, "author"), "did") == taken.did]
    else:
        # Said outright, because an account can have chosen to be told of those it follows only.
        told = {"reasons": _REASONS, "priority": "false"}
        posts, goes_on = service.list("app.bsky.notification.listNotifications", "notifications", **told, **page)
        posts = [post for post in posts if text(post, "reason") in _REASONS]
    return posts, goes_on
