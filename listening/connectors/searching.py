"""What connectors that search have in common: which queries to ask, a few at each look, and how each got on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from listening.connectors.base import NothingToAsk, SettingField
from listening.matching import Query, QueryIndex
from socialhub.lib.told import told as _

# So many are asked in one look; the others follow at once, in the looks after it.
ASKED_AT_ONCE = 20
MOST_QUERIES = 500


@dataclass(frozen=True, slots=True)
class Search:
    """What one stream, or the channel itself, searches for."""

    any_terms: tuple[str, ...]
    all_terms: tuple[str, ...] = ()
    no_terms: tuple[str, ...] = ()


def searches_of(settings: Mapping[str, object]) -> list[Search]:
    """Return what the channel itself and its streams search for, where there are no hashtags.

    The word in a hashtag may be said of anything, so a stream's hashtags are not searched for as words.
    """
    found = [Search(own)] if (own := _terms(settings.get("terms"))) else []
    told = settings.get("searches")
    for search in told if isinstance(told, list) else []:
        any_terms, all_terms = _terms(search.get("any_terms")), _terms(search.get("all_terms"))
        words = tuple(term for term in any_terms if not _is_hashtag(term))
        if any(map(_is_hashtag, all_terms)) or (any_terms and not words) or not (words or all_terms):
            continue
        found.append(Search(words, all_terms, _terms(search.get("no_terms"))))
    return found


def quoted(term: str) -> str:
    """Return a term as search engines take a word or phrase that is meant exactly."""
    plain = " ".join(term.replace('"', " ").split())
    return f'"{plain}"' if plain else ""


def index_of(searches: Sequence[Search]) -> QueryIndex:
    """Return what tells whether an answer really is what was searched for: engines guess at words."""
    return QueryIndex(Query(number, search.any_terms, search.all_terms) for number, search in enumerate(searches))


def turn_of(queries: Sequence[str], cursor: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """Return the queries whose turn it is, and those that are left for the looks at once after this one."""
    wanted = list(dict.fromkeys(queries))[:MOST_QUERIES]
    left = cursor.get("left")
    waiting = [query for query in left if query in wanted] if isinstance(left, list) else []
    turn = waiting or wanted
    return turn[:ASKED_AT_ONCE], turn[ASKED_AT_ONCE:]


def nothing_to_search_for() -> NothingToAsk:
    """Return the failure of a channel for which nothing is to be searched now."""
    return NothingToAsk(
        _(
            "There is nothing to search for: the channel has no words of its own, and the streams that listen here "
            "are paused or have had what they may have today."
        )
    )


def own_terms_field() -> SettingField:
    """Return the field for what a channel searches for besides its streams."""
    return SettingField(
        "terms",
        gettext("Words to search for here"),
        gettext("Besides those of the streams that listen here. Separate words and phrases by commas."),
        is_required=False,
    )


def _terms(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = re.split(r"[,;\n]", value)
    terms = value if isinstance(value, list | tuple) else []
    return tuple(dict.fromkeys(term.strip() for term in terms if isinstance(term, str) and term.strip()))


def _is_hashtag(term: str) -> bool:
    return term[0] in "#＃"
