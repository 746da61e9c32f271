"""What becomes void when the pen changes hands."""

from datetime import datetime

from triage.models import HandOver
from triage.services.approving import standing


def void_asking(*, conversation_id: int, at: datetime) -> None:
    """Void the open asking of a conversation whose pen has changed hands otherwise, and what its holder had asked.

    Call it in the transaction of the change, with the conversation locked. The
    event of the change tells it; the asking and the approval have none of their own.
    """
    HandOver.objects.filter(conversation=conversation_id, answer="").update(answer=HandOver.Answer.VOID, answered_at=at)
    standing.withdraw_open(conversation_id=conversation_id, at=at)
