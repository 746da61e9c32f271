"""How a channel is doing, in words, and when it was heard."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from listening.models import Channel, Coverage

# A look that is this late means that no worker runs.
LATE_AFTER = timedelta(minutes=5)


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


def state_of(channel: Channel, *, at: datetime) -> State:
    """Say how a channel is doing at ``at``."""
    heard = _heard(channel)
    if channel.is_paused:
        return State("warn", _("Paused"), heard)
    if channel.next_fetch_at is None:
        return State("neutral", _("From files"), _("Filled by imports; nobody looks by itself."))
    if channel.failure_count:
        return State("urgent", _("Not heard"), f"{heard} {channel.last_error}".strip())
    if channel.next_fetch_at < at - LATE_AFTER:
        return State("urgent", _("Late"), f"{heard} {_('No worker has looked since.')}")
    if channel.last_success_at is None:
        return State("info", _("New"), heard)
    return State("ok", _("Listening"), heard)


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


def _heard(channel: Channel) -> str:
    if channel.last_success_at is None:
        return _("Not heard yet.")
    moment = date_format(localtime(channel.last_success_at), "j M Y, H:i")
    return _("Heard until %(moment)s.") % {"moment": moment}
