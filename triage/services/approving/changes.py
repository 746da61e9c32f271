"""Asking for approval of a correction or a removal: of its own exact words, whatever was approved before."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from policies.services import reading
from teams.models import User
from triage.models import Approval
from triage.models.approval import OPEN_STATES
from triage.services.approving import asks, standing, steps
from triage.services.approving.asks import NoApprovalNeeded
from triage.services.sending import correcting, replies
from triage.services.sending.correcting import Change
from triage.services.writing import conduct


def ask_approval_of_change(*, change: Change, author: User, at: datetime) -> Approval:
    """Put exactly these words before those who must approve them; another open asking is withdrawn.

    Asked again for the same in the same world, it returns what is open already. It is
    checked as the change itself would be. Locks the conversation.

    :raises NotAttested: the person has not attested the policy in force.
    :raises NotTheHolder: they neither hold the conversation nor lead it, or it has changed hands.
    :raises CannotBeChanged: there is nothing to change, or the network does not let us.
    :raises WorldChanged: something has happened that they have not seen.
    :raises ReplyInFlight: something else of this conversation is on its way.
    :raises ConductBlocked: the policy lets nobody say this.
    :raises NoApprovalNeeded: nobody's word is needed.
    :raises NobodyToAsk: whoever should approve is the author, or cannot.
    :raises Invalid: the words are empty, too long, or what the answer says already.
    """
    with transaction.atomic():
        conversation = correcting.lock(change.original_id)
        original, words = correcting.check_change(change, conversation, author, at=at)
        policy = reading.policy_in_force()
        judged = conduct.judge_change(conversation, change.kind, words, writer=author, policy=policy, at=at)
        conduct.refuse_blocked(judged)
        needed = judged.needed
        if not needed:
            raise NoApprovalNeeded(_("This needs no approval. Do it."))
        replies.check_none_in_flight(conversation)
        seen = change.seen
        before = standing.open_approval(conversation.pk, original)
        if before is not None and asks.is_same(
            before, author, standing.digest_of(words), needed, seen, change.kind, at=at
        ):
            return before
        if before is not None and before.state in OPEN_STATES:
            asks.withdraw(before, author, at)
        due_at = conversation.due_at
        approval = Approval.objects.create(
            conversation=conversation,
            author=author,
            kind=change.kind,
            original=original,
            body=words,
            digest=standing.digest_of(words),
            fence=conversation.fence,
            answers_id=seen.mention_id,
            policy_version_id=seen.policy_version_id,
            needed=[one.kept() for one in needed],
            mode=standing.mode_of(needed),
            asked_at=at,
            expires_at=due_at if due_at is not None and due_at > at else None,
        )
        steps.make_steps(approval, needed)
        asks.tell_asked(approval, conversation, author, at)
    return approval
