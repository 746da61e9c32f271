"""What a rule says when it applies: one class for each kind of rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from policies.engine.facts import name_of
from socialhub.lib.errors import Invalid

DISPOSITIONS = ("no_response", "customer_service", "public_response")
VISIBILITIES = ("public", "private")
# Why nobody answers.
REASONS = (
    "off_topic",
    "spam",
    "trolling",
    "rant",
    "no_value_added",
    "community_answers",
    "duplicate",
    "other",
)
STEPS = ("decide", "claim", "answer", "resolve")
MOST_POINTS = 100
MOST_TAGS = 10
# A year, in minutes.
MOST_MINUTES = 525_600
# A hundred years: what is kept longer is kept for good, and needs no rule.
MOST_DAYS = 36_500


class Kind(StrEnum):
    """What a rule is about, and so when it is asked."""

    # Asked of every mention: priority, and where the conversation should go.
    ROUTING = "routing"
    # Asked of every answer: whose word it needs.
    APPROVAL = "approval"
    # Asked of every answer: what it must and must not say.
    CONDUCT = "conduct"
    # Asked of every deadline that comes near or has passed: who is told.
    ESCALATION = "escalation"
    # Asked of every conversation that is over: how long what of it is kept.
    RETENTION = "retention"


class Verdict(StrEnum):
    """What happens to an answer that a rule of conduct applies to."""

    BLOCK = "block"
    APPROVAL = "approval"
    WARN = "warn"


class What(StrEnum):
    """What a rule of retention lets go."""

    # What the channel handed over, as it was received; what was read from it stays.
    RAW = "raw"
    # Everything that was said and everybody's name: messages, notes, drafts, answers, files; and what was received.
    CONTENT = "content"


class Mode(StrEnum):
    """Whose word it takes, of those who are named."""

    ANY = "any"
    ALL = "all"
    IN_ORDER = "in_order"


@dataclass(frozen=True, slots=True)
class Routing:
    """What a conversation should become; an empty part leaves it to the next rule.

    ``points`` are added to the score of the priority. ``decides`` makes the disposition
    a decision, where the clause allows its rules to decide so.
    """

    priority: int | None = None
    points: int = 0
    disposition: str = ""
    department: str = ""
    person: str = ""
    visibility: str = ""
    tags: tuple[str, ...] = ()
    decides: bool = False
    # Why nobody answers, where the disposition is that.
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody whom a rule names: a ``department`` by its slug, a ``role``, or a ``person`` by their e-mail address."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Approval:
    """Whose word an answer needs."""

    mode: Mode
    asked: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Conduct:
    """What is wrong with an answer, and what follows."""

    verdict: Verdict
    message: str
    # Whose word it then needs, with the verdict ``approval``.
    approval: Approval | None = None
    # Whether a lead may send it all the same, with a reason, where the verdict is ``block``.
    may_skip: bool = False


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told when a step is not done ``minutes`` after its deadline; before it, when negative."""

    step: str
    minutes: int
    tell: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many days something is kept once a conversation is closed."""

    what: What
    keep_days: int


Outcome = Routing | Approval | Conduct | Escalation | Retention


def read_outcome(kind: str, data: Any) -> Outcome:
    """Read what a rule of a kind says, as it is written and stored.

    :raises Invalid: it says something that no rule of that kind may say.
    """
    if kind not in _READERS:
        raise _refuse(_("There is no kind of rule called “%(kind)s”.") % {"kind": str(kind)[:30]})
    if not isinstance(data, Mapping):
        raise _refuse(_("Write what a rule says as names with values."))
    return _READERS[Kind(kind)](data)


def _refuse(message: str) -> Invalid:
    return Invalid(message, field="outcome")


def _only(data: Mapping[str, Any], *known: str) -> None:
    for name in sorted(set(map(str, data)) - set(known)):
        raise _refuse(_("A rule does not understand “%(word)s”.") % {"word": name[:40]})


def _routing(data: Mapping[str, Any]) -> Routing:
    _only(data, "priority", "points", "disposition", "department", "person", "visibility", "tags", "decides", "reason")
    priority = data.get("priority")
    if priority is not None and (isinstance(priority, bool) or priority not in (1, 2, 3, 4)):
        raise _refuse(_("The priority must be 1, 2, 3 or 4."))
    points = data.get("points") or 0
    if isinstance(points, bool) or not isinstance(points, int) or abs(points) > MOST_POINTS:
        raise _refuse(_("Points must be a whole number from -%(most)d to %(most)d.") % {"most": MOST_POINTS})
    decides = data.get("decides") or False
    if not isinstance(decides, bool):
        raise _refuse(_("Say true or false."))
    said = Routing(
        priority,
        points,
        _one(data, "disposition", DISPOSITIONS, _("The disposition is not known.")),
        _text(data, "department", 60),
        _text(data, "person", 254),
        _one(data, "visibility", VISIBILITIES, _("The visibility is not known.")),
        _tags(data.get("tags") or ()),
        decides,
        _one(data, "reason", REASONS, _("The reason is not known.")),
    )
    if said.reason and said.disposition != "no_response":
        raise _refuse(_("A reason is only for conversations that nobody answers."))
    if said == Routing(decides=decides):
        raise _refuse(_("A rule has to suggest something."))
    if decides and said.disposition != "no_response" and not (said.disposition and said.department and said.visibility):
        raise _refuse(_("A rule that decides needs a disposition, and for an answer a department and a visibility."))
    return said


def _approval(data: Mapping[str, Any]) -> Approval:
    _only(data, "mode", "asked")
    return Approval(_among(Mode, data.get("mode", "any")), _named(data.get("asked"), "asked"))


def _conduct(data: Mapping[str, Any]) -> Conduct:
    _only(data, "verdict", "message", "approval", "may_skip")
    message = _text(data, "message", 300)
    if not message:
        raise _refuse(_("Say what whoever writes is told."))
    verdict = _among(Verdict, data.get("verdict", "warn"))
    needs = data.get("approval")
    if (verdict == Verdict.APPROVAL) != (needs is not None):
        raise _refuse(_("Name who must approve, with the verdict “approval” and with no other."))
    if needs is not None and not isinstance(needs, Mapping):
        raise _refuse(_("Write what a rule says as names with values."))
    may_skip = data.get("may_skip", False)
    if not isinstance(may_skip, bool):
        raise _refuse(_("Say true or false."))
    if may_skip and verdict != Verdict.BLOCK:
        raise _refuse(_("Only what blocks an answer can let a lead send it all the same."))
    return Conduct(verdict, message, None if needs is None else _approval(needs), may_skip)


def _escalation(data: Mapping[str, Any]) -> Escalation:
    _only(data, "step", "minutes", "tell")
    minutes = data.get("minutes", 0)
    if isinstance(minutes, bool) or not isinstance(minutes, int) or abs(minutes) > MOST_MINUTES:
        raise _refuse(_("Minutes must be a whole number, at most a year."))
    return Escalation(
        _one(data, "step", STEPS, _("The step is not known.")) or "decide", minutes, _named(data.get("tell"), "tell")
    )


def _retention(data: Mapping[str, Any]) -> Retention:
    _only(data, "what", "keep_days")
    days = data.get("keep_days")
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise _refuse(_("Days must be a whole number from 1 to %(most)d.") % {"most": MOST_DAYS})
    return Retention(_among(What, data.get("what")), days)


def _text(data: Mapping[str, Any], name: str, longest: int) -> str:
    value = data.get(name) or ""
    if not isinstance(value, str) or len(value) > longest:
        raise _refuse(
            _("“%(name)s” must be a text of at most %(count)d characters.") % {"name": name, "count": longest}
        )
    return value.strip()


def _one(data: Mapping[str, Any], name: str, known: tuple[str, ...], message: str) -> str:
    value = data.get(name) or ""
    if value and value not in known:
        raise _refuse(message)
    return str(value)


Choice = TypeVar("Choice", bound=StrEnum)


def _among(choices: type[Choice], value: Any) -> Choice:
    if value not in set(choices):
        raise _refuse(_("“%(name)s” is none of %(known)s.") % {"name": str(value)[:30], "known": ", ".join(choices)})
    return choices(value)


def _tags(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(tag, str) and tag.strip() for tag in value):
        raise _refuse(_("Give a list of words or names."))
    if len(value) > MOST_TAGS or any(len(tag) > 40 for tag in value):
        raise _refuse(_("A rule gives at most %(count)d tags of at most 40 characters.") % {"count": MOST_TAGS})
    return tuple(dict.fromkeys(name_of(tag) for tag in value))


def _named(value: Any, field: str) -> tuple[Named, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise _refuse(_("Say in “%(name)s” who is meant.") % {"name": field})
    found = []
    for one in value:
        if not isinstance(one, Mapping) or len(one) != 1:
            raise _refuse(_("Name each as a department, a role or a person."))
        ((kind, name),) = one.items()
        if kind not in ("department", "role", "person") or not isinstance(name, str) or not name:
            raise _refuse(_("Name each as a department, a role or a person."))
        found.append(Named(kind, name))
    return tuple(dict.fromkeys(found))


_READERS: Mapping[Kind, Callable[[Mapping[str, Any]], Outcome]] = {
    Kind.ROUTING: _routing,
    Kind.APPROVAL: _approval,
    Kind.CONDUCT: _conduct,
    Kind.ESCALATION: _escalation,
    Kind.RETENTION: _retention,
}
