"""What the author does with an approval: ask for it, take an approver's text, withdraw it; and its end in time."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from policies.services import reading
from socialhub.lib.errors import Conflict
from teams.models import User
from triage.models import Approval, ApprovalStep, Conversation, Event
from triage.models.approval import OPEN_STATES
from triage.services import gate, recording, telling
from triage.services.approving import standing
from triage.services.approving import steps as approving_steps
from triage.services.approving.standing import Needed
from triage.services.seen import Seen
from triage.services.sending import change_rights, correcting, replies
from triage.services.writing import attachments, composing, conduct, drafts
from triage.services.writing.composing import How
from triage.states import ReplyKind

# Of those whose time is over, at most so many in one sweep; the next one comes within a minute.
BATCH = 200


class NoApprovalNeeded(Conflict):
    """Nobody's word is needed: the answer can be sent."""

    code = "no_approval_needed"


class ApprovalNotOpen(Conflict):
    """What was asked is settled, withdrawn or too old."""

    code = "approval_not_open"


def ask_approval(
    *,
    conversation_id: int,
    author: User,
    body: str,
    seen: Seen,
    at: datetime,
    how: How = replies.AS_ONE,
    sends_when_approved: bool = False,
) -> Approval:
    """Put exactly this text before those who must approve it; another open one is withdrawn.

    With it goes what is attached, as it is now. Locks the conversation, then the draft.
    Asked again for the same in the same world, it returns what is open already. With
    ``sends_when_approved`` it goes out by itself; what was wished last counts. It holds until the
    deadline of the conversation; where that has passed, until it is used.

    :raises NotAttested: the writer has not attested the policy in force.
    :raises NotTheHolder: the pen has changed hands.
    :raises WorldChanged: a new inbound message, or a new policy version.
    :raises ReplyInFlight: another answer is on its way.
    :raises ConductBlocked: the policy lets nobody say this.
    :raises NoApprovalNeeded: nobody's word is needed.
    :raises NobodyToAsk: whoever should approve is the author, or cannot.
    :raises AttachmentsChanged: something was attached or removed since the writer looked.
    :raises AltTextMissing: nothing says what a picture shows, and ``how`` does not say that this is meant.
    :raises Invalid: the text is empty or too long for the channel.
    """
    drafts.save_draft(conversation_id=conversation_id, author=author, body=body, at=at, split=how.split)
    policy = reading.policy_in_force()
    gate.check(author, policy, at=at)
    with transaction.atomic():
        conversation = _locked(conversation_id)
        replies.check_pen(conversation, author, seen)
        replies.check_world(conversation, seen, policy.version_id)
        attached = attachments.of_draft(drafts.lock_draft(conversation_id, author, at))
        content = composing.compose(conversation, body, mention_id=seen.mention_id, attached=attached, how=how)
        bare = conduct.count_undescribed(attached)
        judged = conduct.judge(conversation, content.text, writer=author, undescribed=bare, policy=policy, at=at)
        conduct.refuse_blocked(judged)
        needed = judged.needed
        if not needed:
            raise NoApprovalNeeded(_("This answer needs no approval. Send it."))
        replies.check_none_in_flight(conversation)
        before = standing.open_approval(conversation_id)
        if before is not None and is_same(before, author, content.digest, needed, seen, at=at):
            _wish(before, sends_when_approved)
            return before
        if before is not None and before.state in OPEN_STATES:
            withdraw(before, author, at)
        due_at = conversation.due_at
        approval = Approval.objects.create(
            conversation=conversation,
            author=author,
            body=content.text,
            split=content.split,
            parts=list(content.parts),
            digest=content.digest,
            fence=conversation.fence,
            answers_id=seen.mention_id,
            policy_version_id=policy.version_id,
            needed=[one.kept() for one in needed],
            mode=standing.mode_of(needed),
            sends_when_approved=sends_when_approved,
            asked_at=at,
            expires_at=due_at if due_at is not None and due_at > at else None,
        )
        attachments.copy_to_approval(attached, approval)
        approving_steps.make_steps(approval, needed)
        tell_asked(approval, conversation, author, at)
    return approval


def take_edit(*, approval_id: int, author: User, at: datetime) -> Approval:
    """Make an approver's text the author's own, as a new approval; that approver's word counts for it already.

    Where others must approve too, they are asked about the new text. Locks the conversation.

    What is attached stays as it was put before them.

    :raises ApprovalNotOpen: no text is proposed any more, or the pen has changed hands.
    :raises WorldChanged: a new inbound message, or a new policy version.
    :raises ConductBlocked: the policy lets nobody say this.
    :raises NobodyToAsk: whoever else should approve is the author, or cannot.
    :raises Invalid: the channel takes less by now than when it was proposed.
    """
    policy = reading.policy_in_force()
    with transaction.atomic():
        conversation, before = _locked_with(approval_id)
        if before.state != Approval.State.EDITED or not _is_theirs(before, conversation, author, at):
            raise ApprovalNotOpen(_("This text is not proposed to you any more."))
        seen = Seen(before.fence, before.answers_id, before.policy_version_id)
        correcting.check_world_of(before, conversation, seen, policy.version_id)
        replaced = Approval.objects.filter(pk=before.pk, state=Approval.State.EDITED).update(
            state=Approval.State.REPLACED, settled_at=at
        )
        if not replaced:
            raise ApprovalNotOpen(_("This text is not proposed to you any more."))
        attached = list(before.attachments.select_related("file").order_by("position"))
        content = composing.compose(
            conversation,
            before.edited_body,
            mention_id=before.answers_id,
            attached=attached,
            how=How(split=before.split, is_undescribed_meant=True),
        )
        bare = conduct.count_undescribed(attached)
        judged = conduct.judge(conversation, content.text, writer=author, undescribed=bare, policy=policy, at=at)
        conduct.refuse_blocked(judged)
        # The approver's words may need the word of somebody whom the author's did not.
        further = [one for one in judged.needed if one.kept() not in before.needed]
        is_enough = not further and _is_last_word(before)
        approval = Approval.objects.create(
            conversation=conversation,
            author=author,
            kind=before.kind,
            original=before.original,
            body=content.text,
            split=content.split,
            parts=list(content.parts),
            digest=content.digest,
            replaces=before,
            fence=before.fence,
            answers_id=before.answers_id,
            policy_version_id=before.policy_version_id,
            needed=[*before.needed, *(one.kept() for one in further)],
            mode=Approval.Mode.ALL if further else before.mode,
            # Whoever takes the last word's text is there to send it.
            sends_when_approved=before.sends_when_approved and not is_enough,
            state=Approval.State.APPROVED if is_enough else Approval.State.ASKED,
            asked_at=at,
            expires_at=before.expires_at,
            settled_at=at if is_enough else None,
        )
        attachments.copy_to_approval(attached, approval)
        _copy_steps(before, approval)
        approving_steps.make_steps(approval, further)
        if approval.original is None:
            drafts.save_draft(
                conversation_id=conversation.pk, author=author, body=approval.body, at=at, split=approval.split
            )
        tell_asked(approval, conversation, author, at)
    return approval


def withdraw_approval(*, approval_id: int, author: User, at: datetime) -> None:
    """Take back what the author asked, so that the text can be changed. Locks the conversation.

    :raises ApprovalNotOpen: it is settled otherwise, or somebody else asked.
    """
    with transaction.atomic():
        _conversation, approval = _locked_with(approval_id)
        if approval.author_id != author.pk or approval.state not in OPEN_STATES:
            raise ApprovalNotOpen(_("This is not waiting for approval any more."))
        withdraw(approval, author, at)


def expire(*, at: datetime) -> int:
    """End the approvals whose conversation's deadline has come, and tell their authors; return how many.

    What changed hands meanwhile is withdrawn without a word. Harmless to run twice.
    """
    late = Approval.objects.filter(state__in=OPEN_STATES, expires_at__lte=at).order_by("expires_at", "pk")
    return sum(_expire(pk, at) for pk in late.values_list("pk", flat=True)[:BATCH])


def _expire(approval_id: int, at: datetime) -> bool:
    with transaction.atomic():
        conversation, approval = _locked_with(approval_id)
        if approval.state not in OPEN_STATES or approval.expires_at is None or approval.expires_at > at:
            return False
        if approval.fence != conversation.fence:
            standing.withdraw_open(conversation_id=conversation.pk, at=at)
            return False
        Approval.objects.filter(pk=approval.pk, state__in=OPEN_STATES).update(
            state=Approval.State.EXPIRED, settled_at=at
        )
        event = recording.record(
            conversation_id=conversation.pk,
            kind=Event.Kind.APPROVAL_EXPIRED,
            actor=None,
            at=at,
            data={"approval": approval.pk},
        )
        telling.tell_verdict(conversation, event, approval.author)
    return True


def is_same(
    approval: Approval,
    author: User,
    digest: str,
    needed: Sequence[Needed],
    seen: Seen,
    kind: ReplyKind = ReplyKind.ANSWER,
    *,
    at: datetime,
) -> bool:
    """Say whether just this was asked already, in this world, and is in time."""
    return (
        approval.state in (Approval.State.ASKED, Approval.State.APPROVED, Approval.State.USED)
        and approval.author_id == author.pk
        and approval.kind == kind
        and approval.digest == digest
        and (approval.fence, approval.answers_id) == (seen.fence, seen.mention_id)
        and approval.policy_version_id == seen.policy_version_id
        and not standing.why_not_enough(approval, needed)
        # What was approved, sent and taken back is not ended by the sweep: asked for anew, it is asked anew.
        and (approval.expires_at is None or approval.expires_at > at)
    )


def _wish(approval: Approval, sends_when_approved: bool) -> None:
    Approval.objects.filter(pk=approval.pk, state=Approval.State.ASKED).update(sends_when_approved=sends_when_approved)


def _is_theirs(approval: Approval, conversation: Conversation, author: User, at: datetime) -> bool:
    holds_it = conversation.holder_id == author.pk
    return (
        approval.author_id == author.pk
        and (holds_it if approval.original_id is None else change_rights.may_change(author, conversation))
        and approval.fence == conversation.fence
        and (approval.expires_at is None or approval.expires_at > at)
    )


def _is_last_word(approval: Approval) -> bool:
    """Say whether nobody else has to speak: who proposed the text has spoken for it, those before them for another."""
    for _group, found in groupby(approval.steps.order_by("position"), key=lambda step: step.group):
        steps = list(found)
        spoke = [step.verdict == ApprovalStep.Verdict.EDITED for step in steps]
        if not (any(spoke) if steps[0].mode == Approval.Mode.ANY else all(spoke)):
            return False
    return True


def _copy_steps(before: Approval, approval: Approval) -> None:
    """Ask the same about the new text; only who wrote it has spoken for it."""
    steps = []
    for step in before.steps.order_by("position"):
        spoke = step.verdict == ApprovalStep.Verdict.EDITED
        steps.append(
            ApprovalStep(
                approval=approval,
                author_id=approval.author_id,
                position=step.position,
                group=step.group,
                mode=step.mode,
                clause_id=step.clause_id,
                person_id=step.person_id,
                department_id=step.department_id,
                role=step.role,
                verdict=ApprovalStep.Verdict.APPROVED if spoke else "",
                decided_by_id=step.decided_by_id if spoke else None,
                decided_at=step.decided_at if spoke else None,
            )
        )
    ApprovalStep.objects.bulk_create(steps)


def withdraw(approval: Approval, author: User, at: datetime) -> None:
    """Withdraw what is open, as an event of ``author``. The conversation is locked."""
    standing.withdraw_of(conversation_id=approval.conversation_id, original=approval.original, at=at)
    recording.record(
        conversation_id=approval.conversation_id,
        kind=Event.Kind.APPROVAL_WITHDRAWN,
        actor=author,
        at=at,
        data={"approval": approval.pk},
    )


def tell_asked(approval: Approval, conversation: Conversation, author: User, at: datetime) -> None:
    """Record what was asked, and tell those whose turn it is."""
    data: dict[str, Any] = {"approval": approval.pk}
    if approval.original_id is not None:
        data |= {"reply": approval.original_id, "as": str(approval.kind)}
    if approval.replaces_id is not None:
        data["replaces"] = approval.replaces_id
    event = recording.record(
        conversation_id=conversation.pk, kind=Event.Kind.APPROVAL_ASKED, actor=author, at=at, data=data
    )
    if approval.state == Approval.State.ASKED:
        turn = approving_steps.whose_turn(approval)
        telling.tell_approvers(conversation, event, approval.pk, approving_steps.people_of(turn))


def _locked(conversation_id: int) -> Conversation:
    return Conversation.objects.select_for_update(of=("self",)).select_related("channel").get(pk=conversation_id)


def _locked_with(approval_id: int) -> tuple[Conversation, Approval]:
    """Lock the conversation of an approval, and read the approval as it stands then."""
    conversation = _locked(Approval.objects.values_list("conversation", flat=True).get(pk=approval_id))
    return conversation, Approval.objects.select_related("author", "original__mention").get(pk=approval_id)
