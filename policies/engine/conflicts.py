"""Rules that cannot do what they say: what is told of here is sure, and there may be more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from policies.engine.implying import Comparison
from policies.engine.naming import Known, Thing, unknown_in
from policies.engine.outcomes import Routing
from policies.engine.rules import Rule

PARTS = ("disposition", "department", "person", "visibility")
# Comparing each with each: beyond, only what a rule says by itself is looked at.
MOST_COMPARED = 600


class Trouble(StrEnum):
    """What is wrong with a rule."""

    # Its conditions exclude each other.
    NEVER = "never"
    # Earlier rules give all its parts whenever it applies.
    UNREACHABLE = "unreachable"
    # An earlier rule has the same condition and gives some of the same parts.
    SAME = "same"
    # It names what is not there.
    UNKNOWN = "unknown"
    # It decides what its clause does not let its rules decide.
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that is wrong with a rule: because of which ``others``, in which ``parts``, or which ``names``."""

    trouble: Trouble
    rule: Rule
    others: tuple[Rule, ...] = ()
    parts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    # What the names are of.
    thing: Thing | None = None


def find_conflicts(
    rules: Sequence[Rule],
    *,
    known: Known,
    lists: Mapping[str, Sequence[str]],
    about: int | None = None,
) -> list[Conflict]:
    """Return what is wrong with rules, which are in their order, or with the one whose id is ``about``.

    ``known`` are the names of what is there, ``lists`` the words of those that rules look into.
    """
    comparison = Comparison(lists)
    found: list[Conflict] = []
    earlier: list[Rule] = []
    for rule in rules:
        is_asked = about is None or rule.rule_id == about
        never = comparison.never_holds(rule.condition)
        if is_asked:
            found += [
                Conflict(Trouble.UNKNOWN, rule, names=names, thing=thing) for thing, names in unknown_in(rule, known)
            ]
        if is_asked and _decides_too_much(rule):
            found.append(Conflict(Trouble.NOT_ALLOWED, rule))
        if is_asked and never:
            found.append(Conflict(Trouble.NEVER, rule))
        elif is_asked and len(rules) <= MOST_COMPARED:
            found += _overshadowed(rule, earlier, comparison)
        if not never:
            earlier.append(rule)
    return found


def _decides_too_much(rule: Rule) -> bool:
    said = rule.outcome
    return isinstance(said, Routing) and said.decides and said.disposition not in rule.may_decide


def _overshadowed(rule: Rule, earlier: Sequence[Rule], comparison: Comparison) -> list[Conflict]:
    said = rule.outcome
    if not isinstance(said, Routing):
        return [
            Conflict(Trouble.SAME, rule, (other,))
            for other in earlier
            if other.outcome == said and _is_same(rule, other, comparison)
        ][:1]
    left = set(parts_of(said))
    tags = set(said.tags)
    wider: list[Rule] = []
    for other in earlier:
        if not isinstance(other.outcome, Routing):
            continue
        taken = _taken(said, other.outcome, left, tags)
        if taken and comparison.implies(rule.condition, other.condition):
            left -= taken
            tags -= set(other.outcome.tags)
            wider.append(other)
    if not left and not said.points:
        return [Conflict(Trouble.UNREACHABLE, rule, tuple(wider), parts_of(said))]
    for other in wider:
        both = tuple(part for part in parts_of(said) if _taken(said, other.outcome, {part}, set(said.tags)))
        if both and comparison.implies(other.condition, rule.condition):
            return [Conflict(Trouble.SAME, rule, (other,), both)]
    return []


def parts_of(said: Routing) -> tuple[str, ...]:
    """Return which parts of a suggestion a rule can give, its points aside."""
    given = [part for part in (*PARTS, "tags") if getattr(said, part)]
    return tuple(["priority", *given] if said.priority is not None else given)


def _taken(said: Routing, before: object, left: set[str], tags: set[str]) -> set[str]:
    """Return which of the parts that are left an earlier rule gives, so that the later one cannot."""
    if not isinstance(before, Routing):
        return set()
    taken = {part for part in PARTS if part in left and getattr(before, part)}
    if "priority" in left and before.priority is not None and before.priority <= (said.priority or 0):
        taken.add("priority")
    if "tags" in left and before.tags and tags <= set(before.tags):
        taken.add("tags")
    return taken


def _is_same(rule: Rule, other: Rule, comparison: Comparison) -> bool:
    return comparison.implies(rule.condition, other.condition) and comparison.implies(other.condition, rule.condition)
