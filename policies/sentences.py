"""Rules and their reasons in sentences for people."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from django.utils.formats import number_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from policies.checking import Written
from policies.engine.conditions import All, AnyOf, Condition, Not, read_condition
from policies.engine.outcomes import (
    Approval,
    Conduct,
    Escalation,
    Named,
    Outcome,
    Retention,
    Routing,
    Verdict,
    What,
    read_outcome,
)
from policies.engine.terms import DAYS, Hours, Range, Term
from policies.wording import DISPOSITIONS, PRIORITIES, REASONS, VISIBILITIES, words_for_minutes
from socialhub.lib.errors import Invalid
from socialhub.lib.labels import quoted
from socialhub.lib.moments import grouped
from teams.roles import Role

DAY_NAMES = {
    "mon": gettext_lazy("Monday"),
    "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"),
    "thu": gettext_lazy("Thursday"),
    "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"),
    "sun": gettext_lazy("Sunday"),
}
VERDICTS = {
    Verdict.BLOCK: gettext_lazy("it cannot be sent"),
    Verdict.APPROVAL: gettext_lazy("it needs approval"),
    Verdict.WARN: gettext_lazy("whoever writes is warned"),
}
STEPS = {
    "decide": gettext_lazy("a decision"),
    "claim": gettext_lazy("a claim"),
    "answer": gettext_lazy("the first answer"),
    "resolve": gettext_lazy("the end"),
}
WHAT = {
    What.RAW: gettext_lazy("the messages as they were received"),
    What.CONTENT: gettext_lazy("everything that was said, and the names"),
}
PERSONAL_DATA = {
    "email": gettext_lazy("an e-mail address"),
    "phone": gettext_lazy("a telephone number"),
    "card": gettext_lazy("a card number"),
    "account": gettext_lazy("an account number"),
}


class NamedRule(Written, Protocol):
    """A rule as it is written, whoever keeps it."""

    @property
    def name(self) -> str:
        """What people call it."""


def sentence_of_rule(rule: NamedRule, departments: Mapping[str, str]) -> str:
    """Return what a rule does, in one sentence; ``departments`` are names by slug.

    A rule that the engine does not understand, in a draft, says so.
    """
    try:
        when = words_for_condition(read_condition(rule.condition), departments)
        then = words_for_outcome(read_outcome(rule.kind, rule.outcome), departments)
    except Invalid as refusal:
        return _("%(name)s: %(reason)s") % {"name": rule.name, "reason": refusal}
    return _("%(name)s: when %(when)s, then %(then)s.") % {"name": rule.name, "when": when, "then": then}


def words_for_condition(condition: Condition, departments: Mapping[str, str]) -> str:
    """Return when a rule applies, in words."""
    match condition:
        case All(parts):
            return get_text_list([_bracketed(part, departments, AnyOf) for part in parts], _("and"))
        case AnyOf(parts):
            return get_text_list([_bracketed(part, departments, All) for part in parts], _("or"))
        case Not(part):
            return _("not (%(condition)s)") % {"condition": words_for_condition(part, departments)}
        case Term(name, value):
            return _TERMS[name](value, departments)


def words_for_outcome(outcome: Outcome, departments: Mapping[str, str]) -> str:
    """Return what a rule says then, in words."""
    match outcome:
        case Routing():
            return ", ".join(_routing(outcome, departments))
        case Approval(mode, asked):
            return _("%(mode)s must approve: %(asked)s") % {
                "mode": {"any": _("one"), "all": _("all"), "in_order": _("all, one after the other")}[mode],
                "asked": _named(asked, departments),
            }
        case Conduct(verdict, message, approval, may_skip):
            then = _("it cannot be sent, except by a lead with a reason") if may_skip else VERDICTS[verdict]
            follows = f"{then} ({quoted(message)})"
            return follows if approval is None else f"{follows}, {words_for_outcome(approval, departments)}"
        case Escalation(step, minutes, tell):
            told = {
                "step": str(STEPS[step]),
                "minutes": words_for_minutes(abs(minutes)),
                "who": _named(tell, departments),
            }
            if minutes < 0:
                return _("%(who)s are told %(minutes)s before %(step)s is due") % told
            return _("%(who)s are told when %(step)s is %(minutes)s late") % told
        case Retention(what, days):
            kept = {"what": str(WHAT[what]), "days": grouped(days)}
            return (
                ngettext(
                    "%(what)s: erased %(days)s day after it is closed",
                    "%(what)s: erased %(days)s days after it is closed",
                    days,
                )
                % kept
            )


def words_for_evidence(evidence: Iterable[Sequence[str]], departments: Mapping[str, str] | None = None) -> str:
    """Return what a rule saw, in words: pairs of the term and what made it hold."""
    return ", ".join(_seen(name, shown, departments or {}) for name, shown in evidence)


def _bracketed(part: Condition, departments: Mapping[str, str], kind: type[All | AnyOf]) -> str:
    words = words_for_condition(part, departments)
    return f"({words})" if isinstance(part, kind) else words


def _routing(said: Routing, departments: Mapping[str, str]) -> list[str]:
    then: list[str] = []
    if said.priority:
        then.append(_("priority %(priority)s") % {"priority": PRIORITIES[said.priority]})
    if said.points:
        then.append(
            ngettext("%(points)s point", "%(points)s points", abs(said.points)) % {"points": f"{said.points:+d}"}
        )
    if said.disposition and said.reason:
        why = {"disposition": DISPOSITIONS[said.disposition], "reason": REASONS[said.reason]}
        then.append(_("%(disposition)s (%(reason)s)") % why)
    elif said.disposition:
        then.append(str(DISPOSITIONS[said.disposition]))
    if said.visibility:
        then.append(str(VISIBILITIES[said.visibility]))
    if said.department:
        then.append(_("by %(department)s") % {"department": departments.get(said.department, said.department)})
    if said.person:
        then.append(_("by %(department)s") % {"department": said.person})
    if said.tags:
        then.append(_("tagged %(tags)s") % {"tags": get_text_list(list(said.tags), _("and"))})
    if said.decides:
        then.append(_("decided without a person"))
    return then


def _named(named: Iterable[Named], departments: Mapping[str, str]) -> str:
    def called(one: Named) -> str:
        if one.kind == "department":
            return departments.get(one.name, one.name)
        if one.kind == "role" and one.name in Role.values:
            return str(Role(one.name).label)
        return one.name

    return get_text_list([called(one) for one in named], _("and"))


def _quoted(texts: Iterable[str]) -> str:
    return get_text_list([quoted(text) for text in texts], _("or"))


def _listed(names: Iterable[str], called: Mapping[str, Any] | None = None) -> str:
    return get_text_list([str((called or {}).get(name, name)) for name in sorted(names)], _("or"))


def _limits(limits: Range, *, decimals: int = 0) -> str:
    # Rounded first: the format itself only cuts off.
    low, high = (
        None if end is None else number_format(round(end, decimals), decimals, force_grouping=True)
        for end in (limits.at_least, limits.below)
    )
    if high is None:
        return _("at least %(low)s") % {"low": low}
    if low is None:
        return _("below %(high)s") % {"high": high}
    return _("at least %(low)s and below %(high)s") % {"low": low, "high": high}


def _hours(hours: Hours) -> str:
    days = get_text_list([str(DAY_NAMES[DAYS[day]]) for day in sorted(hours.days)], _("or"))
    if hours.since == hours.until:
        return _("it is %(days)s") % {"days": days}
    return _("it is %(days)s, %(since)s to %(until)s") % {
        "days": days,
        "since": f"{hours.since:%H:%M}",
        "until": f"{hours.until:%H:%M}",
    }


Teller = Callable[[Any, Mapping[str, str]], str]

_TERMS: Mapping[str, Teller] = {
    "words": lambda value, _d: _("it says %(words)s") % {"words": _quoted(value)},
    "list": lambda value, _d: _("it says a word of the list %(names)s") % {"names": _quoted(value)},
    "pattern": lambda value, _d: _("it matches the pattern %(pattern)s") % {"pattern": value},
    "language": lambda value, _d: _("it is in %(languages)s") % {"languages": _listed(value)},
    "sentiment": lambda value, _d: _("its sentiment is %(limits)s") % {"limits": _limits(value, decimals=2)},
    "reach": lambda value, _d: _("its author reaches %(limits)s") % {"limits": _limits(value)},
    "channel": lambda value, _d: _("it is on %(names)s") % {"names": _listed(value)},
    "stream": lambda value, _d: _("it is in the stream %(names)s") % {"names": _quoted(sorted(value))},
    "author": lambda value, _d: _("its author is on the list %(names)s") % {"names": _quoted(sorted(value))},
    "earlier": lambda value, _d: (
        _("earlier conversations with this person are %(limits)s") % {"limits": _limits(value)}
    ),
    "days_since": lambda value, _d: _("the days since the last one are %(limits)s") % {"limits": _limits(value)},
    "time": lambda value, _d: _hours(value),
    "office_hours": lambda value, _d: _("it is in office hours") if value else _("it is outside office hours"),
    "spike": lambda value, _d: _("there is a spike") if value else _("there is no spike"),
    "incident": lambda value, _d: (
        _("it is part of an open incident, its level %(limits)s") % {"limits": _limits(value)}
    ),
    "private": lambda value, _d: _("it was said in private") if value else _("it was said in public"),
    "disposition": lambda value, _d: _("the decision is to %(names)s") % {"names": _listed(value, DISPOSITIONS)},
    "visibility": lambda value, _d: _("the answer is %(names)s") % {"names": _listed(value, VISIBILITIES)},
    "department": lambda value, departments: _("the answer is by %(names)s") % {"names": _listed(value, departments)},
    "priority": lambda value, _d: (
        _("the priority is %(names)s")
        % {"names": _listed(value, {str(number): name for number, name in PRIORITIES.items()})}
    ),
    "tag": lambda value, _d: _("it is tagged %(names)s") % {"names": _quoted(sorted(value))},
    "reason": lambda value, _d: _("nobody answers because: %(names)s") % {"names": _listed(value, REASONS)},
    "answer_words": lambda value, _d: _("the answer says %(words)s") % {"words": _quoted(value)},
    "answer_list": lambda value, _d: _("the answer says a word of the list %(names)s") % {"names": _quoted(value)},
    "answer_pattern": lambda value, _d: _("the answer matches the pattern %(pattern)s") % {"pattern": value},
    "answer_language": lambda value, _d: _("the answer is in %(languages)s") % {"languages": _listed(value)},
    "answer_length": lambda value, _d: _("the length of the answer is %(limits)s") % {"limits": _limits(value)},
    "answer_sentiment": lambda value, _d: (
        _("the sentiment of the answer is %(limits)s") % {"limits": _limits(value, decimals=2)}
    ),
    "answer_pictures_without_alt": lambda value, _d: (
        _("its pictures without a description are %(limits)s") % {"limits": _limits(value)}
    ),
    "answer_lacks": lambda value, _d: _("the answer does not say %(words)s") % {"words": _quoted(value)},
    "answer_has_personal_data": lambda value, _d: (
        _("the answer gives away %(names)s") % {"names": _listed(value, PERSONAL_DATA)}
    ),
    "answer_links_outside": lambda value, _d: (
        _("the answer links to a site outside %(names)s") % {"names": _listed(value)}
    ),
    "answer_capitals": lambda value, _d: (
        _("the share of capitals in the answer is %(limits)s") % {"limits": _limits(value, decimals=2)}
    ),
}

# How what a term saw is shown; the others are shown as they are, in quotation marks.
_SEEN: Mapping[str, Any] = {
    "sentiment": gettext_lazy("sentiment %(seen)s"),
    "reach": gettext_lazy("a reach of %(seen)s"),
    "language": gettext_lazy("language %(seen)s"),
    "channel": gettext_lazy("channel %(seen)s"),
    "stream": gettext_lazy("stream %(seen)s"),
    "author": gettext_lazy("an author on the list %(seen)s"),
    "earlier": gettext_lazy("%(seen)s earlier conversations"),
    "days_since": gettext_lazy("%(seen)s days since the last one"),
    "time": gettext_lazy("the time %(seen)s"),
    "office_hours": gettext_lazy("office hours"),
    "spike": gettext_lazy("a spike"),
    "private": gettext_lazy("how it was said"),
    "disposition": gettext_lazy("the decision"),
    "visibility": gettext_lazy("how it is answered"),
    "department": gettext_lazy("the department"),
    "priority": gettext_lazy("priority %(seen)s"),
    "tag": gettext_lazy("the tag %(seen)s"),
    "reason": gettext_lazy("why nobody answers"),
    "answer_language": gettext_lazy("language %(seen)s"),
    "answer_length": gettext_lazy("a length of %(seen)s"),
    "answer_sentiment": gettext_lazy("sentiment %(seen)s"),
    "answer_pictures_without_alt": gettext_lazy("%(seen)s pictures"),
    "answer_lacks": gettext_lazy("“%(seen)s” is missing"),
    "answer_capitals": gettext_lazy("%(seen)s capitals"),
}


def _seen(name: str, shown: str, departments: Mapping[str, str]) -> str:
    if name == "department":
        shown = departments.get(shown, shown)
    if name == "incident":
        level, _space, called = shown.partition(" ")
        return _("part of the incident “%(name)s”, level %(level)s") % {"name": called, "level": level}
    told = _SEEN.get(name)
    return str(told) % {"seen": shown} if told is not None else quoted(shown)
