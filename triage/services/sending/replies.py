"""The way out: what must hold before an answer may leave."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from policies.services import reading
from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.queue import wake_in
from socialhub.lib.told import NO_PROBLEM, Told
from teams.models import User
from triage.models import Attachment, Conversation, Draft, Event, Reply
from triage.services import gate, recording
from triage.services.approving import emergency as approving_emergency
from triage.services.approving import standing
from triage.services.pen import claims, working
from triage.services.seen import Seen
from triage.services.sending import kinds, parting, private_window
from triage.services.sending.world import changes_since, newest_inbound_id
from triage.services.threads.joined import has_changed_hands, joined_since
from triage.services.writing import attachments, composing, conduct, drafts, saved_answers
from triage.services.writing.composing import How
from triage.services.writing.conduct import Judged
from triage.services.writing.content import Content
from triage.states import IN_FLIGHT, ReplyKind, ReplyState, Visibility

AS_ONE = How()


class WorldChanged(Conflict):
    """Something that the writer has not seen happened since they looked; the draft is kept.

    ``now`` is what they would see, if it can be answered at all.
    """

    code = "world_changed"

    def __init__(self, message: str, *, changes: Sequence[Told], now: Seen | None = None) -> None:
        super().__init__(message)
        self.changes = [str(change) for change in changes]
        self.now = now


class ReplyInFlight(Conflict):
    """Another answer of this conversation is on its way, or nobody knows whether it arrived."""

    code = "reply_in_flight"


def queue_reply(
    *,
    conversation_id: int,
    author: User,
    body: str,
    key: UUID,
    seen: Seen,
    closes: bool,
    at: datetime,
    emergency: str = "",
    how: How = AS_ONE,
    again: Reply | None = None,
    by_approval: bool = False,
) -> Reply:
    """Put an answer in the outbox if the world is as the writer saw it; else nothing leaves and the draft stays.

    Called again with the same ``key`` it returns the reply that is there already,
    so a double click is one answer. Where the word of others is needed, exactly this
    text, with what is attached, must have it, unless a lead says by ``emergency`` why not.
    What an earlier answer said (``again``) leaves another draft alone. ``by_approval``: it
    goes out by itself with the last word. Locks the conversation, then the draft.

    :raises NotAttested: the writer has not attested the policy in force.
    :raises NotTheHolder: the pen has changed hands.
    :raises WorldChanged: a new inbound message, or a new policy version.
    :raises ReplyInFlight: another answer is on its way.
    :raises PrivateWindowClosed: it is to be private, and the network takes that no more.
    :raises ConductBlocked: the policy lets nobody say this.
    :raises ApprovalNeeded: the text is not approved, or not any more.
    :raises MayNotSkip: a reason to send without approval is given by somebody who is no lead.
    :raises AttachmentsChanged: something was attached or removed since the writer looked.
    :raises AltTextMissing: nothing says what a picture shows, and ``how`` does not say that this is meant.
    :raises Invalid: the text is empty or too long for the channel, or the key is another answer's.
    """
    with transaction.atomic():
        # Of two clicks one waits here: it finds what the other has sent, and its text is kept only once.
        Conversation.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=conversation_id)
        repeated = Reply.objects.filter(key=key, author=author, conversation=conversation_id).first()
        if repeated is not None and repeated.body == body.strip():
            # Asked once more after a lost answer: what its writer has begun since stays.
            return repeated
        if again is None:
            drafts.save_draft(conversation_id=conversation_id, author=author, body=body, at=at, split=how.split)
    policy = reading.policy_in_force()
    gate.check(author, policy, at=at)
    with transaction.atomic():
        conversation = (
            Conversation.objects.select_for_update(of=("self",)).select_related("channel").get(pk=conversation_id)
        )
        existing = Reply.objects.filter(key=key, author=author, conversation=conversation).first()
        if existing is not None:
            return existing
        check_pen(conversation, author, seen)
        check_world(conversation, seen, policy.version_id)
        attached = _attached(conversation, author, again, at)
        content = composing.compose(conversation, body, mention_id=seen.mention_id, attached=attached, how=how)
        private_window.check(conversation, mention_id=seen.mention_id, at=at)
        check_none_in_flight(conversation)
        bare = conduct.count_undescribed(attached)
        judged = conduct.judge(conversation, content.text, writer=author, undescribed=bare, policy=policy, at=at)
        reason = approving_emergency.reason_to_skip(conversation, author, emergency, judged)
        conduct.refuse_blocked(judged, reason=reason)
        approval = (
            None
            if reason
            else standing.take_for(
                conversation, author=author, digest=content.digest, needed=judged.needed, seen=seen, at=at
            )
        )
        try:
            with transaction.atomic():
                reply = Reply.objects.create(
                    conversation=conversation,
                    author=author,
                    body=content.text,
                    split=content.split,
                    visibility=conversation.visibility or Visibility.PUBLIC,
                    answers_id=seen.mention_id,
                    policy_version_id=policy.version_id,
                    approval=approval,
                    emergency=reason,
                    closes=closes,
                    fence=seen.fence,
                    key=key,
                    queued_at=at,
                    not_before_at=leaves_at(at),
                )
        except IntegrityError as error:
            raise Invalid(_("This key belongs to another answer. Make a new one."), field="key") from error
        attachments.copy_to_reply(attached, reply)
        parting.make_parts(reply, content)
        _queued(reply, conversation, judged, content, is_again=again is not None, by_approval=by_approval, at=at)
    return reply


def _queued(
    reply: Reply,
    conversation: Conversation,
    judged: Judged,
    content: Content,
    *,
    is_again: bool,
    by_approval: bool,
    at: datetime,
) -> None:
    """Record what was queued, in the place of what failed before; its draft is used up."""
    replaced = _replace_failed(conversation)
    recording.record(
        conversation_id=conversation.pk,
        kind=Event.Kind.REPLY_QUEUED,
        actor=reply.author,
        at=at,
        data={"reply": reply.pk}
        | ({"instead_of": replaced} if replaced else {})
        | ({"by_approval": True} if by_approval else {}),
    )
    if reply.emergency:
        approving_emergency.tell_skipped(reply, conversation, judged, at=at)
    drafts.clear_draft(
        conversation_id=conversation.pk,
        author=reply.author,
        at=at,
        only=content.text if is_again else None,
        attached=content.attached,
    )
    if conversation.learner_id is None:
        saved_answers.count_uses(reply, at=at)
    wake_delivery(reply)


def retry_reply(*, reply_id: int, author: User, at: datetime, fence: int | None = None) -> None:
    """Send a failed answer once more, if the world is still as its writer saw it.

    Else its text becomes the draft of ``author``, unless they have begun another. Locks the conversation.

    :raises NotAttested: the person has not attested the policy in force.
    :raises ReplyInFlight: it is not a failed one, or another is on its way.
    :raises NotTheHolder: the pen has changed hands.
    :raises ConductBlocked: the policy lets nobody say this.
    :raises ApprovalNeeded: its text was approved for another, or under another pen.
    :raises WorldChanged: a new inbound message, or a new policy version.
    """
    policy = reading.policy_in_force()
    gate.check(author, policy, at=at)
    with transaction.atomic():
        conversation = Conversation.objects.select_for_update(of=("self",)).get(replies=reply_id)
        reply = Reply.objects.select_related("conversation__channel", "answers").get(pk=reply_id)
        if conversation.holder_id != author.pk:
            raise claims.NotTheHolder(_("You do not hold this conversation."))
        if why := working.why_older(conversation, fence) if fence is not None else "":
            raise claims.NotTheHolder(why)
        if reply.state != ReplyState.FAILED or reply.kind != ReplyKind.ANSWER:
            raise ReplyInFlight(_("This answer is not waiting for another try."))
        judged = conduct.judge_reply(reply, conversation, policy=policy, at=at)
        conduct.refuse_blocked(judged, reason=reply.emergency)
        standing.check_again(reply, conversation, author, judged.needed)
        changes = joined_since(conversation, reply.fence) + changes_since(
            conversation.pk,
            mention_id=reply.answers_id,
            policy_version_id=reply.policy_version_id,
            in_force_id=policy.version_id,
            written_at=reply.queued_at,
        )
        changes += private_window.closed_for(reply, at=at)
        if not changes:
            queue_again(reply, conversation, author, at)
            return
        if not Draft.objects.filter(~Q(body=""), conversation=conversation, author=author).exists():
            drafts.save_draft(conversation_id=conversation.pk, author=author, body=parting.unsent_text(reply), at=at)
    raise WorldChanged(_("Nothing was sent. Look at what changed, then answer again."), changes=changes)


def queue_again(reply: Reply, conversation: Conversation, author: User, at: datetime) -> None:
    """Put a failed answer, or a failed change of one, back in the outbox. The conversation is locked.

    :raises ReplyInFlight: another is on its way.
    """
    try:
        with transaction.atomic():
            Reply.objects.filter(pk=reply.pk, state=ReplyState.FAILED).update(
                state=ReplyState.QUEUED,
                fence=conversation.fence,
                queued_at=at,
                not_before_at=leaves_at(at),
                claimed_at=None,
                attempt_count=0,
                quick_failures=0,
                **NO_PROBLEM.in_columns("error"),
            )
    except IntegrityError as error:
        raise _another() from error
    recording.record(
        conversation_id=reply.conversation_id,
        kind=kinds.event_kind(reply, Event.Kind.REPLY_QUEUED),
        actor=author,
        at=at,
        data=kinds.event_data(reply, again=True),
    )
    working.note_work(conversation_id=conversation.pk, person=author, at=at)
    if reply.kind == ReplyKind.ANSWER:
        # It came back as a draft when it failed; what was changed in it since stays.
        drafts.clear_draft(
            conversation_id=conversation.pk,
            author=author,
            at=at,
            only=parting.unsent_text(reply),
            attached=() if parting.has_begun(reply) else parting.content_of(reply).attached,
        )
    wake_delivery(reply)


def leaves_at(at: datetime) -> datetime:
    """Return when an answer leaves that is sent now: until then it can be taken back."""
    return at + timedelta(seconds=settings.SEND_UNDO_SECONDS)


def _attached(conversation: Conversation, author: User, again: Reply | None, at: datetime) -> list[Attachment]:
    """Return what goes along: of the locked draft, or of the answer that is sent again and is not out in part."""
    if again is None:
        return attachments.of_draft(drafts.lock_draft(conversation.pk, author, at))
    if parting.has_begun(again):
        return []
    return list(again.attachments.select_related("file").order_by("position"))


def _replace_failed(conversation: Conversation) -> list[int]:
    """Withdraw what did not go out before: a new answer stands in its place. Return which ones."""
    failed = Reply.objects.filter(conversation=conversation, state=ReplyState.FAILED, kind=ReplyKind.ANSWER)
    replaced = list(failed.order_by("pk").values_list("pk", flat=True))
    if replaced:
        failed.update(state=ReplyState.WITHDRAWN)
    return replaced


def check_pen(conversation: Conversation, author: User, seen: Seen) -> None:
    """Check that somebody holds a conversation as they did when they looked; what came to it meanwhile is the world's.

    :raises NotTheHolder: the pen has changed hands.
    """
    if conversation.holder_id != author.pk:
        raise claims.NotTheHolder(_("You do not hold this conversation any more. Your draft is kept."))
    if has_changed_hands(conversation, seen.fence):
        raise claims.NotTheHolder(_("You hold this conversation anew. Load the page again; your draft is kept."))


def check_world(conversation: Conversation, seen: Seen, version_id: int, *, refusal: str = "") -> None:
    """Check that nothing has changed since somebody looked; ``refusal`` is what is said otherwise.

    :raises WorldChanged: a new inbound message, something merged into it or taken out, or a new policy version.
    """
    changes = joined_since(conversation, seen.fence) + changes_since(
        conversation.pk,
        mention_id=seen.mention_id,
        policy_version_id=seen.policy_version_id,
        in_force_id=version_id,
    )
    if changes:
        newest = newest_inbound_id(conversation.pk)
        now = Seen(conversation.fence, newest, version_id) if newest is not None else None
        raise WorldChanged(refusal or _("Nothing was sent, and your draft is kept."), changes=changes, now=now)


def check_none_in_flight(conversation: Conversation) -> None:
    """Check that no other answer of a locked conversation is on its way.

    :raises ReplyInFlight: one is, or nobody knows whether it arrived.
    """
    if conversation.replies.filter(state__in=IN_FLIGHT).exists():
        raise _another()


def _another() -> ReplyInFlight:
    return ReplyInFlight(_("Another answer is on its way. Wait until its fate is known."))


def wake_delivery(reply: Reply) -> None:
    """Wake a worker when the answer may leave."""
    wake_in(settings.SEND_UNDO_SECONDS, "triage.deliver_reply", reply_id=reply.pk)
