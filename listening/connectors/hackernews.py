"""Hacker News: what is said there, found by its public search. No account is needed; nobody can be answered."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext, ngettext

from listening.connectors.asking import ask
from listening.connectors.base import (
    MAX_EXCERPT,
    FetchResult,
    Rejected,
    SettingField,
    TemporaryFailure,
)
from listening.connectors.html_text import text_of_html
from listening.connectors.one_way import HearsOnly
from listening.connectors.searching import (
    Search,
    index_of,
    nothing_to_search_for,
    own_terms_field,
    quoted,
    searches_of,
    turn_of,
)
from listening.heard import HeardItem, Unusable, clean_item
from socialhub.lib.told import told as _

API = "https://hn.algolia.com/api/v1/search_by_date"
SITE = "https://news.ycombinator.com"
PAGE_SIZE = 200
# Of one query in one look; what is left follows at once.
MOST_PAGES = 5
FIRST_LOOK_BACK = timedelta(days=30)
# The index follows the site within minutes, and edits are told for two hours.
OVERLAP = timedelta(hours=2)


class HackerNewsConnector(HearsOnly):
    """Searches stories and comments; ``settings`` may hold ``terms`` of the channel's own."""

    kind = "hackernews"
    no_way_out = _("Hacker News is only searched here, so nothing can be sent through it.")
    can_search = True
    poll_seconds: int | None = 300

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("Hacker News")

    @property
    def summary(self) -> str:
        """Say what is heard there."""
        return gettext("Hear stories and comments on Hacker News that your streams listen for; no account is needed.")

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return what has to be entered to connect such a channel."""
        return (own_terms_field(),)

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Ask for what is new of some of the queries; the others follow at once.

        :raises TemporaryFailure: the search cannot be asked now, or there is nothing to search for.
        :raises PermanentFailure: the search refuses.
        """
        searches = searches_of(settings)
        queries = [query for search in searches for query in _queries(search)]
        if not queries:
            raise nothing_to_search_for()
        turn, left = turn_of(queries, cursor)
        known = cursor.get("reached")
        reached = {query: dict(known[query]) for query in queries if query in known} if isinstance(known, dict) else {}
        answers = index_of(searches)
        items: dict[str, HeardItem] = {}
        rejected: list[Rejected] = []
        for query in turn:
            state = reached.setdefault(query, {"since": int((at - FIRST_LOOK_BACK).timestamp())})
            for hit in _new_hits(query, state):
                try:
                    item = clean_item(_heard(hit), at=at)
                except (Unusable, KeyError, TypeError, ValueError) as reason:
                    rejected.append(_rejected(hit, reason))
                else:
                    if answers.match(f"{item.title}\n{item.text}"):
                        items[item.external_id] = item
            if "until" in state:
                left.insert(0, query)
        return FetchResult(
            items=list(items.values()),
            rejected=rejected,
            cursor={"reached": reached, "left": left},
            is_complete=True,
            has_more=bool(left),
        )

    def check(self, settings: Mapping[str, object]) -> str:
        """Search once and say what there was."""
        query = next((query for search in searches_of(settings) for query in _queries(search)), "")
        count = _ask({"query": query, "hitsPerPage": 1})["nbHits"]
        if not query:
            return gettext("Hacker News answers; it is searched for what your streams listen for.")
        return ngettext(
            "Hacker News answers; %(query)s was said there %(count)d time.",
            "Hacker News answers; %(query)s was said there %(count)d times.",
            count,
        ) % {"query": query, "count": count}


def _queries(search: Search) -> list[str]:
    demanded = [quoted(term) for term in search.all_terms]
    queries = [" ".join(filter(None, [quoted(term), *demanded])) for term in search.any_terms or ("",)]
    return [query for query in queries if query]


def _new_hits(query: str, state: dict[str, int]) -> Iterable[Mapping[str, Any]]:
    """Return what is new, newest first, and move ``state`` on; ``until`` stays in it while there is more."""
    for _page in range(MOST_PAGES):
        window = [f"created_at_i>{state['since']}"]
        if "until" in state:
            window.append(f"created_at_i<{state['until']}")
        told = _ask({"query": query, "numericFilters": ",".join(window), "hitsPerPage": PAGE_SIZE})
        hits = [hit for hit in told["hits"] if isinstance(hit, dict)]
        yield from hits
        moments = [hit["created_at_i"] for hit in hits if isinstance(hit.get("created_at_i"), int)]
        if moments:
            state["top"] = max(state.get("top", 0), *moments)
        if len(told["hits"]) < PAGE_SIZE or not moments:
            state["since"] = max(state["since"], state.pop("top", 0) - int(OVERLAP.total_seconds()))
            state.pop("until", None)
            return
        # Several may have been said in the same second: that second is asked for again, unless it alone fills a page.
        until = min(moments) + 1
        state["until"] = until if until < state.get("until", until + 1) else until - 1


def _ask(parameters: Mapping[str, str | int]) -> dict[str, Any]:
    asked = {
        **parameters,
        "tags": "(story,comment)",
        "advancedSyntax": "true",
        "typoTolerance": "false",
        "restrictSearchableAttributes": "title,story_text,comment_text,url",
        "attributesToHighlight": "",
    }
    page = ask(f"{API}?{urlencode(asked)}", accept="application/json")
    try:
        told = json.loads(page.body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("hits"), list) or not isinstance(told.get("nbHits"), int):
        raise TemporaryFailure(_("What Hacker News answers is not what its search answers."))
    return told


def _heard(hit: Mapping[str, Any]) -> HeardItem:
    identity, author = str(hit["objectID"]), str(hit.get("author") or "")
    title = str(hit.get("title") or "")
    text = text_of_html(str(hit.get("comment_text") or hit.get("story_text") or ""))
    parent = hit.get("parent_id")
    return HeardItem(
        external_id=identity,
        text="\n\n".join(filter(None, [title, text, str(hit.get("url") or "")])),
        title=title,
        published_at=datetime.fromtimestamp(hit["created_at_i"], UTC),
        author_id=author,
        author_name=author,
        author_handle=author,
        author_url=f"{SITE}/user?{urlencode({'id': author})}" if author else "",
        url=f"{SITE}/item?{urlencode({'id': identity})}",
        in_reply_to=str(parent) if parent else "",
        raw={
            name: hit[name]
            for name in ("objectID", "parent_id", "story_id", "story_title", "story_url", "points", "num_comments")
            if hit.get(name) is not None
        },
    )


def _rejected(hit: Mapping[str, Any], reason: Exception) -> Rejected:
    sentence = reason.told if isinstance(reason, Unusable) else _("It lacks what every story or comment has.")
    return Rejected(raw_excerpt=json.dumps(hit, default=str)[:MAX_EXCERPT], reason=sentence)
