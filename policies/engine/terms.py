"""The terms that a condition is made of: what each is called, what it may be given, and which fact it looks at."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Any

import re2
from django.utils.translation import gettext as _

from policies.engine.answers import PERSONAL_DATA
from policies.engine.facts import name_of
from socialhub.lib.errors import Invalid

MOST_WORDS = 500
MOST_NAMES = 200
LONGEST_WORD = 100
LONGEST_PATTERN = 500
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")


class Family(StrEnum):
    """How a term is looked up; the index has one part for each."""

    WORDS = "words"
    LIST = "list"
    PATTERN = "pattern"
    ONE_OF = "one_of"
    RANGE = "range"
    FLAG = "flag"
    TIME = "time"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that holds or does not; ``value`` in a form that can be compared and hashed."""

    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Range:
    """From ``at_least`` (included) to ``below`` (not included); a missing end is open."""

    at_least: float | None
    below: float | None

    def has(self, number: float) -> bool:
        """Say whether the number lies in it."""
        return (self.at_least is None or number >= self.at_least) and (self.below is None or number < self.below)


@dataclass(frozen=True, slots=True)
class Hours:
    """Days of the week (0 is Monday) and a time of day; ``until`` before ``since`` goes past midnight.

    A period past midnight belongs to the day on which it begins.
    """

    days: frozenset[int]
    since: time
    until: time

    def has(self, day: int, clock: time) -> bool:
        """Say whether that time on that day lies in it."""
        if self.since < self.until:
            return day in self.days and self.since <= clock < self.until
        return (day in self.days and clock >= self.since) or ((day - 1) % 7 in self.days and clock < self.until)


@dataclass(frozen=True, slots=True)
class Kind:
    """What the engine knows of a term: its family, the fact it looks at, and how what it is given is checked."""

    family: Family
    fact: str
    read: Callable[[Any], Any]
    is_about_answer: bool = False
    # The fact that is shown with a number.
    named: str = ""


def read_term(name: str, value: Any) -> Term:
    """Check what a term was given.

    :raises Invalid: there is no such term, or it cannot be given that.
    """
    kind = TERMS.get(name)
    if kind is None:
        raise Invalid(_("A rule does not understand “%(word)s”.") % {"word": name[:40]}, field="condition")
    return Term(name, kind.read(value))


def compile_pattern(pattern: str) -> Any:
    """Compile a pattern of RE2, which takes linear time whatever it is given; case does not matter.

    :raises Invalid: RE2 does not take it.
    """
    try:
        return re2.compile(pattern, pattern_options())
    except re2.error as error:
        told = error.args[0] if error.args else ""
        reason = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
        raise Invalid(
            _("The pattern “%(pattern)s” cannot be used: %(reason)s.") % {"pattern": pattern[:60], "reason": reason},
            field="condition",
        ) from None


def pattern_options() -> Any:
    """Return how every pattern is compiled."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 64 * 2**20
    return options


def _refuse(message: str) -> Invalid:
    return Invalid(message, field="condition")


def _texts(value: Any, *, most: int) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(isinstance(entry, str) for entry in given):
        raise _refuse(_("Give a list of words or names."))
    texts = tuple(dict.fromkeys(" ".join(entry.split()) for entry in given if entry.strip()))
    if not texts:
        raise _refuse(_("Nothing is entered or chosen yet."))
    if len(texts) > most:
        raise _refuse(_("A rule takes at most %(count)d of these.") % {"count": most})
    for text in texts:
        if len(text) > LONGEST_WORD:
            raise _refuse(_("“%(word)s…” is too long.") % {"word": text[:30]})
    return texts


def _words(value: Any) -> tuple[str, ...]:
    words = _texts(value, most=MOST_WORDS)
    for word in words:
        if not re.search(r"\w", word):
            raise _refuse(_("“%(word)s” has nothing in it to look for.") % {"word": word})
    return words


def _phrases(value: Any) -> tuple[str, ...]:
    return _texts(value, most=MOST_WORDS)


def _names(value: Any) -> frozenset[str]:
    return frozenset(name_of(name) for name in _texts(value, most=MOST_NAMES))


def _list_names(value: Any) -> tuple[str, ...]:
    return tuple(sorted(_names(value)))


def _languages(value: Any) -> frozenset[str]:
    codes = frozenset(code.lower() for code in _texts(value, most=MOST_NAMES))
    for code in codes:
        if not _LANGUAGE.match(code):
            raise _refuse(_("“%(code)s” is not the code of a language.") % {"code": code[:30]})
    return codes


def _among(*known: str) -> Callable[[Any], frozenset[str]]:
    def read(value: Any) -> frozenset[str]:
        given = _names(value)
        for name in sorted(given - set(known)):
            raise _refuse(_("“%(name)s” is none of %(known)s.") % {"name": name[:30], "known": ", ".join(known)})
        return given

    return read


def _pattern(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _refuse(_("A pattern is a text."))
    if len(value) > LONGEST_PATTERN:
        raise _refuse(_("A pattern has at most %(count)d characters.") % {"count": LONGEST_PATTERN})
    if compile_pattern(value).search("") is not None:
        raise _refuse(_("The pattern “%(pattern)s” matches every text.") % {"pattern": value[:60]})
    return value


def _range(low: float, high: float) -> Callable[[Any], Range]:
    def read(value: Any) -> Range:
        if not isinstance(value, Mapping) or not value or set(value) - {"at_least", "below"}:
            raise _refuse(_("Give “at least”, “below” or both."))
        for limit in value.values():
            if isinstance(limit, bool) or not isinstance(limit, int | float) or not low <= limit <= high:
                raise _refuse(
                    _("A limit must be a number from %(low)s to %(high)s.") % {"low": f"{low:g}", "high": f"{high:g}"}
                )
        found = Range(value.get("at_least"), value.get("below"))
        if found.at_least is not None and found.below is not None and found.at_least >= found.below:
            raise _refuse(
                _("Nothing lies from %(low)s to below %(high)s.") % {"low": found.at_least, "high": found.below}
            )
        return found

    return read


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refuse(_("Say true or false."))
    return value


def _hours(value: Any) -> Hours:
    if not isinstance(value, Mapping) or set(value) - {"days", "from", "to"}:
        raise _refuse(_("Give “days”, “from” and “to”."))
    days = _among(*DAYS)(value.get("days", list(DAYS)))
    clocks = []
    for name, fallback in (("from", "00:00"), ("to", "00:00")):
        found = _CLOCK.match(str(value.get(name, fallback)))
        if found is None:
            raise _refuse(_("Write times like 09:00."))
        clocks.append(time(int(found[1]), int(found[2])))
    return Hours(frozenset(DAYS.index(day) for day in days), *clocks)


def _priorities(value: Any) -> frozenset[str]:
    given = value if isinstance(value, list | tuple) else [value]
    if not given or not all(number in (1, 2, 3, 4) and not isinstance(number, bool) for number in given):
        raise _refuse(_("The priority must be 1, 2, 3 or 4."))
    return frozenset(str(number) for number in given)


_COUNT = _range(0, 2**31 - 1)
_FEELING = _range(-1, 1)
_LEVEL = _range(1, 3)
_DISPOSITION = _among("no_response", "customer_service", "public_response")
_REASON = _among("off_topic", "spam", "trolling", "rant", "no_value_added", "community_answers", "duplicate", "other")

TERMS: Mapping[str, Kind] = {
    # What was heard, and by whom it was said.
    "words": Kind(Family.WORDS, "wording", _words),
    "list": Kind(Family.LIST, "wording", _list_names),
    "pattern": Kind(Family.PATTERN, "text", _pattern),
    "language": Kind(Family.ONE_OF, "language", _languages),
    "sentiment": Kind(Family.RANGE, "sentiment", _FEELING),
    "reach": Kind(Family.RANGE, "reach", _COUNT),
    "channel": Kind(Family.ONE_OF, "channel", _names),
    "stream": Kind(Family.ONE_OF, "streams", _names),
    "author": Kind(Family.ONE_OF, "author", _names),
    "earlier": Kind(Family.RANGE, "earlier", _COUNT),
    "days_since": Kind(Family.RANGE, "days_since", _COUNT),
    "time": Kind(Family.TIME, "local", _hours),
    "office_hours": Kind(Family.FLAG, "is_office_hours", _flag),
    "spike": Kind(Family.FLAG, "is_spike", _flag),
    "incident": Kind(Family.RANGE, "incident_level", _LEVEL, named="incident"),
    "private": Kind(Family.FLAG, "is_private", _flag),
    # What was decided.
    "disposition": Kind(Family.ONE_OF, "disposition", _DISPOSITION),
    "visibility": Kind(Family.ONE_OF, "visibility", _among("public", "private")),
    "department": Kind(Family.ONE_OF, "department", _names),
    "priority": Kind(Family.ONE_OF, "priority", _priorities),
    "tag": Kind(Family.ONE_OF, "tags", _names),
    "reason": Kind(Family.ONE_OF, "reason", _REASON),
    # What somebody wants to say.
    "answer_words": Kind(Family.WORDS, "answer_wording", _words, True),
    "answer_list": Kind(Family.LIST, "answer_wording", _list_names, True),
    "answer_pattern": Kind(Family.PATTERN, "answer", _pattern, True),
    "answer_language": Kind(Family.ONE_OF, "answer_language", _languages, True),
    "answer_length": Kind(Family.RANGE, "answer_length", _COUNT, True),
    "answer_sentiment": Kind(Family.RANGE, "answer_sentiment", _FEELING, True),
    "answer_pictures_without_alt": Kind(Family.RANGE, "answer_pictures_without_alt", _COUNT, True),
    "answer_lacks": Kind(Family.FOUND, "answer", _phrases, True),
    "answer_has_personal_data": Kind(Family.FOUND, "answer", _among(*PERSONAL_DATA), True),
    "answer_links_outside": Kind(Family.FOUND, "answer", _names, True),
    "answer_capitals": Kind(Family.FOUND, "answer", _range(0, 1), True),
}
