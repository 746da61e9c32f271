"""What becomes of an answer that is out: a correction or a removal, on the same way out as the answer itself."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from policies.services import reading
from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.told import told
from teams.models import User
from triage.models import Approval, Conversation, Event, Reply
from triage.services import gate, reasons, recording
from triage.services.approving import emergency as approving_emergency
from triage.services.approving import standing
from triage.services.pen import claims, working
from triage.services.seen import Seen
from triage.services.sending import change_rights, kinds, replies
from triage.services.sending.posts import mentions_of
from triage.services.sending.replies import ReplyInFlight, WorldChanged
from triage.services.sending.world import changes_around
from triage.services.threads.joined import has_changed_hands, joined_since
from triage.services.writing import composing, conduct
from triage.services.writing.conduct import Judged
from triage.states import ReplyKind, ReplyState


class CannotBeChanged(Conflict):
    """The answer is not out, not there any more, or its network lets nobody change it."""

    code = "cannot_be_changed"


@dataclass(frozen=True, slots=True)
class Change:
    """What an answer is to become: ``words`` are the new text, or why it is removed.

    ``seen`` is what was before the person, ``after`` the change of this answer that was out last, or 0.
    """

    original_id: int
    kind: ReplyKind
    words: str
    seen: Seen
    after: int = 0


def queue_change(*, change: Change, actor: User, key: UUID, at: datetime, emergency: str = "") -> Reply:
    """Put a correction or a removal in the outbox, if the world is as ``actor`` saw it; else nothing leaves.

    Called again with the same ``key`` it returns what is there already. Where the word of
    others is needed, exactly these words must have it, unless a lead says by ``emergency``
    why not. Locks the conversation.

    :raises NotAttested: the person has not attested the policy in force.
    :raises NotTheHolder: they neither hold the conversation nor lead it, or it has changed hands.
    :raises CannotBeChanged: there is nothing to change, or the network does not let us.
    :raises WorldChanged: something has happened that they have not seen.
    :raises ReplyInFlight: something else of this conversation is on its way.
    :raises ConductBlocked: the policy lets nobody say this.
    :raises ApprovalNeeded: the words are not approved, or not any more.
    :raises MayNotSkip: a reason to send without approval is given by somebody who is no lead.
    :raises Invalid: the words are empty, too long, or what the answer says already; or the key is another answer's.
    """
    with transaction.atomic():
        conversation = lock(change.original_id)
        existing = Reply.objects.filter(key=key).first()
        if existing is not None:
            return _repeated(existing, change, actor)
        original, words = check_change(change, conversation, actor, at=at)
        replies.check_none_in_flight(conversation)
        policy = reading.policy_in_force()
        judged = conduct.judge_change(conversation, change.kind, words, writer=actor, policy=policy, at=at)
        reason = approving_emergency.reason_to_skip(conversation, actor, emergency, judged)
        conduct.refuse_blocked(judged, reason=reason)
        approval = (
            None
            if reason
            else standing.take_for(
                conversation,
                author=actor,
                digest=standing.digest_of(words),
                needed=judged.needed,
                seen=change.seen,
                at=at,
                kind=change.kind,
                original=original,
            )
        )
        is_removal = change.kind == ReplyKind.REMOVAL
        try:
            with transaction.atomic():
                reply = Reply.objects.create(
                    conversation=conversation,
                    kind=change.kind,
                    original=original,
                    author=actor,
                    body="" if is_removal else words,
                    reason=words if is_removal else "",
                    visibility=original.visibility,
                    answers_id=change.seen.mention_id,
                    policy_version_id=change.seen.policy_version_id,
                    approval=approval,
                    emergency=reason,
                    fence=change.seen.fence,
                    key=key,
                    queued_at=at,
                    not_before_at=replies.leaves_at(at),
                )
        except IntegrityError as error:
            raise Invalid(_("This key belongs to another answer. Make a new one."), field="key") from error
        _queued(reply, conversation, judged, at)
    return reply


def retry_change(*, reply_id: int, author: User, at: datetime, fence: int | None = None) -> None:
    """Try a failed correction or removal once more, if the world is still as it was. Locks the conversation.

    :raises NotAttested: the person has not attested the policy in force.
    :raises NotTheHolder: they neither hold the conversation nor lead it, or it has changed hands.
    :raises ReplyInFlight: it is not a failed one, or another is on its way.
    :raises ConductBlocked: the policy lets nobody say this.
    :raises ApprovalNeeded: it was approved for somebody else, or under another pen.
    :raises WorldChanged: something has happened since it was asked for.
    """
    policy = reading.policy_in_force()
    gate.check(author, policy, at=at)
    with transaction.atomic():
        conversation = lock(reply_id)
        reply = Reply.objects.select_related("original__mention").get(pk=reply_id)
        is_older = fence is not None and has_changed_hands(conversation, fence)
        if is_older or not change_rights.may_change(author, conversation):
            raise claims.NotTheHolder(_("You do not hold this conversation any more."))
        if reply.state != ReplyState.FAILED or reply.original is None:
            raise ReplyInFlight(_("This answer is not waiting for another try."))
        judged = conduct.judge_reply(reply, conversation, policy=policy, at=at)
        conduct.refuse_blocked(judged, reason=reply.emergency)
        standing.check_again(reply, conversation, author, judged.needed)
        changes = joined_since(conversation, reply.fence) + changes_around(
            reply.original,
            kind=ReplyKind(reply.kind),
            mention_id=reply.answers_id,
            policy_version_id=reply.policy_version_id,
            in_force_id=policy.version_id,
            written_at=reply.queued_at,
        )
        if changes:
            raise WorldChanged(_("Nothing was changed. Look at what happened, then do it again."), changes=changes)
        replies.queue_again(reply, conversation, author, at)


def check_change(change: Change, conversation: Conversation, actor: User, *, at: datetime) -> tuple[Reply, str]:
    """Return the answer and the words as they would go out, if ``actor`` may do this to it now.

    Call it with the conversation locked. It raises as ``queue_change`` does.
    """
    policy = reading.policy_in_force()
    # Read anew: the right may have been taken away since the request began.
    fresh = User.objects.active().filter(pk=actor.pk).first()
    is_theirs = fresh is not None and change_rights.may_change(fresh, conversation)
    if not is_theirs or has_changed_hands(conversation, change.seen.fence):
        raise claims.NotTheHolder(_("The conversation has changed hands. Nothing was changed."))
    if joined := joined_since(conversation, change.seen.fence):
        raise WorldChanged(_("Nothing was changed."), changes=joined)
    gate.check(actor, policy, at=at)
    original = Reply.objects.select_related("mention", "conversation__channel", "author").get(pk=change.original_id)
    why = why_not_out(original) or change_rights.why_not(original, change.kind)
    if why:
        raise CannotBeChanged(why)
    check_world(change, original, policy.version_id)
    return original, _checked_words(change, conversation, original)


def why_not_out(original: Reply) -> str:
    """Return in a sentence why there is nothing to change: it is no answer that is out; or nothing."""
    if original.kind != ReplyKind.ANSWER or original.state != ReplyState.SENT:
        return _("Only an answer that is out can be corrected or removed.")
    ours = mentions_of(original.pk).values_list("deleted_at", flat=True)
    if ours and None not in ours:
        return _("The answer is not on the network any more.")
    return ""


def check_world(change: Change, original: Reply, version_id: int) -> None:
    """Check that nothing has changed since somebody looked at an answer.

    :raises WorldChanged: a new message, a new policy version, or the answer says something else.
    """
    changes = changes_around(
        original,
        kind=change.kind,
        mention_id=change.seen.mention_id,
        policy_version_id=change.seen.policy_version_id,
        in_force_id=version_id,
    )
    if latest_change_id(original) != change.after:
        changes.insert(0, told("The answer was corrected meanwhile."))
    if changes:
        raise WorldChanged(_("Nothing was changed."), changes=changes)


def check_world_of(
    approval: Approval, conversation: Conversation, seen: Seen, version_id: int, *, refusal: str = ""
) -> None:
    """Check that the world is still as whoever asked for approval saw it: of an answer, or of a change of one.

    :raises WorldChanged: it is not.
    """
    original = approval.original
    if original is None:
        replies.check_world(conversation, seen, version_id, refusal=refusal)
        return
    changes = changes_around(
        original,
        kind=ReplyKind(approval.kind),
        mention_id=seen.mention_id,
        policy_version_id=seen.policy_version_id,
        in_force_id=version_id,
        written_at=approval.asked_at,
    )
    if changes:
        raise WorldChanged(refusal or _("Nothing was changed."), changes=changes)


def latest_change_id(original: Reply) -> int:
    """Return the change of an answer that was out last; 0 where there is none."""
    out = Reply.objects.filter(original=original, state=ReplyState.SENT)
    return out.order_by("-sent_at", "-pk").values_list("pk", flat=True).first() or 0


def lock(reply_id: int) -> Conversation:
    """Lock the conversation of an answer, and return it."""
    return Conversation.objects.select_for_update(of=("self",)).select_related("channel").get(replies=reply_id)


def _checked_words(change: Change, conversation: Conversation, original: Reply) -> str:
    if change.kind == ReplyKind.CORRECTION:
        text = composing.check_text(conversation, change.words)
        if original.mention is not None and text == original.mention.text:
            raise Invalid(_("You have changed nothing: the answer says this already."), field="body")
        return text
    return reasons.needed(change.words, otherwise=_("Say why the answer is removed."))


def _repeated(existing: Reply, change: Change, actor: User) -> Reply:
    is_same = (existing.author_id, existing.original_id, existing.kind) == (actor.pk, change.original_id, change.kind)
    if not is_same or kinds.words_of(existing) != change.words.strip():
        raise Invalid(_("This key belongs to another answer. Make a new one."), field="key")
    return existing


def _queued(reply: Reply, conversation: Conversation, judged: Judged, at: datetime) -> None:
    """Record what was queued; what failed before is replaced by it."""
    failed = Reply.objects.filter(original=reply.original, state=ReplyState.FAILED)
    replaced = list(failed.order_by("pk").values_list("pk", flat=True))
    if replaced:
        failed.update(state=ReplyState.WITHDRAWN)
    recording.record(
        conversation_id=conversation.pk,
        kind=Event.Kind.CHANGE_QUEUED,
        actor=reply.author,
        at=at,
        data=kinds.event_data(reply, instead_of=replaced) if replaced else kinds.event_data(reply),
    )
    working.note_work(conversation_id=conversation.pk, person=reply.author, at=at)
    if reply.emergency:
        approving_emergency.tell_skipped(reply, conversation, judged, at=at)
    replies.wake_delivery(reply)
