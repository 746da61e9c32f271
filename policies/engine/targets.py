"""The times that a version allows, and how they are counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from socialhub.lib.business_time import Calendar
from socialhub.lib.errors import Invalid

PRIORITIES = (1, 2, 3, 4)
# Beyond a year nobody waits. It is that much of what is counted: of opening hours it may be several years.
MOST_MINUTES = 525_600
# What nobody answers has been dealt with once it is decided.
ANSWERED = ("customer_service", "public_response")

USUAL_REST = 240

AROUND_THE_CLOCK = Calendar()

_STEPS = {
    "decide": gettext_lazy("to decide"),
    "claim": gettext_lazy("to claim"),
    "answer": gettext_lazy("to answer"),
    "rest": gettext_lazy("that a claim may rest"),
    "resolve": gettext_lazy("to resolve"),
}


class Hours(StrEnum):
    """Which time counts."""

    BUSINESS = "business"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Target:
    """The minutes allowed at one priority: for every disposition, or for the one that is named."""

    priority: int
    decide: int
    claim: int
    answer: int
    rest: int
    resolve: int | None = None
    disposition: str = ""
    hours: Hours = Hours.ALWAYS


@dataclass(frozen=True, slots=True)
class Allowed:
    """The time allowed for each step, in which hours, and how long a claim may rest by the clock."""

    decide: timedelta
    claim: timedelta
    answer: timedelta
    rest: timedelta = timedelta(hours=4)
    resolve: timedelta | None = None
    hours: Hours = Hours.ALWAYS

    def counted_in(self, calendar: Calendar) -> Calendar:
        """Return the calendar in which these times are counted, where ``calendar`` says who is there when."""
        return calendar if self.hours == Hours.BUSINESS else AROUND_THE_CLOCK

    def due(self, step: str, *, since: datetime, calendar: Calendar) -> datetime:
        """Return when ``step`` (``decide``, ``claim`` or ``answer``) is due that began at ``since``."""
        allowed: timedelta = getattr(self, step)
        return self.counted_in(calendar).add(since, allowed / timedelta(minutes=1))


# In force where a version names no targets for a priority.
FALLBACK = Allowed(timedelta(hours=4), timedelta(hours=8), timedelta(hours=24))

# By priority and disposition; an empty disposition stands for all that have no times of their own.
Targets = Mapping[tuple[int, str], Allowed]


def allowed_by(target: Target) -> Allowed:
    """Return the times of a target as deadlines are worked out with them."""
    return Allowed(
        timedelta(minutes=target.decide),
        timedelta(minutes=target.claim),
        timedelta(minutes=target.answer),
        timedelta(minutes=target.rest),
        timedelta(minutes=target.resolve) if target.resolve is not None else None,
        Hours(target.hours),
    )


def allowed_at(targets: Targets, priority: int, disposition: str = "") -> Allowed:
    """Return the times at a priority: those of the disposition, else those of all, else the usual ones."""
    return targets.get((priority, disposition)) or targets.get((priority, "")) or FALLBACK


def read_target(data: Mapping[str, Any]) -> Target:
    """Read a target as it is written: names of ``Target`` with their values.

    :raises Invalid: it says something that no target may say.
    """
    known = ("priority", "decide", "claim", "answer", "rest", "resolve", "disposition", "hours")
    for name in sorted(set(map(str, data)) - set(known)):
        raise Invalid(_("A target does not understand “%(word)s”.") % {"word": name[:40]}, field="targets")
    priority = data.get("priority")
    if isinstance(priority, bool) or priority not in PRIORITIES:
        raise Invalid(_("The priority must be 1, 2, 3 or 4."), field="priority")
    disposition = data.get("disposition") or ""
    if disposition and disposition not in ANSWERED:
        raise Invalid(
            _("Times of their own have only: %(known)s.") % {"known": ", ".join(ANSWERED)}, field="disposition"
        )
    hours = data.get("hours", Hours.ALWAYS)
    if hours not in set(Hours):
        raise Invalid(_("The hours must be “business” or “always”."), field="hours")
    resolve = data.get("resolve")
    return Target(
        priority=priority,
        decide=_minutes(data.get("decide"), "decide", priority),
        claim=_minutes(data.get("claim"), "claim", priority),
        answer=_minutes(data.get("answer"), "answer", priority),
        rest=_minutes(data.get("rest", USUAL_REST), "rest", priority),
        resolve=None if resolve is None else _minutes(resolve, "resolve", priority),
        disposition=disposition,
        hours=Hours(hours),
    )


def _minutes(value: Any, step: str, priority: int) -> int:
    told = {"step": str(_STEPS[step]), "priority": priority}
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid(
            _("Give the time %(step)s at priority %(priority)d as a whole number of minutes.") % told, field=step
        )
    if value < 1:
        raise Invalid(_("The time %(step)s at priority %(priority)d must be at least one minute.") % told, field=step)
    if value > MOST_MINUTES:
        raise Invalid(
            _("The time %(step)s at priority %(priority)d is longer than a year; at most %(most)d minutes make sense.")
            % {**told, "most": MOST_MINUTES},
            field=step,
        )
    return value
