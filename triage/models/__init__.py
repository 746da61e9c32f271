"""The rows of this app."""

from triage.models.conversation import Concern, Conversation, ThreadEntry
from triage.models.decision import Decision
from triage.models.event import Event
from triage.models.queue_count import QueueCount
from triage.models.reply import Draft, Reply

__all__ = ["Concern", "Conversation", "Decision", "Draft", "Event", "QueueCount", "Reply", "ThreadEntry"]
