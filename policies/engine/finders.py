"""Which terms hold for given facts: every family of terms is looked up at once, however many rules use it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any, Protocol

import re2

from policies.engine import answers
from policies.engine.facts import Facts
from policies.engine.terms import Family, Hours, Kind, Range, compile_pattern, pattern_options
from socialhub.lib.wording import Wording, words_of

SHOWN = 60
# What is known of a term that holds: what made it hold, as a person would be shown it.
Held = MutableMapping[int, str]
# A term with its number.
Numbered = tuple[int, str, Any]


class Finder(Protocol):
    """Finds the terms of one family that look at one fact."""

    def find(self, facts: Facts, held: Held) -> None:
        """Enter the numbers of the terms that hold."""
        ...  # pragma: no cover


class _Words:
    """Words and phrases: the words of the text are looked up, not the words of the rules."""

    def __init__(self, fact: str, terms: Iterable[tuple[int, Iterable[str]]]) -> None:
        self._fact = fact
        single: dict[str, list[int]] = defaultdict(list)
        phrases: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for number, entries in terms:
            for entry in entries:
                found = words_of(entry)
                if len(found) == 1:
                    single[found[0]].append(number)
                elif found:
                    phrases[found[0]].append((f" {' '.join(found)} ", number))
        self._single, self._phrases = dict(single), dict(phrases)

    def find(self, facts: Facts, held: Held) -> None:
        wording: Wording = getattr(facts, self._fact)
        single, phrases = self._single, self._phrases
        for word in wording.words:
            for number in single.get(word, ()):
                # The first by the alphabet, so that the same text always gives the same reason.
                if number not in held or word < held[number]:
                    held[number] = word
            for phrase, number in phrases.get(word, ()):
                if (number not in held or phrase[1:-1] < held[number]) and wording.has_phrase(phrase):
                    held[number] = phrase[1:-1]


class _Patterns:
    """Patterns, in one pass over the text for all of them."""

    def __init__(self, fact: str, terms: Sequence[tuple[int, str]]) -> None:
        self._fact = fact
        self._patterns = [(number, compile_pattern(pattern)) for number, pattern in terms]
        self._together = re2.Set.SearchSet(pattern_options())
        for _number, pattern in terms:
            self._together.Add(pattern)
        self._together.Compile()

    def find(self, facts: Facts, held: Held) -> None:
        text: str = getattr(facts, self._fact)
        for place in self._together.Match(text) or ():
            number, pattern = self._patterns[place]
            held[number] = " ".join(pattern.search(text).group()[:SHOWN].split())


class _OneOf:
    """Names, of which a fact has one or several."""

    def __init__(self, fact: str, terms: Iterable[tuple[int, frozenset[str]]]) -> None:
        self._fact = fact
        numbers: dict[str, list[int]] = defaultdict(list)
        for number, names in terms:
            for name in names:
                numbers[name].append(number)
        self._numbers = dict(numbers)

    def find(self, facts: Facts, held: Held) -> None:
        fact = getattr(facts, self._fact)
        if fact is None:
            return
        has: Iterable[str] = sorted(fact) if isinstance(fact, frozenset) else (str(fact),)
        for name in has:
            for number in self._numbers.get(name, ()):
                held.setdefault(number, name)


class _Ranges:
    """Numbers with limits: what begins above the number is never looked at."""

    def __init__(self, fact: str, terms: Iterable[tuple[int, Range]], named: str) -> None:
        self._fact, self._named = fact, named
        lowest = float("-inf")
        ordered = sorted(((lowest if r.at_least is None else r.at_least), n, r) for n, r in _by_number(terms))
        self._starts = [start for start, _number, _range in ordered]
        self._ranges = [(number, limits) for _start, number, limits in ordered]

    def find(self, facts: Facts, held: Held) -> None:
        number = getattr(facts, self._fact)
        if number is None:
            return
        shown = f"{number:,}" if isinstance(number, int) else f"{number:.2f}"
        if self._named:
            shown = f"{shown} {getattr(facts, self._named)}"[:SHOWN]
        for term, limits in self._ranges[: bisect_right(self._starts, number)]:
            if limits.has(number):
                held[term] = shown


class _Flags:
    """Yes or no."""

    def __init__(self, fact: str, terms: Iterable[tuple[int, bool]]) -> None:
        self._fact, self._terms = fact, tuple(terms)

    def find(self, facts: Facts, held: Held) -> None:
        fact = getattr(facts, self._fact)
        for number, wanted in self._terms:
            if fact is wanted:
                held[number] = ""


class _Times:
    """Days and times of day."""

    def __init__(self, fact: str, terms: Iterable[tuple[int, Hours]]) -> None:
        self._fact, self._terms = fact, tuple(terms)

    def find(self, facts: Facts, held: Held) -> None:
        local = getattr(facts, self._fact)
        if local is None:
            return
        day, clock = local.weekday(), local.time()
        for number, hours in self._terms:
            if hours.has(day, clock):
                held[number] = f"{clock:%H:%M}"


class _Found:
    """What has to be looked for in an answer; there is one answer, not a million, so each term looks by itself."""

    def __init__(self, looks: Iterable[tuple[int, Callable[[Facts], str | None]]]) -> None:
        self._looks = tuple(looks)

    def find(self, facts: Facts, held: Held) -> None:
        for number, look in self._looks:
            seen = look(facts)
            if seen is not None:
                held[number] = seen[:SHOWN]


def make_finder(kind: Kind, terms: Sequence[Numbered], lists: Mapping[str, Iterable[str]]) -> Finder:
    """Return what finds these terms, all of one family and one fact; a list that is missing holds nothing."""
    plain = [(number, value) for number, _name, value in terms]
    match kind.family:
        case Family.WORDS:
            return _Words(kind.fact, plain)
        case Family.LIST:
            entries = ((number, [word for name in value for word in lists.get(name, ())]) for number, value in plain)
            return _Words(kind.fact, entries)
        case Family.PATTERN:
            return _Patterns(kind.fact, plain)
        case Family.ONE_OF:
            return _OneOf(kind.fact, plain)
        case Family.RANGE:
            return _Ranges(kind.fact, plain, kind.named)
        case Family.FLAG:
            return _Flags(kind.fact, plain)
        case Family.TIME:
            return _Times(kind.fact, plain)
        case Family.FOUND:
            return _Found((number, _LOOKS[name](value)) for number, name, value in terms)


def _by_number(terms: Iterable[tuple[int, Range]]) -> list[tuple[int, Range]]:
    return sorted(terms, key=lambda term: term[0])


def _lacks(wanted: tuple[str, ...]) -> Callable[[Facts], str | None]:
    return lambda facts: wanted[0] if facts.answer and answers.missing_words(facts, wanted) else None


def _has_personal_data(kinds: frozenset[str]) -> Callable[[Facts], str | None]:
    def look(facts: Facts) -> str | None:
        found = answers.personal_data_in(facts.answer)
        return next((found[kind] for kind in answers.PERSONAL_DATA if kind in kinds and kind in found), None)

    return look


def _links_outside(domains: frozenset[str]) -> Callable[[Facts], str | None]:
    return lambda facts: next(
        (host for host in answers.hosts_in(facts.answer) if not answers.is_under(host, domains)), None
    )


def _capitals(limits: Range) -> Callable[[Facts], str | None]:
    def look(facts: Facts) -> str | None:
        share = answers.capitals_in(facts.answer)
        return f"{share:.0%}" if limits.has(share) else None

    return look


_LOOKS: Mapping[str, Callable[[Any], Callable[[Facts], str | None]]] = {
    "answer_lacks": _lacks,
    "answer_has_personal_data": _has_personal_data,
    "answer_links_outside": _links_outside,
    "answer_capitals": _capitals,
}
