"""When a rule applies: terms joined by all, any and not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from policies.engine.terms import Term, read_term
from socialhub.lib.errors import Invalid

DEEPEST = 6
MOST_TERMS = 60
_NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


Condition = Term | All | AnyOf | Not


class InvalidAt(Invalid):
    """A part of a rule cannot be used; ``place`` leads there, like ``all.2.words``; ``bare`` leaves it out."""

    def __init__(self, message: str, *, field: str | None, place: str) -> None:
        super().__init__(f"{place}: {message}" if place else message, field=field)
        self.bare = message
        self.place = place


def read_condition(data: Any) -> Condition:
    """Read a condition as it is written and stored: a mapping of terms, all of which must hold.

    ``all`` and ``any`` take a list of such mappings, ``not`` takes one.

    :raises InvalidAt: it says something that no rule understands; ``place`` says where.
    """
    condition = _read(data, "", 1)
    if sum(1 for _term in terms_in(condition)) > MOST_TERMS:
        raise InvalidAt(
            _("A rule takes at most %(count)d conditions.") % {"count": MOST_TERMS}, field="condition", place=""
        )
    return condition


def read_condition_at(place: str, data: Any) -> Condition:
    """Read a condition that is part of something longer, in which lists count from 0.

    :raises InvalidAt: it says something that no rule understands; its place begins with ``place``.
    """
    try:
        return read_condition(data)
    except InvalidAt as refusal:
        steps = [str(int(step) - 1) if step.isdecimal() else step for step in refusal.place.split(".") if step]
        raise InvalidAt(refusal.bare, field="condition", place=".".join([place, *steps])) from None


def terms_in(condition: Condition) -> Iterator[Term]:
    """Yield the terms of a condition."""
    match condition:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from terms_in(part)
        case Not(part):
            yield from terms_in(part)
        case Term():
            yield condition


def _read(data: Any, place: str, depth: int) -> Condition:
    if not isinstance(data, Mapping) or not all(isinstance(name, str) for name in data):
        raise InvalidAt(_("Write conditions as names with values."), field="condition", place=place)
    if not data:
        raise InvalidAt(_("A rule needs at least one condition."), field="condition", place=place)
    if depth > DEEPEST:
        raise InvalidAt(
            _("Conditions nest at most %(count)d deep.") % {"count": DEEPEST}, field="condition", place=place
        )
    parts = tuple(_read_part(name, value, f"{place}.{name}".lstrip("."), depth) for name, value in data.items())
    return parts[0] if len(parts) == 1 else All(parts)


def _read_part(name: str, value: Any, place: str, depth: int) -> Condition:
    if name in ("all", "any"):
        if not isinstance(value, list | tuple) or not value:
            raise InvalidAt(_("Give a list of conditions."), field="condition", place=place)
        parts = tuple(_read(part, f"{place}.{number}", depth + 1) for number, part in enumerate(value, start=1))
        if len(parts) == 1:
            return parts[0]
        return All(parts) if name == "all" else AnyOf(parts)
    if name == "not":
        return Not(_read(value, place, depth + 1))
    if not _is_text(value):
        raise InvalidAt(_("This holds a character that is none."), field="condition", place=place)
    try:
        return read_term(name, value)
    except Invalid as refusal:
        raise InvalidAt(str(refusal), field="condition", place=place) from None


def _is_text(value: Any) -> bool:
    """Say whether no text in what stands behind a name holds what the database cannot keep."""
    if isinstance(value, str):
        return _NO_CHARACTER.search(value) is None
    if isinstance(value, Mapping):
        return all(_is_text(part) for part in value.values())
    return not isinstance(value, list | tuple) or all(_is_text(part) for part in value)
