"""An answer that goes out as several posts: which is next, what it carries, and what is out already."""

from datetime import datetime
from uuid import UUID, uuid5

from listening.connectors.base import OutgoingReply, SentReply
from listening.models import Mention
from socialhub.lib.queue import wake
from socialhub.lib.splitting import BORDER, without_number
from socialhub.lib.told import NO_PROBLEM
from teams.models import User
from triage.models import Event, Reply, ReplyPart
from triage.services import recording
from triage.services.writing import attachments
from triage.services.writing.content import Content
from triage.states import ReplyState, Split


def content_of(reply: Reply) -> Content:
    """Return all that an answer says."""
    return Content(
        reply.body,
        split=reply.split,
        parts=tuple(reply.parts.order_by("position").values_list("text", flat=True)) if reply.split else (),
        attached=attachments.content_of(reply.attachments.select_related("file").order_by("position")),
    )


def make_parts(reply: Reply, content: Content) -> None:
    """Write down the posts of which an answer will consist, as they were approved."""
    ReplyPart.objects.bulk_create(
        ReplyPart(reply=reply, position=place, text=text) for place, text in enumerate(content.parts, start=1)
    )


def next_part(reply: Reply) -> ReplyPart | None:
    """Return the part that goes out next; None where the answer is one post, or all of it is out."""
    if not reply.split:
        return None
    return reply.parts.filter(sent_at=None).order_by("position").first()


def how_far(reply: Reply) -> tuple[int, int]:
    """Return how many parts of an answer are out, and of how many."""
    if not reply.split:
        return 0, 0
    return reply.parts.exclude(sent_at=None).count(), reply.parts.count()


def has_begun(reply: Reply) -> bool:
    """Tell whether a part of an answer is out."""
    return bool(reply.split) and reply.parts.exclude(sent_at=None).exists()


def key_of(reply: Reply, part: ReplyPart | None) -> UUID:
    """Return the key under which the network gets a post: the same on every try, another for each part."""
    if part is None or part.position == 1:
        return reply.key
    return uuid5(reply.key, f"part {part.position}")


def outgoing(reply: Reply, part: ReplyPart | None) -> OutgoingReply:
    """Return what is to be sent now: the answer, or one part of it below the one before.

    What is attached goes with the first part.
    """
    heard = reply.answers
    above = _above(reply, part)
    if part is None or above is None:
        is_first = part is None or part.position == 1
        return OutgoingReply(
            key=key_of(reply, part),
            text=reply.body if part is None else part.text,
            in_reply_to=heard.external_id,
            visibility=reply.visibility,
            in_reply_to_raw=heard.raw,
            attachments=attachments.outgoing(reply) if is_first else (),
        )
    return OutgoingReply(
        key=key_of(reply, part),
        text=part.text,
        in_reply_to=above.external_id,
        visibility=reply.visibility,
        in_reply_to_raw=above.raw,
        thread_raw=heard.raw,
    )


def take_down(part: ReplyPart, sent: SentReply, mention: Mention, *, at: datetime) -> bool:
    """Write down where a part is; return whether it was not known yet. Call it before the next one goes."""
    return bool(
        ReplyPart.objects.filter(pk=part.pk, sent_at=None).update(
            sent_at=at, external_id=sent.external_id, raw=dict(sent.raw), mention=mention
        )
    )


def believe(part: ReplyPart, *, at: datetime) -> None:
    """Write down that a person has seen a part on the network, where nobody knows its address."""
    ReplyPart.objects.filter(pk=part.pk, sent_at=None).update(sent_at=at)


def goes_on(reply: Reply, part: ReplyPart, *, actor: User, at: datetime, verdict: str = "") -> bool:
    """Put the answer back in the outbox for its next part and return True; False when this was the last.

    Whoever has failed it meanwhile, or given it up, decides what becomes of the rest: its
    state stays. ``verdict`` is what ``actor`` found out, where it was a person. Call it with
    the conversation locked, after the part was written down.
    """
    sent, total = how_far(reply)
    if sent == total:
        return False
    Reply.objects.filter(pk=reply.pk, state__in=[ReplyState.SENDING, ReplyState.UNCERTAIN]).update(
        state=ReplyState.QUEUED,
        claimed_at=None,
        not_before_at=at,
        failure="",
        quick_failures=0,
        **NO_PROBLEM.in_columns("error"),
    )
    data = {"reply": reply.pk, "part": part.position, "of": total}
    recording.record(
        conversation_id=reply.conversation_id,
        kind=Event.Kind.PART_SENT,
        actor=actor,
        at=at,
        data=data | {"verdict": verdict} if verdict else data,
    )
    _wake_delivery(reply)
    return True


def first_mention(reply: Reply) -> Mention | None:
    """Return the first post of a thread, if it is known where it is."""
    first = reply.parts.select_related("mention").exclude(mention=None).order_by("position").first()
    return first.mention if first is not None else None


def unsent_text(reply: Reply) -> str:
    """Return what of an answer is not out, as a text that can go on from there."""
    if not has_begun(reply):
        return reply.body
    texts = reply.parts.filter(sent_at=None).order_by("position").values_list("text", flat=True)
    is_numbered = reply.split == Split.NUMBERED
    return f"\n\n{BORDER}\n\n".join(without_number(text) if is_numbered else text for text in texts)


def _above(reply: Reply, part: ReplyPart | None) -> ReplyPart | None:
    """Return the part below which this one stands: the last that is known to be somewhere."""
    if part is None or part.position == 1:
        return None
    return reply.parts.filter(position__lt=part.position).exclude(external_id="").order_by("-position").first()


def _wake_delivery(reply: Reply) -> None:
    wake("triage.deliver_reply", reply_id=reply.pk)
