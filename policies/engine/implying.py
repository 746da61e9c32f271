"""Whether one condition holds whenever another does: sure where it says yes, silent where it cannot tell."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from typing import Any

from policies.engine.conditions import All, AnyOf, Condition, Not
from policies.engine.terms import TERMS, Family, Hours, Range, Term
from socialhub.lib.wording import words_of

# Of these facts a conversation has one at a time.
_SINGLE = frozenset({"language", "disposition", "visibility", "department", "priority", "reason", "answer_language"})
_Entries = frozenset[tuple[str, ...]]


class Comparison:
    """Compares conditions of one version, which outlive it; ``lists`` are the words of each named list."""

    def __init__(self, lists: Mapping[str, Sequence[str]] | None = None) -> None:
        self._lists = lists or {}
        # By what they are, not by what they say: to hash a condition costs more than to compare most.
        self._implied: dict[tuple[int, int], bool] = {}
        self._excluded: dict[tuple[int, int], bool] = {}
        self._entries: dict[int, _Entries] = {}

    def implies(self, one: Condition, other: Condition) -> bool:
        """Say whether ``other`` is sure to hold whenever ``one`` does."""
        asked = (id(one), id(other))
        if asked not in self._implied:
            self._implied[asked] = self._implies(one, other)
        return self._implied[asked]

    def excludes(self, one: Condition, other: Condition) -> bool:
        """Say whether the two are sure never to hold together."""
        asked = (id(one), id(other))
        if asked not in self._excluded:
            self._excluded[asked] = self._excludes(one, other)
        return self._excluded[asked]

    def never_holds(self, condition: Condition) -> bool:
        """Say whether a condition is sure never to hold."""
        match condition:
            case AnyOf(parts):
                return all(self.never_holds(part) for part in parts)
            case All(parts):
                if any(self.never_holds(part) for part in parts):
                    return True
                pairs = ((one, other) for at, one in enumerate(parts) for other in parts[at + 1 :])
                return any(self.excludes(one, other) for one, other in pairs)
            case _:
                return False

    def _implies(self, one: Condition, other: Condition) -> bool:
        if one == other:
            return True
        # What must be shown for every part comes first: it loses nothing.
        if isinstance(one, AnyOf):
            return all(self.implies(part, other) for part in one.parts)
        if isinstance(other, All):
            return all(self.implies(one, part) for part in other.parts)
        if isinstance(one, All) and any(self.implies(part, other) for part in one.parts):
            return True
        if isinstance(other, AnyOf):
            return any(self.implies(one, part) for part in other.parts)
        if isinstance(other, Not):
            if isinstance(one, Not):
                return self.implies(other.part, one.part)
            return self.excludes(one, other.part)
        return isinstance(one, Term) and self._term_implies(one, other)

    def _excludes(self, one: Condition, other: Condition) -> bool:
        for first, second in ((one, other), (other, one)):
            if isinstance(first, AnyOf):
                return all(self.excludes(part, second) for part in first.parts)
        for first, second in ((one, other), (other, one)):
            if isinstance(first, All) and any(self.excludes(part, second) for part in first.parts):
                return True
            if isinstance(first, Not) and self.implies(second, first.part):
                return True
        return isinstance(one, Term) and isinstance(other, Term) and _terms_exclude(one, other)

    def _term_implies(self, one: Term, other: Term) -> bool:
        kind, wanted = TERMS[one.name], TERMS[other.name]
        if kind.fact != wanted.fact:
            return False
        texts = (Family.WORDS, Family.LIST)
        if kind.family in texts and wanted.family in texts:
            return self._words_imply(one, other)
        if one.name != other.name:
            return False
        match kind.family:
            case Family.ONE_OF:
                return bool(one.value <= other.value)
            case Family.RANGE:
                return _is_within(one.value, other.value)
            case Family.TIME:
                return all(other.value.has(*moment) for moment in _moments(one.value, other.value, one.value))
            case Family.FOUND:
                return _found_implies(one, other)
            case _:
                return False

    def _words_imply(self, one: Term, other: Term) -> bool:
        said, wanted = self._entries_of(one), self._entries_of(other)
        # A phrase says every phrase that lies within it.
        return bool(said) and all(not wanted.isdisjoint(_runs(entry)) for entry in said)

    def _entries_of(self, term: Term) -> _Entries:
        known = self._entries.get(id(term))
        if known is None:
            words: Iterable[str] = term.value
            if TERMS[term.name].family == Family.LIST:
                words = [word for name in term.value for word in self._lists.get(name, ())]
            known = self._entries[id(term)] = frozenset(tuple(words_of(word)) for word in words) - {()}
        return known


def _runs(entry: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    for begin in range(len(entry)):
        for end in range(begin + 1, len(entry) + 1):
            yield entry[begin:end]


def _terms_exclude(one: Term, other: Term) -> bool:
    if one.name != other.name:
        return False
    kind = TERMS[one.name]
    match kind.family:
        case Family.ONE_OF:
            return kind.fact in _SINGLE and one.value.isdisjoint(other.value)
        case Family.RANGE:
            return _are_apart(one.value, other.value)
        case Family.FLAG:
            return bool(one.value is not other.value)
        case Family.TIME:
            return not any(other.value.has(*moment) for moment in _moments(one.value, other.value, one.value))
        case _:
            return False


def _found_implies(one: Term, other: Term) -> bool:
    match one.name:
        case "answer_has_personal_data":
            return bool(one.value <= other.value)
        case "answer_links_outside":
            return bool(other.value <= one.value)
        case "answer_capitals":
            return _is_within(one.value, other.value)
        case _:
            return False


def _is_within(one: Range, other: Range) -> bool:
    low = other.at_least is None or (one.at_least is not None and one.at_least >= other.at_least)
    high = other.below is None or (one.below is not None and one.below <= other.below)
    return low and high


def _are_apart(one: Range, other: Range) -> bool:
    pairs = ((one.below, other.at_least), (other.below, one.at_least))
    return any(below is not None and at_least is not None and below <= at_least for below, at_least in pairs)


def _moments(one: Hours, other: Hours, within: Hours) -> Iterable[tuple[int, time]]:
    """Yield a moment of every stretch of the week in which neither begins nor ends, as far as ``within`` has it."""
    clocks = {time(0), one.since, one.until, other.since, other.until}
    moments: Iterable[tuple[int, Any]] = ((day, clock) for day in range(7) for clock in sorted(clocks))
    return (moment for moment in moments if within.has(*moment))
