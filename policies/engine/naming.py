"""What rules name that others keep: departments, lists, channels, streams, people, tags."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum

from policies.engine.conditions import terms_in
from policies.engine.outcomes import Approval, Conduct, Escalation, Named, Routing
from policies.engine.rules import Rule
from policies.engine.terms import TERMS, Family


class Thing(StrEnum):
    """What a name is of."""

    DEPARTMENT = "department"
    LIST = "list"
    CHANNEL = "channel"
    STREAM = "stream"
    AUTHOR_LIST = "author_list"
    PERSON = "person"
    TAG = "tag"


# Names of what is there, by what they are of. What is left out here is not known, and not looked at.
Known = Mapping[Thing, Collection[str]]

_OF_FACTS: Mapping[str, Thing] = {
    "department": Thing.DEPARTMENT,
    "channel": Thing.CHANNEL,
    "streams": Thing.STREAM,
    "author": Thing.AUTHOR_LIST,
    "tags": Thing.TAG,
}


def named_in(rule: Rule) -> dict[Thing, set[str]]:
    """Return what a rule names; people by their e-mail addresses in lower case."""
    found: dict[Thing, set[str]] = defaultdict(set)
    for term in terms_in(rule.condition):
        kind = TERMS[term.name]
        if kind.family == Family.LIST:
            found[Thing.LIST].update(term.value)
        elif kind.fact in _OF_FACTS:
            found[_OF_FACTS[kind.fact]].update(term.value)
    if isinstance(rule.outcome, Routing) and rule.outcome.department:
        found[Thing.DEPARTMENT].add(rule.outcome.department)
    if isinstance(rule.outcome, Routing) and rule.outcome.person:
        found[Thing.PERSON].add(rule.outcome.person.lower())
    for one in _asked(rule):
        if one.kind == "department":
            found[Thing.DEPARTMENT].add(one.name)
        elif one.kind == "person":
            found[Thing.PERSON].add(one.name.lower())
    return found


def unknown_in(rule: Rule, known: Known) -> Iterator[tuple[Thing, tuple[str, ...]]]:
    """Yield what a rule names and nothing has, in the order of ``Thing``."""
    named = named_in(rule)
    for thing in Thing:
        if thing in known and (missing := named.get(thing, set()) - set(known[thing])):
            yield thing, tuple(sorted(missing))


def _asked(rule: Rule) -> tuple[Named, ...]:
    match rule.outcome:
        case Approval(_mode, asked):
            return asked
        case Conduct(approval=Approval(_mode, asked)):
            return asked
        case Escalation(tell=tell):
            return tell
        case _:
            return ()
