"""News, found by a search that answers with a feed. No account is needed; nobody can be answered.

What the providers allow differs: both offer these feeds for personal, non-commercial
readers. Whoever connects a channel chooses the provider, or names another by a template.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote_plus

from django.utils.translation import gettext, ngettext

from listening.connectors.asking import ask
from listening.connectors.base import (
    FetchResult,
    PermanentFailure,
    Rejected,
    SettingField,
)
from listening.connectors.feed import ACCEPT, heard_entries, parse_feed
from listening.connectors.one_way import HearsOnly
from listening.connectors.searching import (
    Search,
    nothing_to_search_for,
    own_terms_field,
    quoted,
    searches_of,
    turn_of,
)
from listening.heard import MAX_NAME_LENGTH, HeardItem
from socialhub.lib.told import told as _

OWN = "own"
GOOGLE = "google"
TEMPLATES = {
    GOOGLE: "https://news.google.com/rss/search?q={query}&hl={language}&gl={country}&ceid={country}:{short}",
    "bing": "https://www.bing.com/news/search?q={query}&format=rss&setmkt={language}",
}
EDITION = "en-US"
# Search engines take so many words in one question.
MOST_TERMS_ASKED = 8
# Where the words to search for go.
QUERY = "{query}"


class NewsSearchConnector(HearsOnly):
    """Searches a provider of news; ``settings`` holds ``provider`` or ``template``, and may hold ``terms``."""

    kind = "news_search"
    no_way_out = _("News is only searched here, so nothing can be sent through it.")
    can_search = True
    poll_seconds: int | None = 900

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("News search")

    @property
    def summary(self) -> str:
        """Say what is heard there."""
        return gettext("Hear news articles that your streams listen for, from the search of a news site.")

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return what has to be entered to connect such a channel."""
        return (
            SettingField(
                "provider",
                gettext("Who searches"),
                gettext("Read the provider’s terms first: Google and Bing offer these feeds for personal use."),
                choices=(
                    (GOOGLE, gettext("Google News")),
                    ("bing", gettext("Bing News")),
                    (OWN, gettext("Another: its address is below")),
                ),
            ),
            SettingField(
                "template",
                gettext("Address of another search"),
                gettext("The address of its feed, with {query} where the words go."),
                is_required=False,
            ),
            SettingField(
                "edition",
                gettext("Language and country"),
                gettext("For example en-US or de-DE; for Google and Bing."),
                is_required=False,
            ),
            own_terms_field(),
        )

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Ask some of the questions that have changed answers; the others follow at once.

        :raises TemporaryFailure: the search cannot be asked or read now, or there is nothing to search for.
        :raises PermanentFailure: the search refuses, or its address cannot be one.
        """
        queries = _queries(settings)
        if not queries:
            raise nothing_to_search_for()
        turn, left = turn_of(queries, cursor)
        known = cursor.get("pages")
        pages = {query: known[query] for query in queries if query in known} if isinstance(known, dict) else {}
        items: dict[str, HeardItem] = {}
        rejected: list[Rejected] = []
        for query in turn:
            url = _address(settings, query)
            before = pages.get(query, {})
            page = ask(url, accept=ACCEPT, etag=before.get("etag", ""), last_modified=before.get("modified", ""))
            if page.is_unchanged:
                continue
            found, unusable = heard_entries(parse_feed(page), feed_url=url, at=at)
            items.update((item.external_id, _by_its_publisher(item, settings)) for item in found)
            rejected += unusable
            pages[query] = {"etag": page.headers.get("etag", ""), "modified": page.headers.get("last-modified", "")}
        return FetchResult(
            items=list(items.values()),
            rejected=rejected,
            cursor={"pages": pages, "left": left},
            has_more=bool(left),
        )

    def check(self, settings: Mapping[str, object]) -> str:
        """Search once and say how many articles there are."""
        query = next(iter(_queries(settings)), gettext("news"))
        count = len(parse_feed(ask(_address(settings, query), accept=ACCEPT))["entries"])
        return ngettext(
            "The search answers; it knows %(count)d article for %(query)s.",
            "The search answers; it knows %(count)d articles for %(query)s.",
            count,
        ) % {"query": query, "count": count}


def _queries(settings: Mapping[str, object]) -> list[str]:
    """Return what is asked: all words of a stream together where the provider understands that, else one by one."""
    is_own = settings.get("provider") == OWN
    queries = []
    for search in searches_of(settings):
        terms = [term for term in map(quoted, search.any_terms) if term]
        size = 1 if is_own else MOST_TERMS_ASKED
        for begin in range(0, len(terms) or 1, size):
            queries.append(_query(search, terms[begin : begin + size], is_own=is_own))
    return [query for query in queries if query]


def _query(search: Search, terms: Sequence[str], *, is_own: bool) -> str:
    demanded = [quoted(term) for term in search.all_terms]
    excluded = [] if is_own else [f"-{term}" for term in map(quoted, search.no_terms[:MOST_TERMS_ASKED]) if term]
    one_of = f"({' OR '.join(terms)})" if len(terms) > 1 and demanded else " OR ".join(terms)
    wanted = [one_of, *demanded]
    return " ".join(filter(None, [*wanted, *excluded])) if any(wanted) else ""


def _address(settings: Mapping[str, object], query: str) -> str:
    provider = settings.get("provider")
    if provider == OWN:
        template = str(settings.get("template") or "").strip()
        if QUERY not in template:
            raise PermanentFailure(_("The address of the search needs {query} where the words go."))
        return template.replace(QUERY, quote_plus(query))
    language, _dash, country = (str(settings.get("edition") or "").strip() or EDITION).partition("-")
    if not language.isalpha() or not (country or "US").isalpha():
        raise PermanentFailure(_("Language and country are written like en-US."))
    country = (country or language).upper()
    template = TEMPLATES.get(str(provider), TEMPLATES[GOOGLE])
    return template.format(
        query=quote_plus(query), language=f"{language.lower()}-{country}", country=country, short=language.lower()
    )


def _by_its_publisher(item: HeardItem, settings: Mapping[str, object]) -> HeardItem:
    """Say who published an article: Google writes that behind its title, and the search is nobody."""
    _title, dash, publisher = item.title.rpartition(" - ")
    if settings.get("provider") != GOOGLE or not dash or not publisher:
        return item
    publisher = publisher[:MAX_NAME_LENGTH]
    return replace(item, author_id=publisher, author_name=publisher, author_url="")
