"""What goes out by itself once it is approved: the author wished it, and it is sent in their name."""

import uuid
from datetime import datetime

from socialhub.lib.errors import Refusal
from teams.models import User
from triage.models import Approval, Conversation
from triage.services.seen import Seen
from triage.services.sending import replies
from triage.services.writing.composing import How
from triage.states import ReplyKind


def send_if_wished(approval: Approval, conversation: Conversation, *, at: datetime) -> bool:
    """Queue the answer that has just been approved, if its author wished so; return whether it is on its way.

    All is checked as when they send it themselves, and it can be taken back as long. What
    stands in the way leaves it approved: then it is theirs to send. Call it in the transaction
    of the last word, with the conversation locked.
    """
    if not approval.sends_when_approved or approval.kind != ReplyKind.ANSWER:
        return False
    author = User.objects.active().filter(pk=approval.author_id).first()
    if author is None or not author.rights.may("conversation.answer", conversation.department_id):
        return False
    try:
        replies.queue_reply(
            conversation_id=conversation.pk,
            author=author,
            body=approval.body,
            key=uuid.uuid4(),
            seen=Seen(approval.fence, approval.answers_id, approval.policy_version_id),
            closes=False,
            at=at,
            how=How(split=approval.split, is_undescribed_meant=True),
            by_approval=True,
        )
    except Refusal:
        return False
    return True
