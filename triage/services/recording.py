"""Write down what happened, and let open pages know."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from socialhub.lib import live
from teams.models import User
from triage.models import Conversation, Event


def record(
    *, conversation_id: int, kind: Event.Kind, actor: User | None, at: datetime, data: dict[str, Any] | None = None
) -> Event:
    """Append one event. Call it in the transaction that does what it tells."""
    event = Event.objects.create(conversation_id=conversation_id, kind=kind, actor=actor, at=at, data=data or {})
    live.recorded()
    return event


def record_many(events: Sequence[Event]) -> None:
    """Append events in their order, in one statement; see ``record``."""
    if events:
        Event.objects.bulk_create(events)
        live.recorded()


def tell_pages(conversation_id: int) -> None:
    """Let open pages look again, once the transaction has committed, at what leaves no line in the record."""
    told = Conversation.objects.filter(pk=conversation_id).values_list("learner", "concerns__department").order_by()
    rows = list(told)
    learner = rows[0][0] if rows else None
    if learner is not None:
        live.practice_changed(conversation_id, learner)
    else:
        live.conversation_changed(conversation_id, [department for _nobody, department in rows if department])
