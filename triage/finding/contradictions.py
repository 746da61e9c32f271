"""What can never hold: found where it is easy to find, and told."""

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from django.utils.translation import gettext as _

from triage.finding.language import Asked, Group, Said, Sought, Term
from triage.finding.values import Value
from triage.finding.vocabulary import VOCABULARY, Field, Kind

# What a conversation has of one field: a word, a number, or nothing.
Point = str | float | None

_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


def contradiction(sought: Sought) -> str:
    """Return a sentence that says why nothing can be found; empty where something may."""
    alone = [group[0] for group in sought.groups if len(group) == 1]
    for term in alone:
        if not term.is_excluded and _is_excluded(term, alone):
            return _("“%(term)s” is wanted and excluded at once, so nothing can be found.") % {"term": str(term)}
    for subject in dict.fromkeys(_subject(group) for group in sought.groups):
        groups = [group for group in sought.groups if subject and _subject(group) == subject]
        if len(groups) > 1 or any(len(group) == 1 for group in groups):
            points = _points(groups)
            if not any(all(_holds(group, point) for group in groups) for point in points):
                said = " ".join(" OR ".join(map(str, group)) for group in groups)
                return _("Nothing can be “%(terms)s” at once, so nothing can be found.") % {"terms": said}
    return ""


def _is_excluded(wanted: Term, alone: Iterable[Term]) -> bool:
    excluded = [term.what for term in alone if term.is_excluded]
    if isinstance(wanted.what, Said):
        text = wanted.what.text.casefold()
        return any(isinstance(what, Said) and what.text.casefold() == text for what in excluded)
    gone = {
        value.text.casefold()
        for what in excluded
        if isinstance(what, Asked) and what.name == wanted.what.name
        for value in what.values
    }
    return all(value.text.casefold() in gone for value in wanted.what.values)


def _subject(group: Group) -> str:
    """Return the one thing that all of a group speak of, where it has one value that is known without a clock."""
    subjects = set()
    for term in group:
        if isinstance(term.what, Said):
            return ""
        field = VOCABULARY[term.what.name]
        if not (field.is_single or field.kind in (Kind.NUMBER, Kind.DAY)) or not all(map(_is_known, term.what.values)):
            return ""
        subjects.add(field.subject or field.name)
    return subjects.pop() if len(subjects) == 1 else ""


def _is_known(value: Value) -> bool:
    return all(isinstance(limit, date | float) for _sign, limit in value.bounds)


def _points(groups: Iterable[Group]) -> list[Point]:
    """Return enough points that, where any holds, one of these does."""
    points: dict[Point, None] = {None: None}
    for field, value in _asked(groups):
        if field.kind is Kind.CHOICE:
            points |= dict.fromkeys(fact for _title, facts in field.options.values() for fact in facts)
        elif field.kind is Kind.LANGUAGE:
            points[value.text] = None
        step = 1e-6 if field.kind is Kind.NUMBER and field.named and field.lowest < 0 else 1.0
        for _sign, limit in value.bounds:
            at = _number(limit)
            inside = (near for near in (at - step, at, at + step) if field.kind is Kind.DAY or _lies_in(near, field))
            points |= dict.fromkeys(inside)
    return list(points)


def _lies_in(number: float, field: Field) -> bool:
    return field.lowest <= number <= field.highest


def _asked(groups: Iterable[Group]) -> Iterable[tuple[Field, Value]]:
    for group in groups:
        for term in group:
            if isinstance(term.what, Asked):
                for value in term.what.values:
                    yield VOCABULARY[term.what.name], value


def _holds(group: Group, point: Point) -> bool:
    return any(
        isinstance(term.what, Asked)
        and any(_is(VOCABULARY[term.what.name], value, point) for value in term.what.values) is not term.is_excluded
        for term in group
    )


def _is(field: Field, value: Value, point: Point) -> bool:
    if point is None:
        return False
    if field.kind is Kind.CHOICE:
        return point in field.options[value.text][1]
    if field.kind is Kind.LANGUAGE:
        return point == value.text
    return not isinstance(point, str) and holds(value, point)


def holds(value: Value, number: float) -> bool:
    """Say whether a number is what a value asks for; its bounds must be numbers or days."""
    return all(_COMPARED[sign](number, _number(limit)) for sign, limit in value.bounds)


def _number(limit: object) -> float:
    return float(limit.toordinal()) if isinstance(limit, date) else float(limit)  # type: ignore[arg-type]
