"""Everything that is kept about some conversations, read at one moment."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

Row = dict[str, Any]

_OF_CONVERSATION = "WHERE conversation_id = ANY(%(ids)s)"
_READ = {
    "conversations": "triage_conversation WHERE id = ANY(%(ids)s)",
    "replies": f"triage_reply {_OF_CONVERSATION}",
    "approvals": f"triage_approval {_OF_CONVERSATION}",
    "steps": f"triage_approvalstep WHERE approval_id IN (SELECT id FROM triage_approval {_OF_CONVERSATION})",
    "hand_overs": f"triage_handover {_OF_CONVERSATION}",
    "drafts": f"triage_draft {_OF_CONVERSATION}",
    "versions": f"triage_draftversion WHERE draft_id IN (SELECT id FROM triage_draft {_OF_CONVERSATION})",
    "events": f"triage_event {_OF_CONVERSATION}",
}
_SQL = "SELECT json_build_object({})".format(
    ", ".join(
        f"'{name}', (SELECT coalesce(json_agg(to_jsonb(found) ORDER BY id), '[]') FROM (SELECT * FROM {rest}) found)"
        for name, rest in _READ.items()
    )
)
# That the holder is at work is no change of a conversation, and what somebody has written is kept even when refused.
_AT_WORK = {"worked_at", "idle_warned_at"}
_WRITTEN = {"drafts", "versions"}


@dataclass(frozen=True)
class Tables:
    """The rows of each table, oldest first."""

    conversations: list[Row]
    replies: list[Row]
    approvals: list[Row]
    steps: list[Row]
    hand_overs: list[Row]
    drafts: list[Row]
    versions: list[Row]
    events: list[Row]

    @property
    def decided(self) -> dict[str, list[Row]]:
        """What a refused act must leave alone."""
        kept = {name: rows for name, rows in vars(self).items() if name not in _WRITTEN}
        kept["conversations"] = [
            {name: value for name, value in row.items() if name not in _AT_WORK} for row in self.conversations
        ]
        return kept

    def kinds(self, conversation_id: int) -> list[str]:
        return [event["kind"] for event in self.events if event["conversation_id"] == conversation_id]

    def steps_of(self, approval: Row) -> list[Row]:
        return [step for step in self.steps if step["approval_id"] == approval["id"]]

    def texts(self) -> set[tuple[int, int, str]]:
        """Return what drafts say and said: conversation, author, words."""
        drafts = {draft["id"]: draft for draft in self.drafts}
        saying = [(draft["id"], draft["body"]) for draft in self.drafts]
        said = [(version["draft_id"], version["body"]) for version in self.versions]
        return {(drafts[pk]["conversation_id"], drafts[pk]["author_id"], body) for pk, body in saying + said}


def read_tables(conversation_ids: list[int]) -> Tables:
    """Read it all in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"ids": conversation_ids})
        found = cursor.fetchone()[0]
    return Tables(**(json.loads(found) if isinstance(found, str) else found))
