"""The rows of this app."""

from triage.models.approval import Approval, ApprovalStep
from triage.models.attachment import AttachedFile, Attachment
from triage.models.automatic import DecidingStop, DecisionCheck
from triage.models.back_test import BackTest, BackTestPart
from triage.models.bulk import BulkItem, BulkRun
from triage.models.clock import ClockEnd, Escalation
from triage.models.conversation import Concern, Conversation, ThreadEntry
from triage.models.decision import Decision
from triage.models.event import Event
from triage.models.handover import HandOver, TakeOver
from triage.models.incident import IncidentPart, IncidentSearch, IncidentWord
from triage.models.merge import Merge
from triage.models.note import Note, NoteAsk
from triage.models.queue_count import QueueCount
from triage.models.reply import Draft, DraftVersion, Reply, ReplyPart
from triage.models.retention import LegalHold, RetentionRun
from triage.models.saved_answer import AnswerUse, SavedAnswer
from triage.models.saved_view import SavedView
from triage.models.sending_stop import SendingStop

__all__ = [
    "AnswerUse",
    "Approval",
    "ApprovalStep",
    "AttachedFile",
    "Attachment",
    "BackTest",
    "BackTestPart",
    "BulkItem",
    "BulkRun",
    "ClockEnd",
    "Concern",
    "Conversation",
    "DecidingStop",
    "Decision",
    "DecisionCheck",
    "Draft",
    "DraftVersion",
    "Escalation",
    "Event",
    "HandOver",
    "IncidentPart",
    "IncidentSearch",
    "IncidentWord",
    "LegalHold",
    "Merge",
    "Note",
    "NoteAsk",
    "QueueCount",
    "Reply",
    "ReplyPart",
    "RetentionRun",
    "SavedAnswer",
    "SavedView",
    "SendingStop",
    "TakeOver",
    "ThreadEntry",
]
