"""Which answers go to which connector, and the sweep that forgets none."""

from datetime import datetime

from listening.connectors.registry import connector_for
from socialhub.lib.queue import wake
from triage.models import Reply
from triage.services.sending import delivery, stopping
from triage.states import ReplyState

# Each sweep starts at most so much of either; the next one comes within seconds.
SWEEP = 20


def deliver(*, reply_id: int, at: datetime) -> bool:
    """Send one answer through its channel's connector; return whether it is known to be out."""
    return delivery.deliver_reply(reply_id=reply_id, at=at, connector=connector_for(_kind(reply_id)))


def resolve(*, reply_id: int, at: datetime) -> None:
    """Find out what became of an answer whose worker died while sending."""
    delivery.resolve_stuck(reply_id=reply_id, at=at, connector=connector_for(_kind(reply_id)))


def sweep(*, at: datetime) -> None:
    """Start the sending of what is due, and the finding out about what a dead worker left behind.

    One task each: a slow network delays nobody else, and each claim is as old as its sending.
    """
    # What is stopped would take the place of what is not.
    due = Reply.objects.filter(~stopping.stopped(), state=ReplyState.QUEUED, not_before_at__lte=at)
    for reply_id in due.order_by("not_before_at", "pk").values_list("pk", flat=True)[:SWEEP]:
        wake("triage.deliver_reply", reply_id=reply_id)
    stuck = Reply.objects.filter(state=ReplyState.SENDING, claimed_at__lt=at - delivery.STUCK_AFTER).order_by(
        "claimed_at", "pk"
    )
    for reply_id in stuck.values_list("pk", flat=True)[:SWEEP]:
        wake("triage.resolve_reply", reply_id=reply_id)


def _kind(reply_id: int) -> str:
    kind: str = Reply.objects.values_list("conversation__channel__kind", flat=True).get(pk=reply_id)
    return kind


def look_again(*, reply_id: int, at: datetime) -> None:
    """Ask the network once more about an uncertain answer.

    :raises StillUnknown: the network cannot tell.
    """
    delivery.look_again(reply_id=reply_id, at=at, connector=connector_for(_kind(reply_id)))
