"""Which answers go to which connector, and the sweep that forgets none."""

from datetime import datetime

from listening.connectors.registry import connector_for
from triage.models import Reply
from triage.services import delivery
from triage.states import ReplyState

# A sweep of this size ends within its task's time limit even where every network is slow.
SWEEP = 20


def deliver(*, reply_id: int, at: datetime) -> bool:
    """Send one answer through its channel's connector; return whether it is known to be out."""
    return delivery.deliver_reply(reply_id=reply_id, at=at, connector=connector_for(_kind(reply_id)))


def sweep(*, at: datetime) -> None:
    """Send what is due and was not woken for, and resolve what a dead worker left behind."""
    due = Reply.objects.filter(state=ReplyState.QUEUED, not_before_at__lte=at).order_by("not_before_at", "pk")
    for reply_id, kind in due.values_list("pk", "conversation__channel__kind")[:SWEEP]:
        delivery.deliver_reply(reply_id=reply_id, at=at, connector=connector_for(kind))
    stuck = Reply.objects.filter(state=ReplyState.SENDING, claimed_at__lt=at - delivery.STUCK_AFTER).order_by(
        "claimed_at", "pk"
    )
    for reply_id, kind in stuck.values_list("pk", "conversation__channel__kind")[:SWEEP]:
        delivery.resolve_stuck(reply_id=reply_id, at=at, connector=connector_for(kind))


def _kind(reply_id: int) -> str:
    kind: str = Reply.objects.values_list("conversation__channel__kind", flat=True).get(pk=reply_id)
    return kind


def look_again(*, reply_id: int, at: datetime) -> None:
    """Ask the network once more about an uncertain answer.

    :raises StillUnknown: the network cannot tell.
    """
    delivery.look_again(reply_id=reply_id, at=at, connector=connector_for(_kind(reply_id)))
