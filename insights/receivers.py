"""Told by lower apps. What goes with a conversation goes in the same transaction."""

from typing import Any

from django.dispatch import receiver

from insights.services import takeaways
from triage.signals import conversation_erased


@receiver(conversation_erased)
def erase_takeaways(sender: object, *, conversation_id: int, **_: Any) -> None:
    """Let what departments took away go with the conversation; whose and of which kind they were stays."""
    takeaways.erase_takeaways(conversation_id=conversation_id)
