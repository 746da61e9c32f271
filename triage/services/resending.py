"""Send an answer after all that was stopped because something had changed."""

from datetime import datetime
from uuid import uuid5

from django.utils.translation import gettext as _

from teams.models import User
from triage.models import Reply
from triage.services import parting, replies
from triage.services.composing import How
from triage.services.replies import ReplyInFlight
from triage.services.seen import Seen
from triage.states import ReplyKind, ReplyState


def send_anyway(*, reply_id: int, author: User, seen: Seen, at: datetime) -> Reply:
    """Send the text of a failed answer as a new one, by somebody who has now seen what changed.

    Asked twice with the same ``seen`` it is one answer. Everything is checked as for
    every answer, so it is refused where the pen is lost, where the policy in force is
    not attested, and where something has changed once more.

    :raises ReplyInFlight: it is not a failed one, or another is on its way.
    :raises NotAttested: the person has not attested the policy in force.
    :raises NotTheHolder: the pen has changed hands.
    :raises WorldChanged: something has happened that is not in ``seen`` either.
    """
    reply = Reply.objects.get(pk=reply_id)
    key = uuid5(reply.key, f"{seen.fence} {seen.mention_id} {seen.policy_version_id}")
    known = Reply.objects.filter(key=key, author=author).first()
    if known is not None:
        return known
    if reply.state != ReplyState.FAILED or reply.kind != ReplyKind.ANSWER:
        raise ReplyInFlight(_("This answer is not waiting for another try."))
    return replies.queue_reply(
        conversation_id=reply.conversation_id,
        author=author,
        body=parting.unsent_text(reply),
        key=key,
        seen=seen,
        closes=reply.closes,
        at=at,
        how=How(split=reply.split, is_undescribed_meant=True),
        again=reply,
    )
