"""The clocks of a conversation as its page shows them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from socialhub.lib.business_time import Calendar
from socialhub.lib.durations import short_span
from socialhub.lib.moments import date_format
from triage.models import Conversation
from triage.services import clocks
from triage.states import DueFor, Stage

# From here on a deadline is near.
SOON_MINUTES = 60
_HOUR = 60
_LABELS = {
    DueFor.DECIDE: gettext_lazy("Decide"),
    DueFor.CLAIM: gettext_lazy("Claim"),
    DueFor.ANSWER: pgettext_lazy("verb", "Answer"),
    DueFor.RESOLVE: gettext_lazy("Resolve"),
}


@dataclass(frozen=True, slots=True)
class ShownClock:
    """One clock: what is to be done, how much time there is, and the moment in the reader's own time."""

    label: str
    text: str
    tone: str = "neutral"
    moment: str = ""
    iso: str = ""
    detail: str = ""


def read_clocks(conversation: Conversation, *, at: datetime) -> list[ShownClock]:
    """Return the clocks that run, or that they stand still; nothing of a closed conversation."""
    if conversation.stage == Stage.WAITING:
        return [ShownClock(_("Clocks"), _("Paused"), "info", detail=_paused(conversation))]
    shown = []
    step, due_at = clocks.STEPS.get(conversation.stage), clocks.deadline_of_step(conversation)
    if step is not None and due_at is not None:
        shown.append(_running(step, due_at, clocks.calendar_of_step(conversation), at))
    if conversation.resolve_due_at is not None:
        calendar = clocks.calendar_of_resolving(conversation)
        shown.append(_running(DueFor.RESOLVE, conversation.resolve_due_at, calendar, at))
    return shown


def _running(step: DueFor, due_at: datetime, calendar: Calendar, at: datetime) -> ShownClock:
    minutes = calendar.minutes_between(at, due_at)
    if due_at < at:
        text, tone = _late(-minutes, at - due_at, calendar), "urgent"
    else:
        text, tone = _left(minutes, due_at - at, calendar), "warn" if minutes < SOON_MINUTES else "neutral"
    return ShownClock(str(_LABELS[step]), text, tone, _moment(due_at, at), due_at.isoformat())


def _left(minutes: float, span: timedelta, calendar: Calendar) -> str:
    if calendar.is_always:
        return _("in %(span)s") % {"span": short_span(span)}
    count, is_hours = _rounded(minutes)
    if is_hours:
        return ngettext("in %(count)d business hour", "in %(count)d business hours", count) % {"count": count}
    return ngettext("in %(count)d business minute", "in %(count)d business minutes", count) % {"count": count}


def _late(minutes: float, span: timedelta, calendar: Calendar) -> str:
    if calendar.is_always or minutes < 1:
        return _("late by %(span)s") % {"span": short_span(span)}
    count, is_hours = _rounded(minutes)
    if is_hours:
        return ngettext("late by %(count)d business hour", "late by %(count)d business hours", count) % {"count": count}
    return ngettext("late by %(count)d business minute", "late by %(count)d business minutes", count) % {"count": count}


def _rounded(minutes: float) -> tuple[int, bool]:
    """Return whole hours from two hours on, else minutes; never more than there are."""
    return (int(minutes // _HOUR), True) if minutes >= 2 * _HOUR else (int(minutes), False)


def _paused(conversation: Conversation) -> str:
    left = conversation.resolve_left
    if left is None:
        return _("We wait for the customer.")
    if left < 0:
        return _("We wait for the customer; it was late by %(span)s to resolve.") % {"span": _span(-left)}
    return _("We wait for the customer; %(span)s are left to resolve.") % {"span": _span(left)}


def _span(minutes: float) -> str:
    return short_span(timedelta(minutes=minutes))


def _moment(due_at: datetime, at: datetime) -> str:
    """Return the day and the time in the reader's zone; within a week the day of the week says which."""
    local = timezone.localtime(due_at)
    is_near = abs(due_at - at) < timedelta(days=6)
    return date_format(local, "D H:i") if is_near else date_format(local, "j M Y, H:i")
