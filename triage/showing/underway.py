"""An answer that is not out, as the thread shows it: how far it has come, and what can be done."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.utils import timezone
from django.utils.translation import gettext as _

from socialhub.lib.labels import inside_sentence
from socialhub.lib.moments import date_format
from triage.models import Reply
from triage.services.sending import private_window, stopping
from triage.showing.addresses import act_url
from triage.showing.changes import change_url
from triage.states import Failure, ReplyKind, ReplyState

TONES = {
    ReplyState.QUEUED: "info",
    ReplyState.SENDING: "info",
    ReplyState.FAILED: "urgent",
    ReplyState.UNCERTAIN: "warn",
}


@dataclass(frozen=True, slots=True)
class Underway:
    """How an answer stands. ``seconds`` are left until it leaves; an empty address means that there is no such act."""

    text: str
    tone: str
    problem: str = ""
    seconds: int = 0
    withdraw_url: str = ""
    retry_url: str = ""
    anyway_url: str = ""
    settle_url: str = ""
    is_stopped: bool = False
    again_url: str = ""
    asks: str = ""
    yes: str = ""
    no: str = ""


def how_it_stands(reply: Reply, *, slug: str, is_holder: bool, reader_id: int, at: datetime) -> Underway:
    """Return how ``reply`` stands at ``at`` for a reader, whose acts come back to the list ``slug``."""
    state = ReplyState(reply.state)

    def act(name: str, *, if_: bool) -> str:
        return act_url(name, reply.pk, slug=slug) if if_ else ""

    seconds = max(ceil((reply.not_before_at - at).total_seconds()), 0) if state == ReplyState.QUEUED else 0
    is_first = not reply.error
    is_stopped = state == ReplyState.QUEUED and stopping.is_stopped(reply.pk)
    is_failed = state == ReplyState.FAILED
    is_changed = reply.failure == Failure.CHANGED
    is_answer = reply.kind == ReplyKind.ANSWER
    may_go_anyway = is_answer and is_changed and is_failed and is_holder
    asks, yes, no = _what_was_found(ReplyKind(reply.kind))
    return Underway(
        text=_text(reply, state, seconds if is_first else 0, is_stopped=is_stopped),
        tone="warn" if is_stopped else TONES.get(state, "neutral"),
        problem=str(reply.problem) if state != ReplyState.SENDING else "",
        seconds=seconds if is_first and not is_stopped else 0,
        withdraw_url=act(
            "withdraw",
            if_=state in (ReplyState.QUEUED, ReplyState.FAILED) and (is_holder or reply.author_id == reader_id),
        ),
        retry_url=act("retry", if_=is_holder and is_failed and not is_changed),
        anyway_url=act("send_anyway", if_=may_go_anyway and not _is_too_late(reply, at)),
        settle_url=act("settle", if_=is_holder and state == ReplyState.UNCERTAIN),
        is_stopped=is_stopped,
        again_url=change_url(reply, slug=slug) if is_failed and is_holder and not is_answer else "",
        asks=asks,
        yes=yes,
        no=no,
    )


def _what_was_found(kind: ReplyKind) -> tuple[str, str, str]:
    """Return what somebody is asked who looks for an uncertain one, and the two answers."""
    if kind == ReplyKind.CORRECTION:
        return (
            _("It may or may not have been corrected. What do you see there?"),
            _("The new text"),
            _("The old text"),
        )
    if kind == ReplyKind.REMOVAL:
        return _("It may or may not have been removed. What do you see there?"), _("It is gone"), _("It is still there")
    return (
        _("It may or may not have arrived. What do you see there?"),
        _("It is there"),
        _("It is not there"),
    )


def _is_too_late(reply: Reply, at: datetime) -> bool:
    """Say whether the network takes the answer no more, whatever anybody says."""
    return bool(private_window.closed_for(reply, at=at))


def leaving(seconds: int) -> str:
    """Return when an answer leaves."""
    return _("On its way in %(n)d s") % {"n": seconds}


def _text(reply: Reply, state: ReplyState, seconds: int, *, is_stopped: bool) -> str:
    if state != ReplyState.QUEUED:
        return _named(reply, str(state.label))
    if is_stopped:
        return _("Waits: sending is stopped")
    if reply.error:
        clock = date_format(timezone.localtime(reply.not_before_at), "H:i")
        return _("Tried again at %(clock)s") % {"clock": clock}
    return leaving(seconds) if seconds else _named(reply, _("On its way"))


def _named(reply: Reply, text: str) -> str:
    """Say what it is that stands so, where it is no answer."""
    if reply.kind == ReplyKind.ANSWER:
        return text
    return _("%(kind)s: %(state)s") % {"kind": ReplyKind(reply.kind).label, "state": inside_sentence(text)}
