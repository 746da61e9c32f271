"""What the menus offer: every term with its name, its help, and the fields that it is filled in with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from policies.sentences import DAY_NAMES, PERSONAL_DATA
from policies.wording import DISPOSITIONS, PRIORITIES, REASONS, VISIBILITIES


class Shape(StrEnum):
    """Which fields a term has."""

    LINES = "lines"
    TEXT = "text"
    RANGE = "range"
    FLAG = "flag"
    HOURS = "hours"
    CHOICES = "choices"


Choices = Mapping[str, Any]
FIELDS_OF: Mapping[Shape, tuple[str, ...]] = {
    Shape.LINES: ("lines",),
    Shape.TEXT: ("text",),
    Shape.RANGE: ("at_least", "below"),
    Shape.FLAG: ("flag",),
    Shape.HOURS: ("days", "from", "to"),
    Shape.CHOICES: ("names",),
}


@dataclass(frozen=True)
class Entry:
    """A term as a menu shows it. ``choices`` of what it may be given, where that is known for every version."""

    name: str
    label: Any
    shape: Shape
    help: Any = ""
    choices: Choices | None = None


_ONE_EACH = _("One on each line, or with commas between. One of them is enough.")
_CODES = _("Codes such as en, de.")
_FEELING = _("From -1, furious, to 1, delighted.")
_LEVELS = _("Its level, from 1 to 3. At least 1 is any incident.")
_PRIORITIES = {str(number): name for number, name in PRIORITIES.items()}
_YES = {"true": _("Yes"), "false": _("No")}

Menus = tuple[tuple[Any, tuple[Entry, ...]], ...]

MENUS: Menus = (
    (
        _("What was said"),
        (
            Entry("words", _("Words or phrases"), Shape.LINES, _("One on each line. Case does not matter.")),
            Entry("list", _("A word of a list"), Shape.CHOICES, _("One list is enough.")),
            Entry("pattern", _("A pattern"), Shape.TEXT, _("A regular expression of RE2; case does not matter.")),
            Entry("language", _("Language"), Shape.LINES, _CODES),
            Entry("sentiment", _("Sentiment"), Shape.RANGE, _FEELING),
        ),
    ),
    (
        _("Who said it"),
        (
            Entry("reach", _("Reach"), Shape.RANGE, _("Followers of the author.")),
            Entry(
                "author",
                _("On a list of authors"),
                Shape.LINES,
                _("The name of a list, or a kind: customer, employee, press, partner, other. One on each line."),
            ),
            Entry("earlier", _("Earlier conversations"), Shape.RANGE, _("With this person, up to 100.")),
            Entry("days_since", _("Days since the last one"), Shape.RANGE, _("Since this person last began one.")),
        ),
    ),
    (
        _("When and where"),
        (
            Entry("channel", _("Channel"), Shape.LINES, _("Its name, or its kind such as email. One on each line.")),
            Entry("stream", _("Stream"), Shape.LINES, _("Its name. One on each line.")),
            Entry("time", _("Day and time"), Shape.HOURS, _("Company time. 00:00 to 00:00 is all day.")),
            Entry("office_hours", _("Office hours"), Shape.FLAG, "", _YES),
            Entry("spike", _("Much more is said than usual"), Shape.FLAG, "", _YES),
            Entry("incident", _("Part of an open incident"), Shape.RANGE, _LEVELS),
            Entry("private", _("Said in private"), Shape.FLAG, "", _YES),
        ),
    ),
    (
        _("What was decided"),
        (
            Entry("disposition", _("What to do"), Shape.CHOICES, "", DISPOSITIONS),
            Entry("visibility", _("In public or in private"), Shape.CHOICES, "", VISIBILITIES),
            Entry("department", _("Department"), Shape.CHOICES),
            Entry("priority", _("Priority"), Shape.CHOICES, "", _PRIORITIES),
            Entry("tag", _("Tag"), Shape.LINES, _ONE_EACH),
            Entry("reason", _("Why nobody answers"), Shape.CHOICES, "", REASONS),
        ),
    ),
    (
        _("The answer"),
        (
            Entry("answer_words", _("Words or phrases of the answer"), Shape.LINES, _ONE_EACH),
            Entry("answer_list", _("A word of a list in the answer"), Shape.CHOICES, _("One list is enough.")),
            Entry("answer_pattern", _("A pattern in the answer"), Shape.TEXT, _("A regular expression of RE2.")),
            Entry("answer_language", _("Language of the answer"), Shape.LINES, _CODES),
            Entry("answer_length", _("Length of the answer"), Shape.RANGE, _("As the channel counts.")),
            Entry("answer_sentiment", _("Sentiment of the answer"), Shape.RANGE, _FEELING),
            Entry("answer_pictures_without_alt", _("Pictures without a description"), Shape.RANGE),
            Entry("answer_lacks", _("The answer does not say"), Shape.LINES, _("One on each line.")),
            Entry("answer_has_personal_data", _("The answer gives away"), Shape.CHOICES, "", PERSONAL_DATA),
            Entry(
                "answer_links_outside", _("The answer links outside these sites"), Shape.LINES, _("One on each line.")
            ),
            Entry("answer_capitals", _("Share of capitals in the answer"), Shape.RANGE, _("From 0 to 1.")),
        ),
    ),
)
ENTRIES: Mapping[str, Entry] = {entry.name: entry for _group, entries in MENUS for entry in entries}
DAYS: Choices = DAY_NAMES
# In an answer these are told apart by the line alone: a phrase may hold a comma.
WITH_COMMAS = frozenset({"words", "answer_words", "language", "answer_language"})


def options(entry: Entry, known: Choices, given: Iterable[str]) -> list[tuple[str, str, bool]]:
    """Return what a term may be given as (value, label, is chosen); what is chosen and gone stays to be seen."""
    chosen = list(given)
    offered = dict(entry.choices if entry.choices is not None else known)
    for name in chosen:
        offered.setdefault(name, name)
    return [
        (name, str(label).capitalize() if entry.choices else str(label), name in chosen)
        for name, label in offered.items()
    ]
