"""The way back of an answer that has not left: its text is a draft again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict
from teams.models import User
from triage.models import Conversation, Event, Reply
from triage.services import recording
from triage.services.pen import claims
from triage.services.sending import change_rights, kinds, parting
from triage.states import ReplyKind, ReplyState


class TooLate(Conflict):
    """The answer has left already."""

    code = "too_late"


def withdraw_reply(*, reply_id: int, actor: User, at: datetime) -> None:
    """Take an answer back that has not left, or did not go out. Locks the conversation.

    Of this and a worker that claims it, one wins. Asked twice, the second changes nothing.

    :raises NotTheHolder: ``actor`` neither wrote it nor holds the conversation.
    :raises TooLate: it is with the network, or out.
    """
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).get(replies=reply_id)
        reply = Reply.objects.select_related("author").get(pk=reply_id)
        is_theirs = actor.pk in (reply.author_id, conversation.holder_id)
        is_change = reply.kind != ReplyKind.ANSWER
        if not is_theirs and not (is_change and change_rights.may_change(actor, conversation)):
            raise claims.NotTheHolder(_("You do not hold this conversation."))
        if reply.state == ReplyState.WITHDRAWN:
            return
        if reply.state == ReplyState.QUEUED and parting.has_begun(reply):
            raise TooLate(_("It was too late: part of your answer is out, and the rest is on its way."))
        taken = Reply.objects.filter(pk=reply_id, state__in=[ReplyState.QUEUED, ReplyState.FAILED]).update(
            state=ReplyState.WITHDRAWN
        )
        if not taken:
            raise TooLate(_why_too_late(reply_id))
        kinds.give_back(reply, at=at)
        recording.record(
            conversation_id=conversation.pk,
            kind=kinds.event_kind(reply, Event.Kind.REPLY_WITHDRAWN),
            actor=actor,
            at=at,
            data=kinds.event_data(reply),
        )


def _why_too_late(reply_id: int) -> str:
    """Return where an answer is that cannot be taken back: read anew, it may have moved on this very moment."""
    state = Reply.objects.values_list("state", flat=True).get(pk=reply_id)
    if state == ReplyState.SENDING:
        return _("It was too late: your answer is with the network.")
    if state == ReplyState.UNCERTAIN:
        return _("It was too late: your answer has left, and nobody knows yet whether it arrived.")
    return _("It was too late: your answer is out.")
