"""Whether an answer needs the word of others, and whether it has it: what sending asks before anything leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict
from socialhub.lib.told import Told, told
from teams.models import User
from triage.models import Approval, Conversation, Decision, Merge, Reply
from triage.models.approval import OPEN_STATES
from triage.services.seen import Seen
from triage.services.sending import kinds
from triage.services.threads.joined import has_changed_hands
from triage.services.writing.content import Content
from triage.states import ReplyKind, ReplyState

# An answer that ended so never left: what was approved for it still holds for the same words.
NEVER_LEFT = (ReplyState.WITHDRAWN, ReplyState.FAILED)


class ApprovalNeeded(Conflict):
    """The text, as it stands and at this moment, is not approved; the draft is kept."""

    code = "approval_needed"


@dataclass(frozen=True, slots=True)
class Needed:
    """Whose word an answer needs: ``asked`` names each a ``person``, a ``department`` (ids) or a ``role``.

    Whom a rule names and nobody knows any more is ``gone``. ``clause_id`` and ``label`` are
    those of the clause whose rule asks; where the decision asks there is none.
    """

    mode: Approval.Mode
    asked: tuple[dict[str, Any], ...]
    clause_id: int | None = None
    label: str = ""

    @classmethod
    def read(cls, kept: dict[str, Any] | None) -> "Needed | None":
        """Return what a decision keeps; None when it asks for nobody's word."""
        if not kept or not kept.get("asked"):
            return None
        return cls(Approval.Mode(kept["mode"]), tuple(kept["asked"]))

    def kept(self) -> dict[str, Any]:
        """Return it as a decision and an approval keep it."""
        kept: dict[str, Any] = {"mode": self.mode.value, "asked": list(self.asked)}
        return kept if self.clause_id is None else {**kept, "clause": self.clause_id}


def needed_by_decisions(conversation: Conversation) -> list[Needed]:
    """Return whose word the decision asks for an answer in the conversation, in groups, and those of what was merged.

    What was asked of a part of the thread is asked of all of it, until somebody decides anew with all of it
    before them. What the rules of the policy ask for comes on top: see ``triage.services.writing.conduct``.
    """
    return _needed_by_decisions(conversation.pk)


def approval_needed(conversation: Conversation) -> Needed | None:
    """Return as one group whose word the decisions ask for an answer; None when nobody's.

    Of several groups it is that of everybody, which is as much as each of them asks or more.
    """
    needed = needed_by_decisions(conversation)
    if len(needed) < 2:
        return needed[0] if needed else None
    everybody = {tuple(sorted(one.items())): one for group in needed for one in group.asked}
    return Needed(Approval.Mode.ALL, tuple(everybody.values()))


def _needed_by_decisions(conversation_id: int) -> list[Needed]:
    decisions = Decision.objects.filter(conversation=conversation_id).order_by("-pk")
    # What was taken back had nothing before it, nor had what says again what was before.
    taken_back = Decision.objects.filter(conversation=conversation_id, reverses=OuterRef("pk"), is_undoing=True)
    stands = decisions.filter(~Exists(taken_back), is_undoing=False)
    merged = Merge.objects.filter(target=OuterRef("pk"), undone_at=None)
    found = Conversation.objects.filter(pk=conversation_id).values_list(
        Subquery(decisions.values("approval")[:1]), Subquery(stands.values("at")[:1]), Exists(merged)
    )
    own, decided_at, has_merged = found.get()
    needed = [one for one in [Needed.read(own)] if one is not None]
    if not has_merged:
        return needed
    merges = Merge.objects.filter(target=conversation_id, undone_at=None).order_by("pk")
    if decided_at is not None:
        merges = merges.filter(at__gte=decided_at)
    for source_id in merges.values_list("source", flat=True):
        needed += [one for one in _needed_by_decisions(source_id) if one not in needed]
    return needed


def mode_of(needed: Sequence[Needed]) -> Approval.Mode:
    """Return whose word it takes as a whole: of several groups that of each."""
    return needed[0].mode if len(needed) == 1 else Approval.Mode.ALL


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text alone, as an approval keeps it."""
    return Content(text).digest


def open_approval(conversation_id: int, original: Reply | None = None) -> Approval | None:
    """Return the approval that may still become an answer, or a change of ``original``, if there is one.

    Also one whose answer never left: sending it was taken back, or failed.
    """
    approvals = Approval.objects.select_related("author").filter(conversation=conversation_id, original=original)
    latest = approvals.order_by("-pk").first()
    if latest is None or latest.state in OPEN_STATES:
        return latest
    if latest.state == Approval.State.USED and not latest.replies.exclude(state__in=NEVER_LEFT).exists():
        return latest
    return None


def take_for(
    conversation: Conversation,
    *,
    author: User,
    digest: str,
    needed: Sequence[Needed],
    seen: Seen,
    at: datetime,
    kind: ReplyKind = ReplyKind.ANSWER,
    original: Reply | None = None,
) -> Approval | None:
    """Use up the approval of exactly this content (by its ``digest``) and return it; None when nobody's word is needed.

    Every group of ``needed`` must have given its word. For a change it must be one of just this ``kind``,
    of what is done to ``original``. Call it with the conversation locked, in the transaction that queues the answer.

    :raises ApprovalNeeded: the text has no approval, or one that does not hold any more.
    """
    if not needed:
        return None
    approval = open_approval(conversation.pk, original)
    if approval is None or approval.kind != kind:
        raise ApprovalNeeded(_("This answer needs approval before it is sent. Your draft is kept."))
    if approval.author_id != author.pk:
        raise ApprovalNeeded(_("Somebody else asked for this approval. Ask for your own."))
    why = why_not_valid(approval, conversation, digest=digest, seen=seen, at=at) or why_not_enough(approval, needed)
    if why:
        raise ApprovalNeeded(why)
    taken = Approval.objects.filter(pk=approval.pk, state=approval.state)
    if not taken.update(state=Approval.State.USED, settled_at=at):
        raise ApprovalNeeded(_("This answer needs approval before it is sent. Your draft is kept."))
    approval.state = Approval.State.USED
    return approval


def why_not_valid(approval: Approval, conversation: Conversation, *, digest: str, seen: Seen, at: datetime) -> str:
    """Return why an approval does not let this content out; nothing when it does."""
    if approval.state == Approval.State.ASKED:
        return _("This answer waits for approval.")
    if approval.state == Approval.State.EDITED:
        return _("An approver proposes another text. Take it, or ask again.")
    if approval.digest != digest:
        return _("This is not the text that was approved. Ask for approval of the new one; your draft is kept.")
    if has_changed_hands(conversation, approval.fence):
        return _("The conversation changed hands since this was approved. Ask for approval again.")
    if approval.fence != conversation.fence:
        return _("The conversation is another since this was approved: something was merged. Ask for approval again.")
    if approval.expires_at is not None and approval.expires_at <= at:
        return _("The approval held until the deadline of the conversation. Ask for approval again.")
    if approval.answers_id != seen.mention_id:
        return _("There is a new message since this was approved. Ask for approval again.")
    if approval.policy_version_id != seen.policy_version_id:
        return _("A new version of the policy came into force since this was approved. Ask for approval again.")
    return ""


def why_not_enough(approval: Approval, needed: Sequence[Needed]) -> str:
    """Return that somebody's word is needed who was not asked for it; nothing when everybody was."""
    if all(one.kept() in approval.needed for one in needed):
        return ""
    return _("By now it needs the word of somebody who was not asked. Ask for approval again.")


def check_again(reply: Reply, conversation: Conversation, author: User, needed: Sequence[Needed]) -> None:
    """Check that a failed answer may be sent once more without asking again: by the same author, under the same pen.

    :raises ApprovalNeeded: somebody else wrote it, or the pen has changed hands since it was approved.
    """
    if not needed:
        return
    approval = reply.approval
    is_approved = approval is not None and approval.fence == conversation.fence and not why_not_enough(approval, needed)
    if reply.author_id != author.pk or not (is_approved or reply.emergency):
        raise ApprovalNeeded(_("This answer was approved for another pen. Ask for approval again."))


def withdraw_open(*, conversation_id: int, at: datetime) -> None:
    """Withdraw what is open in a conversation: of an answer, and of changes of answers.

    Call it with the conversation locked, in the transaction of what makes it void.
    """
    opened = Approval.objects.filter(conversation=conversation_id, state__in=OPEN_STATES)
    opened.update(state=Approval.State.WITHDRAWN, settled_at=at)


def withdraw_of(*, conversation_id: int, original: Reply | None, at: datetime) -> None:
    """Withdraw what is open of an answer, or of a change of ``original``; see ``withdraw_open``."""
    opened = Approval.objects.filter(conversation=conversation_id, original=original, state__in=OPEN_STATES)
    opened.update(state=Approval.State.WITHDRAWN, settled_at=at)


def not_approved(reply: Reply, needed: Sequence[Needed]) -> list[Told]:
    """Return in sentences why an answer must not leave, just before it would; nothing when its text is approved."""
    if reply.approval is None:
        return [] if reply.emergency or not needed else [told("It was not approved.")]
    if why_not_enough(reply.approval, needed):
        return [told("By now it needs the word of somebody who was not asked.")]
    if reply.approval.state != Approval.State.USED or reply.approval.digest != kinds.digest_of(reply):
        return [told("Its text is not the one that was approved.")]
    return []
