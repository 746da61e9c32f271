"""Rules laid out so that the cost of a mention grows with what matches, not with how many rules there are.

Each different term is looked up once for all rules (``finders``). A rule is looked at
only when a term holds without which it cannot apply; of several such terms the one is
taken that holds most seldom. Rules that need no term to hold, such as those that only
say what must not be, are always looked at.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from policies.engine.conditions import All, AnyOf, Condition, Not, terms_in
from policies.engine.facts import Facts
from policies.engine.finders import Finder, Held, Numbered, make_finder
from policies.engine.terms import TERMS, Family, Term

# What made a rule apply: the names of terms with what each saw.
Evidence = tuple[tuple[str, str], ...]
Meant = TypeVar("Meant")

# How often a term of a family holds, from seldom to often: a guess that only costs time when it is wrong.
_OFTEN = {
    Family.PATTERN: 0,
    Family.WORDS: 1,
    Family.FOUND: 2,
    Family.LIST: 3,
    Family.ONE_OF: 4,
    Family.RANGE: 5,
    Family.TIME: 6,
    Family.FLAG: 7,
}


class Index(Generic[Meant]):
    """What belongs to each condition, found by facts. ``lists`` are the words of each named list."""

    def __init__(
        self, entries: Iterable[tuple[Condition, Meant]], lists: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._numbers: dict[Term, int] = {}
        self._names: list[str] = []
        self._entries: list[tuple[_Check, Meant]] = []
        self._always: list[int] = []
        needing: dict[int, list[int]] = defaultdict(list)
        for place, (condition, meant) in enumerate(entries):
            for term in terms_in(condition):
                if term not in self._numbers:
                    self._numbers[term] = len(self._names)
                    self._names.append(term.name)
            self._entries.append((self._check_of(condition), meant))
            needed = self._needed(condition)
            if needed is None:
                self._always.append(place)
            else:
                for number in needed:
                    needing[number].append(place)
        self._needing = dict(needing)
        self._finders = self._make_finders(lists or {})

    def __len__(self) -> int:
        return len(self._entries)

    def matches(self, facts: Facts) -> Iterator[tuple[Meant, Evidence]]:
        """Yield what belongs to the conditions that hold, in the order given, with the evidence of each."""
        held: dict[int, str] = {}
        for finder in self._finders:
            finder.find(facts, held)
        places = set(self._always)
        for number in held:
            places.update(self._needing.get(number, ()))
        for place in sorted(places):
            check, meant = self._entries[place]
            seen: list[int] = []
            if check.holds(held, seen):
                yield meant, tuple((self._names[number], held[number]) for number in seen)

    def _needed(self, condition: Condition) -> set[int] | None:
        """Return terms of which one must hold, or None where the condition can hold without any."""
        match condition:
            case Not():
                return None
            case AnyOf(parts):
                several = [self._needed(part) for part in parts]
                return None if None in several else {number for part in several if part for number in part}
            case All(parts):
                possible = [found for part in parts if (found := self._needed(part)) is not None]
                return min(possible, key=self._often, default=None)
            case Term():
                return {self._numbers[condition]}

    def _often(self, numbers: set[int]) -> tuple[int, int]:
        return max(_OFTEN[TERMS[self._names[number]].family] for number in numbers), len(numbers)

    def _make_finders(self, lists: Mapping[str, Sequence[str]]) -> list[Finder]:
        together: dict[tuple[Family, str], list[Numbered]] = defaultdict(list)
        for term, number in self._numbers.items():
            kind = TERMS[term.name]
            together[kind.family, kind.fact].append((number, term.name, term.value))
        return [make_finder(TERMS[terms[0][1]], terms, lists) for terms in together.values()]

    def _check_of(self, condition: Condition) -> "_Check":
        match condition:
            case All(parts):
                return _Every([self._check_of(part) for part in parts])
            case AnyOf(parts):
                return _Some([self._check_of(part) for part in parts])
            case Not(part):
                return _None(self._check_of(part))
            case Term():
                return _One(self._numbers[condition])


class _Check(Protocol):
    """A condition whose terms are numbers."""

    def holds(self, held: Held, seen: list[int]) -> bool:
        """Say whether it holds, and enter the terms that made it so."""
        ...  # pragma: no cover


class _One:
    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number

    def holds(self, held: Held, seen: list[int]) -> bool:
        if self._number not in held:
            return False
        seen.append(self._number)
        return True


class _Every:
    __slots__ = ("_parts",)

    def __init__(self, parts: list[_Check]) -> None:
        self._parts = parts

    def holds(self, held: Held, seen: list[int]) -> bool:
        before = len(seen)
        for part in self._parts:
            if not part.holds(held, seen):
                del seen[before:]
                return False
        return True


class _Some:
    __slots__ = ("_parts",)

    def __init__(self, parts: list[_Check]) -> None:
        self._parts = parts

    def holds(self, held: Held, seen: list[int]) -> bool:
        return any(part.holds(held, seen) for part in self._parts)


class _None:
    __slots__ = ("_part",)

    def __init__(self, part: _Check) -> None:
        self._part = part

    def holds(self, held: Held, seen: list[int]) -> bool:
        # What does not hold leaves no evidence.
        return not self._part.holds(held, [])
