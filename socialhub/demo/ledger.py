"""The rows of three months, gathered in the order of time and written in a few statements."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from insights.models import Takeaway
from listening.models import PracticePost
from socialhub.lib.bulk import insert_rows, next_ids
from teams.models import Notification
from triage.models import Approval, ApprovalStep, Conversation, Decision, Draft, Note, NoteAsk, Reply
from triage.models import Event as EventRow

MENTION_COLUMNS = {
    "id": "bigint",
    "channel_id": "bigint",
    "external_id": "text",
    "profile_id": "bigint",
    "is_ours": "boolean",
    "text": "text",
    "language": "text",
    "sentiment": "float8",
    "url": "text",
    "in_reply_to": "text",
    "published_at": "timestamptz",
    "heard_at": "timestamptz",
    "raw": "jsonb",
}
PROFILE_COLUMNS = {
    "id": "bigint",
    "channel_id": "bigint",
    "external_id": "text",
    "name": "text",
    "handle": "text",
    "url": "text",
    "reach": "integer",
    "is_ours": "boolean",
}
EVENT_COLUMNS = {
    "id": "bigint",
    "conversation_id": "bigint",
    "kind": "text",
    "actor_id": "bigint",
    "at": "timestamptz",
    "data": "jsonb",
}
ENTRY_COLUMNS = {"mention_id": "bigint", "conversation_id": "bigint"}
CONCERN_COLUMNS = {"conversation_id": "bigint", "department_id": "bigint", "because": "text"}

CHUNK = 2000


class Ids:
    """The next free ids of a table, fetched many at a time."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._waiting: Iterator[int] = iter(())

    def next(self) -> int:
        """Return an id that nobody else has."""
        for pk in self._waiting:
            return pk
        self._waiting = iter(next_ids(self._table, CHUNK))
        return next(self._waiting)


@dataclass(slots=True)
class Ledger:
    """Everything that will be written, with its ids."""

    conversations: list[Conversation] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    posts: list[PracticePost] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    takeaways: list[Takeaway] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    note_asks: list[NoteAsk] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    approval_steps: list[ApprovalStep] = field(default_factory=list)
    notifications: list[Notification] = field(default_factory=list)
    mentions: list[tuple[Any, ...]] = field(default_factory=list)
    entries: list[tuple[int, int]] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    concerns: dict[tuple[int, int], str] = field(default_factory=dict)
    profiles: dict[tuple[int, str], list[Any]] = field(default_factory=dict)
    profile_ids: Ids = field(default_factory=lambda: Ids("listening_profile"))
    mention_ids: Ids = field(default_factory=lambda: Ids("listening_mention"))
    conversation_ids: Ids = field(default_factory=lambda: Ids("triage_conversation"))
    decision_ids: Ids = field(default_factory=lambda: Ids("triage_decision"))
    reply_ids: Ids = field(default_factory=lambda: Ids("triage_reply"))
    event_ids: Ids = field(default_factory=lambda: Ids("triage_event"))
    takeaway_ids: Ids = field(default_factory=lambda: Ids("insights_takeaway"))
    note_ids: Ids = field(default_factory=lambda: Ids("triage_note"))
    approval_ids: Ids = field(default_factory=lambda: Ids("triage_approval"))

    def event(
        self,
        conversation_id: int,
        kind: EventRow.Kind,
        actor_id: int | None,
        at: datetime,
        data: dict[str, Any] | None = None,
    ) -> int:
        """Note one event and return its id."""
        pk = self.event_ids.next()
        self.events.append((pk, conversation_id, kind.value, actor_id, at, data or {}))
        return pk

    def write(self) -> None:
        """Insert all of it, what others refer to first. Call it in a transaction."""
        insert_rows("listening_profile", PROFILE_COLUMNS, [tuple(row) for row in self.profiles.values()])
        insert_rows("listening_mention", MENTION_COLUMNS, self.mentions)
        Conversation.objects.bulk_create(self.conversations)
        insert_rows("triage_threadentry", ENTRY_COLUMNS, self.entries)
        insert_rows(
            "triage_concern", CONCERN_COLUMNS, [(*key, because) for key, because in sorted(self.concerns.items())]
        )
        Decision.objects.bulk_create(self.decisions)
        Approval.objects.bulk_create(self.approvals)
        ApprovalStep.objects.bulk_create(self.approval_steps)
        Reply.objects.bulk_create(self.replies)
        Draft.objects.bulk_create(self.drafts)
        PracticePost.objects.bulk_create(self.posts)
        Takeaway.objects.bulk_create(self.takeaways)
        Note.objects.bulk_create(self.notes)
        NoteAsk.objects.bulk_create(self.note_asks)
        insert_rows("triage_event", EVENT_COLUMNS, self.events)
        Notification.objects.bulk_create(self.notifications)
