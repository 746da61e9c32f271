"""Write down what happened, and let open pages know."""

from datetime import datetime
from typing import Any

from socialhub.lib import live
from teams.models import User
from triage.models import Concern, Event


def record(
    *, conversation_id: int, kind: Event.Kind, actor: User | None, at: datetime, data: dict[str, Any] | None = None
) -> Event:
    """Append one event. Call it in the transaction that does what it tells."""
    event = Event.objects.create(conversation_id=conversation_id, kind=kind, actor=actor, at=at, data=data or {})
    tell_pages(conversation_id)
    return event


def tell_pages(conversation_id: int) -> None:
    """Let open pages look again, once the transaction has committed."""
    concerned = Concern.objects.filter(conversation_id=conversation_id).values_list("department_id", flat=True)
    live.conversation_changed(conversation_id, concerned)
