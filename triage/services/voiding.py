"""What becomes void when the pen changes hands."""

from datetime import datetime

from triage.models import HandOver


def void_asking(*, conversation_id: int, at: datetime) -> None:
    """Void the open asking of a conversation whose pen has changed hands otherwise.

    Call it in the transaction of the change, with the conversation locked. The
    event of the change tells it; the asking has none of its own.
    """
    HandOver.objects.filter(conversation=conversation_id, answer="").update(answer=HandOver.Answer.VOID, answered_at=at)
