"""What to search for, and whether what was found is it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from listening.connectors.bluesky.answers import Answer, parts
from listening.heard import HeardItem, language_code
from listening.language import guess_language
from listening.matching import Query, QueryIndex

# Each is a request of its own, so where there are more they take turns.
MOST_AT_ONCE = 30


@dataclass(frozen=True, slots=True)
class Search:
    """One search: the ``words`` that the service is asked for, and what is wanted of its finds.

    Services read words differently, and some find parts of words.
    """

    words: str
    wanted: QueryIndex

    def finds(self, item: HeardItem) -> bool:
        """Tell whether a post that was found is one that a stream wants."""
        language = language_code(item.language) or guess_language(item.text)
        return bool(self.wanted.match(item.text, language=language))


def searches_of(settings: Mapping[str, object]) -> dict[str, Search]:
    """Return the searches of a channel by name: one for each word of a stream, since services know no “or”."""
    wanted: dict[str, list[Query]] = {}
    for place, stream in enumerate(parts(settings, "searches")):
        demanded = _terms(stream, "all_terms")
        query = Query(
            key=place,
            any_terms=_terms(stream, "any_terms"),
            all_terms=demanded,
            no_terms=_terms(stream, "no_terms"),
            languages=_terms(stream, "languages"),
        )
        for term in query.any_terms or [""]:
            words = " ".join(word for word in (term, *demanded) if word)
            if words:
                wanted.setdefault(words, []).append(query)
    return {f"search {words}": Search(words, QueryIndex(queries)) for words, queries in wanted.items()}


def turn_of(names: Sequence[str], kept: object) -> tuple[Sequence[str], int]:
    """Return the searches whose turn it is, and where the next turn begins."""
    begin = kept if isinstance(kept, int) and 0 <= kept < len(names) else 0
    end = begin + MOST_AT_ONCE
    return names[begin:end], end if end < len(names) else 0


def _terms(stream: Answer, name: str) -> list[str]:
    value = stream.get(name)
    return [term.strip() for term in value if isinstance(term, str)] if isinstance(value, list | tuple) else []
