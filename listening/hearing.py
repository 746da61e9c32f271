"""How a channel is doing, in words, and when it was heard."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from listening.models import Channel, Coverage, Gap
from socialhub.lib.durations import short_span
from socialhub.lib.moments import date_format

# A look that is this late means that no worker runs.
LATE_AFTER = timedelta(minutes=5)
# Shorter spans are told in seconds.
SECONDS_TOLD = 120


@dataclass(frozen=True, slots=True)
class State:
    """How a channel is doing."""

    tone: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which a channel was heard; ``left`` and ``width`` are thousandths of the window."""

    heard_from: datetime
    heard_until: datetime
    left: int
    width: int


def state_of(channel: Channel, gap: Gap | None = None, *, at: datetime) -> State:
    """Say how a channel is doing at ``at``; ``gap`` is the one that has not ended, if there is one."""
    heard = _heard(channel)
    if channel.is_paused:
        return State("warn", _("Paused"), heard)
    if channel.next_fetch_at is None:
        handed = _("Nobody looks here: what is said is brought, sent or imported.")
        return State("neutral", _("Handed to us"), f"{handed} {heard}" if channel.last_success_at else handed)
    if channel.failure_count:
        # A sign-in that is refused needs somebody; most other things pass.
        is_refused = gap is not None and gap.reason == Gap.Reason.AUTHORISATION
        label = _("Signed out") if is_refused else _("Not heard")
        return State("urgent", label, f"{heard} {channel.problem}".strip())
    if channel.next_fetch_at < at - LATE_AFTER:
        return State("urgent", _("Late"), f"{heard} {_('No worker has looked since.')}")
    if channel.last_success_at is None:
        return State("info", _("New"), heard)
    if gap is not None:
        return State("info", _("Catching up"), _("It answers again and tells what was said meanwhile."))
    return State("ok", _("Listening"), heard)


def lag_of(channel: Channel, *, at: datetime) -> str:
    """Say how long ago a channel was last heard, against how often it is looked at; nothing where nobody looks."""
    if channel.next_fetch_at is None or channel.last_success_at is None:
        return ""
    words = {
        "ago": _span(at - channel.last_success_at),
        "interval": _span(timedelta(seconds=channel.poll_seconds)),
    }
    return _("%(ago)s ago; looked at every %(interval)s.") % words


def budget_of(channel: Channel, *, at: datetime) -> str:
    """Say what the network still lets us ask; nothing when it says nothing, or what it said is over."""
    if channel.budget_left is None or (channel.budget_resets_at is not None and channel.budget_resets_at <= at):
        return ""
    words = {"left": channel.budget_left, "of": channel.budget_of}
    told = _("%(left)d of %(of)d left") if channel.budget_of else _("%(left)d left")
    if channel.budget_resets_at is None:
        return told % words + "."
    resets_at = localtime(channel.budget_resets_at)
    is_today = resets_at.date() == localtime(at).date()
    full = _("full again at %(moment)s.") % {"moment": date_format(resets_at, "H:i" if is_today else "j M, H:i")}
    return f"{told % words}, {full}"


def stretches(coverage: Iterable[Coverage], *, since: datetime, until: datetime) -> list[Stretch]:
    """Return the covered times within a window, newest first, with their place in it."""
    length = (until - since).total_seconds()
    found = []
    for interval in coverage:
        begin, end = max(interval.heard_from, since), min(interval.heard_until, until)
        if end < begin:
            continue
        left = int((begin - since).total_seconds() / length * 1000)
        # Even a single look shows.
        width = max(round((end - begin).total_seconds() / length * 1000), 1)
        found.append(Stretch(begin, end, min(left, 999), width))
    return sorted(found, key=lambda stretch: stretch.heard_from, reverse=True)


def share_heard(found: Iterable[Stretch], *, since: datetime, until: datetime) -> int:
    """Return the share of a window that was heard, in percent, rounded down: 100 means all of it."""
    heard = sum((stretch.heard_until - stretch.heard_from).total_seconds() for stretch in found)
    return int(heard / (until - since).total_seconds() * 100)


def _span(span: timedelta) -> str:
    seconds = max(int(span.total_seconds()), 0)
    return _("%(n)d s") % {"n": seconds} if seconds < SECONDS_TOLD else short_span(span)


def _heard(channel: Channel) -> str:
    if channel.last_success_at is None:
        return _("Not heard yet.")
    moment = date_format(localtime(channel.last_success_at), "j M Y, H:i")
    return _("Heard until %(moment)s.") % {"moment": moment}
