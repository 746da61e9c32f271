"""An answer that is out, as the page shows it on which it is corrected or removed."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.utils import timezone

from listening.models import MentionVersion
from policies.services import binding, reading
from socialhub.lib.moments import date_format
from teams.models import User
from triage.models import Approval, Reply
from triage.services.seen import Seen
from triage.services.sending import change_rights, correcting, world
from triage.services.sending.posts import text_of
from triage.services.writing import conduct
from triage.services.writing.measuring import Measured, measure
from triage.showing.approvals import ApprovalPart, read_part
from triage.showing.conduct import ShownConduct, show_conduct
from triage.states import ReplyKind, ReplyState


@dataclass(slots=True)
class Way:
    """One thing that can be done to an answer: ``why_not`` says why it cannot, ``words`` what stands in its field."""

    kind: str
    why_not: str
    words: str = ""
    approval: ApprovalPart | None = None
    conduct: ShownConduct = field(default_factory=ShownConduct)


@dataclass(slots=True)
class AnswerPage:
    """Everything that the page prints; ``seen`` and ``after`` come back with what is sent from it."""

    pk: int
    name: str
    channel: str
    author: str
    sent_text: str
    text: str
    seen: Seen
    after: int
    key: UUID
    correction: Way
    removal: Way
    measured: Measured
    must_attest: bool
    versions: list[str] = field(default_factory=list)


def read_answer(
    reply: Reply, user: User, *, slug: str, at: datetime, kind: str = "", words: str | None = None
) -> AnswerPage:
    """Return an answer with what ``user`` can do to it; ``words`` are what they typed for ``kind``."""
    conversation = reply.conversation
    policy = reading.policy_in_force()
    newest = world.newest_said_id(conversation.pk) or reply.answers_id
    seen = Seen(conversation.fence, newest, policy.version_id)
    ours = reply.mention
    text = text_of(reply)

    def way(of: ReplyKind) -> Way:
        found = Way(of.value, _why_not(reply, of))
        if found.why_not:
            return found
        found.words = _begun(reply, user, of, otherwise=text if of == ReplyKind.CORRECTION else "")
        if words is not None and kind == of:
            found.words = words
        judged = conduct.judge_change(conversation, of, found.words, writer=user, policy=policy, at=at)
        found.conduct = show_conduct(judged, conversation, user, policy=policy)
        found.approval = read_part(
            conversation, user, needed=judged.needed, seen=seen, slug=slug, at=at, kind=of, original=reply
        )
        if found.approval is not None and found.approval.body:
            found.words = found.approval.body
        return found

    correction = way(ReplyKind.CORRECTION)
    versions = MentionVersion.objects.filter(mention=ours).order_by("-replaced_at", "-pk") if ours is not None else None
    return AnswerPage(
        pk=reply.pk,
        name=conversation.author_name,
        channel=conversation.channel.name,
        author=reply.author.name,
        sent_text=date_format(timezone.localtime(reply.sent_at), "j F Y, H:i") if reply.sent_at else "",
        text=text,
        seen=seen,
        after=correcting.latest_change_id(reply),
        key=uuid4(),
        correction=correction,
        removal=way(ReplyKind.REMOVAL),
        measured=measure(conversation.channel, correction.words),
        must_attest=not binding.may_act_under(user, version_id=policy.version_id, at=at),
        versions=list(versions.values_list("text", flat=True)) if versions is not None else [],
    )


def _why_not(reply: Reply, kind: ReplyKind) -> str:
    return correcting.why_not_out(reply) or change_rights.why_not(reply, kind)


def _begun(reply: Reply, user: User, kind: ReplyKind, *, otherwise: str) -> str:
    """Return what the person wrote when this was not done, or was rejected; nothing that was written is lost."""
    state = [ReplyState.FAILED, ReplyState.WITHDRAWN]
    tried = reply.changes.filter(author=user, kind=kind).order_by("-pk").first()
    asked = Approval.objects.filter(original=reply, author=user, kind=kind).order_by("-pk").first()
    if tried is not None and tried.state not in state:
        return otherwise
    if asked is not None and (tried is None or asked.asked_at > tried.queued_at):
        return asked.body
    if tried is not None:
        return tried.reason if kind == ReplyKind.REMOVAL else tried.body
    return otherwise
