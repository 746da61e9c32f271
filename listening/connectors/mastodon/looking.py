"""One look at a server of the Mastodon family: what it brought, and how its lists are asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from listening.connectors.base import (
    AuthorisationFailure,
    Budget,
    ConnectorFailed,
    FetchResult,
    PermanentFailure,
    RateLimited,
)
from listening.connectors.mastodon.calls import Answer, Fields, NotThere, Server
from listening.connectors.mastodon.reading import Status, address_of, heard_status, text_of, word
from listening.connectors.mastodon.walk import PAGE_SIZE, Walk
from listening.connectors.searching import quoted, turn_of
from listening.heard import HeardItem
from listening.matching import Query, QueryIndex

# Some servers search for minutes.
SEARCH_SECONDS = 10.0
# What is left for one more question, and for those that it leads to.
ENOUGH_SECONDS = 20.0


@dataclass
class Look:
    """What one look brings together; ``kept`` becomes the channel's cursor."""

    server: Server
    at: datetime
    kept: dict[str, Any]
    our_id: str = ""
    items: dict[str, HeardItem] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    budget: Budget | None = None
    is_complete: bool = True
    _addresses: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, asked: Fields = (), **bounds: float) -> Answer:
        """Ask the server for something and note what it still lets us ask."""
        answer = self.server.get(path, asked, **bounds)
        self.budget = answer.budget or self.budget
        return answer

    def result(self, *, has_more: bool) -> FetchResult:
        """Return what the look brought."""
        return FetchResult(
            items=list(self.items.values()),
            cursor=self.kept,
            is_complete=self.is_complete and not has_more and not self.kept.get("forgets"),
            has_more=has_more,
            gone=self.gone,
            budget=self.budget,
        )

    def step(self, walk: Walk, path: str, asked: Mapping[str, str]) -> tuple[Walk, list[Mapping[str, Any]], bool]:
        """Take one page of a list; the entries come oldest first."""
        return walk.after(self.get(path, {**asked, **walk.asked()}))

    def hear(self, statuses: Iterable[Status]) -> None:
        """Take what was said."""
        told = list(statuses)
        self._addresses.update({word(status, "id"): address_of(status) for status in told})
        for status in told:
            item = heard_status(status, at=self.at, our_id=self.our_id, parent=self._parent_of)
            self.items[item.external_id or f"without an address: {len(self.items)}"] = item

    def search(self, own_tags: Iterable[str], settings: Mapping[str, object]) -> bool:
        """Hear hashtags, and words where the server finds words, some at each look; tell whether to ask again at once.

        A failure is raised only when nothing else was heard, so that one hashtag
        that cannot be had does not silence the others.
        """
        own = [f"#{tag}" for tag in own_tags]
        index = QueryIndex(_searches(settings))
        queries = queries_of(own, settings)
        turn, left = turn_of(queries if self.server.token else [q for q in queries if q.startswith("#")], self.kept)
        walks = self.kept.get("tags")
        self.kept["tags"] = {tag: walk for tag, walk in walks.items() if tag in queries} if walks else {}
        again = False
        failure: ConnectorFailed | None = None
        for place, query in enumerate(turn):
            if self.server.seconds_left < ENOUGH_SECONDS:
                left = turn[place:] + left
                break
            try:
                again = self._ask(query, None if query in own else index) or again
            except RateLimited as limit:
                failure, left = limit, turn[place:] + left
                break
            except ConnectorFailed as problem:
                failure = problem
        self.kept["left"] = left
        if failure is not None:
            self.is_complete = False
            if not self.items:
                raise failure
        return again

    def _ask(self, query: str, index: QueryIndex | None) -> bool:
        """Take a page of a hashtag, or what a search finds; ``index`` tells what of it is wanted."""
        if not query.startswith("#"):
            self.hear(status for status in self._found(query) if _is_wanted(index, status))
            return False
        walks = self.kept["tags"]
        walk, found, again = self.step(Walk.of(walks.get(query)), tag_path(query[1:]), {})
        self.hear(status for status in found if _is_wanted(index, status))
        walks[query] = walk.to_keep()
        return again

    def _found(self, query: str) -> list[Status]:
        """Search for words, where the server can: many find nothing, some never answer."""
        self.is_complete = False
        asked = {"q": query, "type": "statuses", "limit": str(PAGE_SIZE)}
        try:
            found = self.get("/api/v2/search", asked, seconds=SEARCH_SECONDS).about.get("statuses")
        except (RateLimited, AuthorisationFailure):
            raise
        except ConnectorFailed:
            return []
        statuses = found if isinstance(found, list) else []
        return [status for status in reversed(statuses) if isinstance(status, dict)]

    def _parent_of(self, status: Status) -> str:
        """Return the address of what a post answers; servers tell only their own number for it."""
        number = word(status, "in_reply_to_id")
        if not number:
            return ""
        if number not in self._addresses:
            try:
                parent = self.get(f"/api/v1/statuses/{quote(number, safe='')}").about
            except PermanentFailure:
                parent = {}
            self._addresses[number] = address_of(parent)
        return self._addresses[number]


def queries_of(own_tags: Iterable[str], settings: Mapping[str, object]) -> list[str]:
    """Return what to ask for: hashtags with their sign, and words in quotation marks."""
    queries = list(own_tags)
    for search in _searches(settings):
        terms = search.any_terms or search.all_terms[:1]
        queries += [f"#{hashtag(term)}" if term[0] in "#＃" else quoted(term) for term in terms]
    return list(dict.fromkeys(query for query in queries if query.strip('#"')))


def tag_path(tag: str) -> str:
    """Return where a server shows what was posted under a hashtag."""
    return f"/api/v1/timelines/tag/{quote(tag, safe='')}"


def hashtag(term: str) -> str:
    """Return a hashtag as servers name it: without its sign, and in one case."""
    return term.strip().lstrip("#＃").lower()


def _searches(settings: Mapping[str, object]) -> list[Query]:
    """Return what the streams search for that listen here."""
    told = settings.get("searches")
    return [
        Query(place, _terms(search.get("any_terms")), _terms(search.get("all_terms")), _terms(search.get("no_terms")))
        for place, search in enumerate(told if isinstance(told, list) else [])
    ]


def _terms(value: object) -> list[str]:
    return [term.strip() for term in value if isinstance(term, str) and term.strip()] if isinstance(value, list) else []


def _is_wanted(index: QueryIndex | None, status: Status) -> bool:
    """Tell whether a post is what streams search for: servers guess at words."""
    if index is None:
        return True
    told = status.get("tags")
    names = [word(tag, "name") for tag in told if isinstance(tag, dict)] if isinstance(told, list) else []
    return bool(index.match(" ".join((text_of(status), *(f"#{name}" for name in names)))))


def is_there(look: Look, status_id: str) -> bool:
    """Tell whether the server still shows a post."""
    try:
        look.get(f"/api/v1/statuses/{quote(status_id, safe='')}")
    except NotThere:
        return False
    return True
