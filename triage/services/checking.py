"""Compare what the record tells with where conversations stand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from listening.models import Mention
from triage.models import Conversation, Decision, Event, Reply
from triage.replaying import Decided, Happened, Standing, replay
from triage.states import ReplyState

BATCH = 500

_COLUMNS = (
    "stage",
    "department_id",
    "holder_id",
    "offered_to_id",
    "fence",
    "disposition",
    "visibility",
    "outcome",
    "priority",
    "decided_at",
    "claimed_at",
    "closed_at",
    "snoozed_at",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """That the record tells one thing of a conversation, and its row another."""

    conversation_id: int
    what: str
    recorded: object
    stands: object


def differences(conversations: QuerySet[Conversation] | None = None) -> Iterator[Difference]:
    """Play the record of each conversation again and yield where its rows stand otherwise.

    Right also while people work: a conversation, its events and its answers are read
    in one statement.
    """
    asked = Conversation.objects.work() if conversations is None else conversations
    after = 0
    while rows := list(_rows(asked.filter(pk__gt=after))):
        after = rows[-1]["pk"]
        told = {row["pk"]: [_happened(event) for event in row["told"]] for row in rows}
        decisions, voices = _decisions(told), _voices(told)
        for row in rows:
            standing = replay(told[row["pk"]], decisions=decisions, voices=voices)
            yield from _compared(row, standing)


def _rows(asked: QuerySet[Conversation]) -> Iterable[dict[str, Any]]:
    events = Event.objects.filter(conversation=OuterRef("pk")).order_by("pk")
    replies = Reply.objects.filter(conversation=OuterRef("pk")).order_by("pk")
    rows = asked.order_by("pk").annotate(
        told=ArraySubquery(events.values(one=JSONObject(kind="kind", actor="actor_id", at="at", data="data"))),
        answers=ArraySubquery(replies.values(one=JSONObject(pk=F("pk"), state="state"))),
    )
    read: Iterable[dict[str, Any]] = rows.values("pk", *_COLUMNS, "told", "answers")[:BATCH]
    return read


def _happened(event: dict[str, Any]) -> Happened:
    return Happened(event["kind"], event["actor"], datetime.fromisoformat(event["at"]), event["data"])


def _decisions(told: dict[int, list[Happened]]) -> dict[int, Decided]:
    """Return the decisions of which the record tells; they never change."""
    wanted = [event.data["decision"] for events in told.values() for event in events if "decision" in event.data]
    return {
        one.pk: Decided(one.disposition, one.priority, one.department_id, one.visibility, one.offered_to_id)
        for one in Decision.objects.filter(pk__in=wanted)
    }


def _voices(told: dict[int, list[Happened]]) -> set[int]:
    """Return which of the mentions were said by a person who is not one of us."""
    heard = [event.data["mention"] for events in told.values() for event in events if event.kind == Event.Kind.HEARD]
    return set(Mention.objects.filter(pk__in=heard, is_ours=False, is_automatic=False).values_list("pk", flat=True))


def _compared(row: dict[str, Any], standing: Standing) -> Iterator[Difference]:
    for column in _COLUMNS:
        recorded = getattr(standing, column)
        is_untold = column == "priority" and recorded is None
        if recorded != row[column] and not is_untold:
            yield Difference(row["pk"], column, recorded, row[column])
    answers = {answer["pk"]: _as_recorded(answer["state"]) for answer in row["answers"]}
    for reply_id in sorted(answers.keys() | standing.replies.keys()):
        recorded, stands = standing.replies.get(reply_id), answers.get(reply_id)
        if recorded != stands:
            yield Difference(row["pk"], f"answer {reply_id}", recorded, stands)


def _as_recorded(state: str) -> str:
    """Return the state of an answer as the record tells it: not whether a worker has it in hand."""
    return ReplyState.QUEUED.value if state == ReplyState.SENDING else state
