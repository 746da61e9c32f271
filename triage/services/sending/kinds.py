"""What sending does differently for a correction or a removal: how the record names it, and where its text stays."""

from datetime import datetime
from typing import Any

from triage.models import Event, Reply
from triage.services.sending import parting
from triage.services.writing import drafts
from triage.services.writing.content import Content
from triage.states import ReplyKind

_CHANGE = {
    Event.Kind.REPLY_QUEUED: Event.Kind.CHANGE_QUEUED,
    Event.Kind.REPLY_FAILED: Event.Kind.CHANGE_FAILED,
    Event.Kind.REPLY_UNCERTAIN: Event.Kind.CHANGE_UNCERTAIN,
    Event.Kind.REPLY_SETTLED: Event.Kind.CHANGE_SETTLED,
    Event.Kind.REPLY_WITHDRAWN: Event.Kind.CHANGE_WITHDRAWN,
}


def event_kind(reply: Reply, kind: Event.Kind) -> Event.Kind:
    """Return ``kind`` as the record names it for ``reply``: the events of a change are no events of an answer."""
    return kind if reply.kind == ReplyKind.ANSWER else _CHANGE[kind]


def event_data(reply: Reply, **more: Any) -> dict[str, Any]:
    """Return what an event of ``reply`` carries; that of a change names what it changes, and how."""
    if reply.kind == ReplyKind.ANSWER:
        return {"reply": reply.pk, **more}
    return {"reply": reply.original_id, "change": reply.pk, "as": str(reply.kind), **more}


def give_back(reply: Reply, *, at: datetime) -> None:
    """Make what did not go out its author's draft again; the text of a change waits in its own row.

    What was attached comes along, unless it is out, or another draft has been begun.
    """
    if reply.kind != ReplyKind.ANSWER:
        return
    body = parting.unsent_text(reply)
    attached = [] if parting.has_begun(reply) else list(reply.attachments.all())
    drafts.give_back(
        conversation_id=reply.conversation_id,
        author=reply.author,
        body=body,
        at=at,
        split=reply.split,
        attached=attached,
    )


def words_of(reply: Reply) -> str:
    """Return what people wrote: the text, or the reason of a removal."""
    return reply.reason if reply.kind == ReplyKind.REMOVAL else reply.body


def digest_of(reply: Reply) -> str:
    """Return the SHA-256 of what has to be approved: all that an answer says, or the reason of a removal."""
    return Content(reply.reason).digest if reply.kind == ReplyKind.REMOVAL else parting.content_of(reply).digest
