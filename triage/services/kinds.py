"""What sending does differently for a correction or a removal: how the record names it, and where its text stays."""

from datetime import datetime
from typing import Any

from triage.models import Event, Reply
from triage.services import drafts
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
    """Make the text of what did not go out its author's draft again; that of a change waits in its own row."""
    if reply.kind == ReplyKind.ANSWER:
        drafts.give_back(conversation_id=reply.conversation_id, author=reply.author, body=reply.body, at=at)


def words_of(reply: Reply) -> str:
    """Return what has to be approved: the text, or the reason of a removal."""
    return reply.reason if reply.kind == ReplyKind.REMOVAL else reply.body
