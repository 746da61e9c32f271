"""The fields of the language: what each is called, and what may be written behind its colon. Knows no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from triage.states import Disposition, Outcome, Priority, Stage, Visibility

# What is bounded: an operator and a number.
Limits = tuple[tuple[str, float], ...]
# Beyond this no count and no reach goes.
LARGEST = 10.0**12


class Kind(StrEnum):
    """What may be written behind the colon."""

    CHOICE = "choice"
    NAME = "name"
    NUMBER = "number"
    DAY = "day"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be asked of a conversation.

    ``options`` are the words of a choice, each with the facts of which one must hold: two
    values of which no fact is shared exclude each other, where a conversation has one fact
    only (``is_single``). ``named`` are words for numbers. ``subject`` is what several fields
    say something about: ``before`` and ``after`` speak of the same moment.
    """

    name: str
    title: str | Promise
    kind: Kind
    example: str
    options: Mapping[str, tuple[str | Promise, frozenset[str]]] = field(default_factory=dict)
    named: Mapping[str, tuple[str | Promise, Limits]] = field(default_factory=dict)
    lowest: float = 0.0
    highest: float = LARGEST
    is_single: bool = False
    subject: str = ""
    # How a value without an operator is meant.
    operator: str = "="
    # A span (``2h``) is counted from now into the future; elsewhere into the past.
    is_ahead: bool = False


def _choices(pairs: Iterable[tuple[str, str | Promise]]) -> dict[str, tuple[str | Promise, frozenset[str]]]:
    return {value.replace("_", "-"): (title, frozenset({value})) for value, title in pairs}


_STAGES = _choices((stage.value, stage.label) for stage in Stage) | {
    "open": (_("Not closed"), frozenset(stage.value for stage in Stage if stage is not Stage.CLOSED)),
}
_HAS = {
    "answer": _("We have answered"),
    "approval": _("An approval is under way"),
    "attachment": _("An answer of ours carries a file"),
    "copy": _("Others have passed it on"),
    "draft": _("You have begun an answer"),
    "earlier": _("We have talked with this person before"),
    "failure": _("An answer of ours did not go out"),
    "note": _("A colleague left a note"),
    "person": _("The author is known under several profiles"),
}
_IS = {
    "asked": _("A note waits for a word of yours"),
    "breaching": _("Its deadline falls within the hour"),
    "customer": _("The author is on a list of customers"),
    "employee": _("The author is on a list of employees"),
    "incident": _("It is part of an incident that is open"),
    "late": _("Its deadline has passed"),
    "mine": _("You hold it, or it is offered to you"),
    "office-hours": _("It began in office hours"),
    "partner": _("The author is on a list of partners"),
    "press": _("The author is on a list of the press"),
    "private": _("It began where only we can read it"),
    "spike": _("It began while more was said than usual"),
    "unclaimed": _("It waits in a department and nobody holds it"),
    "unread": _("You have unread notifications about it"),
}


def _table(*fields: Field) -> Mapping[str, Field]:
    return {entry.name: entry for entry in fields}


VOCABULARY: Mapping[str, Field] = _table(
    Field("from", _("Author"), Kind.NAME, 'from:"Anna Berg"'),
    Field("channel", _("Channel, or its kind"), Kind.NAME, "channel:mastodon"),
    Field("lang", _("Language"), Kind.LANGUAGE, "lang:de,fr", is_single=True),
    Field("stage", _("Stage"), Kind.CHOICE, "stage:new,assigned", options=_STAGES, is_single=True),
    Field("dept", _("Department, “mine” or “none”"), Kind.NAME, "dept:support"),
    Field("holder", _("Who holds it, “me” or “none”"), Kind.NAME, "holder:me"),
    Field(
        "priority",
        _("Priority"),
        Kind.NUMBER,
        "priority:1,2",
        named={entry.name.lower(): (entry.label, (("=", float(entry.value)),)) for entry in Priority},
        lowest=1,
        highest=4,
    ),
    Field(
        "disposition",
        _("What was decided"),
        Kind.CHOICE,
        "disposition:no-response",
        options=_choices((entry.value, entry.label) for entry in Disposition),
        is_single=True,
    ),
    Field(
        "visibility",
        _("Where it is answered"),
        Kind.CHOICE,
        "visibility:private",
        options=_choices((entry.value, entry.label) for entry in Visibility),
        is_single=True,
    ),
    Field(
        "outcome",
        _("How it ended"),
        Kind.CHOICE,
        "outcome:resolved",
        options=_choices((entry.value, entry.label) for entry in Outcome),
        is_single=True,
    ),
    Field("clause", _("Clause of the policy under which it was decided"), Kind.NAME, "clause:3.2"),
    Field("tag", _("Tag"), Kind.NAME, "tag:refund"),
    Field("incident", _("Incident that it is part of"), Kind.NAME, 'incident:"Outage Oslo"'),
    Field("stream", _("Stream that heard it"), Kind.NAME, 'stream:"Our name"'),
    Field("list", _("List on which the author stood"), Kind.NAME, "list:press"),
    Field("has", _("What there is to it"), Kind.CHOICE, "has:note", options=_choices(_HAS.items())),
    Field("is", _("What it is"), Kind.CHOICE, "is:breaching", options=_choices(_IS.items())),
    Field("before", _("Last heard from before this day"), Kind.DAY, "before:2026-01-31", subject="heard", operator="<"),
    Field("after", _("Last heard from after this day"), Kind.DAY, "after:7d", subject="heard", operator=">"),
    Field("on", _("Last heard from on this day"), Kind.DAY, "on:yesterday", subject="heard"),
    Field("opened", _("Day on which it began"), Kind.DAY, "opened:>2026-01-31", subject="opened"),
    Field("decided", _("Day on which it was decided on"), Kind.DAY, "decided:today", subject="decided"),
    Field("answered", _("Day of our first answer"), Kind.DAY, "answered:<2026-01-31", subject="answered"),
    Field("closed", _("Day on which it was closed"), Kind.DAY, "closed:yesterday", subject="closed"),
    Field("due", _("Deadline"), Kind.DAY, "due:<2h", subject="due", is_ahead=True),
    Field("reach", _("Followers of the author when it began"), Kind.NUMBER, "reach:>10k"),
    Field(
        "sentiment",
        _("Mood, from -1 to 1"),
        Kind.NUMBER,
        "sentiment:negative",
        named={
            "positive": (_("Positive"), ((">=", 0.5),)),
            "neutral": (_("Neutral"), ((">", -0.5), ("<", 0.5))),
            "negative": (_("Negative"), (("<=", -0.5),)),
        },
        lowest=-1,
        highest=1,
    ),
    Field("messages", _("Number of messages"), Kind.NUMBER, "messages:>10"),
    Field("copies", _("Number of copies"), Kind.NUMBER, "copies:>=5"),
    Field("earlier", _("Conversations with the author before it began"), Kind.NUMBER, "earlier:0"),
    Field("absent", _("Days between it and the author's conversation before"), Kind.NUMBER, "absent:>30"),
)

# What other tools, and people, call a field.
CALLED_ELSEWHERE: Mapping[str, str] = {
    "assignee": "holder",
    "author": "from",
    "created": "opened",
    "department": "dept",
    "followers": "reach",
    "label": "tag",
    "language": "lang",
    "newer": "after",
    "older": "before",
    "owner": "holder",
    "sender": "from",
    "since": "after",
    "state": "stage",
    "status": "stage",
    "team": "dept",
    "until": "before",
}
