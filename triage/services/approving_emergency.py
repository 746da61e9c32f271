"""Sending without the approval that is needed: a lead's right, with a reason, and everybody asked is told at once."""

from datetime import datetime

from django.utils.translation import gettext as _

from socialhub.lib.errors import Forbidden, Invalid
from teams.models import User
from triage.models import Conversation, Event, Reply
from triage.services import approving, approving_steps, kinds, recording, telling

MAX_REASON = 500


class MayNotSkip(Forbidden):
    """Sending without approval is a lead's right."""

    code = "may_not_skip_approval"


def reason_to_skip(conversation: Conversation, author: User, reason: str) -> str:
    """Return the reason if it lets an answer out that needs approval; nothing where none is given or none is needed.

    :raises MayNotSkip: ``author`` does not lead the department.
    :raises Invalid: the reason is too long.
    """
    reason = reason.strip()
    if not reason or approving.approval_needed(conversation) is None:
        return ""
    if len(reason) > MAX_REASON:
        raise Invalid(_("The reason is longer than %(most)d characters.") % {"most": MAX_REASON}, field="emergency")
    # Read anew: the person may have lost the role since the request began.
    fresh = User.objects.active().filter(pk=author.pk).first()
    if fresh is None or not fresh.rights.may("reply.skip_approval", conversation.department_id):
        raise MayNotSkip(_("Only a lead of the department may send without approval."))
    return reason


def tell_skipped(reply: Reply, conversation: Conversation, *, at: datetime) -> None:
    """Record that an answer goes out unapproved, and tell everybody whose word it needed.

    What was asked is withdrawn; the event tells it. Call it in the transaction that queues the answer.
    """
    approving.withdraw_of(conversation_id=conversation.pk, original=reply.original, at=at)
    event = recording.record(
        conversation_id=conversation.pk,
        kind=Event.Kind.APPROVAL_SKIPPED,
        actor=reply.author,
        at=at,
        data=kinds.event_data(reply),
    )
    needed = approving.approval_needed(conversation)
    if needed is not None:
        telling.tell_skipped(conversation, event, approving_steps.people_asked(needed, but=reply.author))
