"""Sending without the approval that is needed: a lead's right, with a reason, and everybody asked is told at once."""

from datetime import datetime

from django.utils.translation import gettext as _

from socialhub.lib.errors import Forbidden
from teams.models import User
from triage.models import Conversation, Event, Reply
from triage.services import reasons, recording, telling
from triage.services.approving import standing, steps
from triage.services.sending import kinds
from triage.services.writing.conduct import Judged


class MayNotSkip(Forbidden):
    """Sending without approval is a lead's right."""

    code = "may_not_skip_approval"


def reason_to_skip(conversation: Conversation, author: User, reason: str, judged: Judged) -> str:
    """Return the reason if it lets an answer out that needs approval, or that a rule blocks which lets leads decide.

    Nothing where none is given or none is needed.

    :raises MayNotSkip: ``author`` does not lead the department.
    :raises Invalid: the reason is too long.
    """
    reason = reason.strip()
    if not reason or not (judged.needed or judged.blocking):
        return ""
    reasons.check_length(reason, field="emergency")
    # Read anew: the person may have lost the role since the request began.
    fresh = User.objects.active().filter(pk=author.pk).first()
    if fresh is None or not fresh.rights.may("reply.skip_approval", conversation.department_id):
        raise MayNotSkip(_("Only a lead of the department may send without approval."))
    return reason


def tell_skipped(reply: Reply, conversation: Conversation, judged: Judged, *, at: datetime) -> None:
    """Record that an answer goes out unapproved, or against a rule, and tell everybody whose word it needed.

    What was asked is withdrawn; the event tells it. Call it in the transaction that queues the answer.
    """
    standing.withdraw_of(conversation_id=conversation.pk, original=reply.original, at=at)
    if judged.blocking:
        because = [one.because for one in judged.blocking]
        recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.CONDUCT_SKIPPED,
            actor=reply.author,
            at=at,
            data=kinds.event_data(
                reply, rules=[one.rule_id for one in because], clauses=[one.clause_label for one in because]
            ),
        )
    if not judged.needed:
        return
    event = recording.record(
        conversation_id=conversation.pk,
        kind=Event.Kind.APPROVAL_SKIPPED,
        actor=reply.author,
        at=at,
        data=kinds.event_data(reply),
    )
    telling.tell_skipped(conversation, event, steps.people_asked(judged.needed, but=reply.author))
