"""Send an answer after all that was stopped because something had changed."""

from datetime import datetime
from uuid import uuid5

from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict
from teams.models import User
from triage.models import Reply
from triage.services.seen import Seen
from triage.services.sending import parting, replies
from triage.services.sending.replies import ReplyInFlight
from triage.services.writing.composing import How
from triage.states import ReplyKind, ReplyState


class PageUsedUp(Conflict):
    """The page has sent an answer before, and what it asks for now does not leave."""

    code = "page_used_up"


def make_sure_it_leaves(reply: Reply, *, body: str) -> None:
    """Refuse when an old page, come back to or open in a second tab, asks for what will not leave by its used key.

    :raises PageUsedUp: the key belongs to other words, or to an answer that was taken back or has failed.
    """
    if reply.body != body.strip():
        raise PageUsedUp(_("This page has sent an answer already. What you have written now is kept as your draft."))
    if reply.state == ReplyState.WITHDRAWN:
        raise PageUsedUp(_("This answer was taken back and did not leave. Look at it, then send it anew."))
    if reply.state == ReplyState.FAILED:
        raise PageUsedUp(_("This answer did not go out. Look at why, then send it anew."))


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
