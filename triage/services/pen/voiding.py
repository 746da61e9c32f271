"""What becomes void when the pen changes hands."""

from collections.abc import Collection
from datetime import datetime

from triage.models import Approval, HandOver
from triage.models.approval import OPEN_STATES
from triage.services.approving import standing


def void_asking(*, conversation_id: int, at: datetime) -> None:
    """Void the open asking of a conversation whose pen has changed hands otherwise, and what its holder had asked.

    Call it in the transaction of the change, with the conversation locked. The
    event of the change tells it; the asking and the approval have none of their own.
    """
    void_askings(conversation_ids=[conversation_id], at=at)


def void_askings(*, conversation_ids: Collection[int], at: datetime) -> None:
    """Void those of many conversations; see ``void_asking``."""
    asked = HandOver.objects.filter(conversation__in=conversation_ids, answer="")
    asked.update(answer=HandOver.Answer.VOID, answered_at=at)
    opened = Approval.objects.filter(conversation__in=conversation_ids, state__in=OPEN_STATES)
    for conversation_id in set(opened.values_list("conversation", flat=True)):
        standing.withdraw_open(conversation_id=conversation_id, at=at)
