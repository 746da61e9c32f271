"""Decisions that the policy's rules make by themselves, many at once, while conversations open.

A rule decides only where its clause lists the disposition, and while nobody has stopped
it. What names a department that takes nothing is left to a person, like everything else.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from policies.engine.rules import Policy, Suggestion
from policies.models import PolicyVersion
from socialhub.lib.bulk import insert_rows, next_ids
from teams.models import Department, User
from triage.models import Concern, Conversation, DecidingStop, Event
from triage.services import clocks, telling_many
from triage.services.decisions import departing
from triage.states import Disposition, DueFor, Outcome, Reason, Stage

_DECISION_COLUMNS = {
    "id": "bigint",
    "conversation_id": "bigint",
    "disposition": "text",
    "reason": "text",
    "priority": "smallint",
    "department_id": "bigint",
    "offered_to_id": "bigint",
    "visibility": "text",
    "note": "text",
    "approval": "jsonb",
    "policy_version_id": "bigint",
    "clause_id": "bigint",
    "follows_suggestion": "boolean",
    "tags": "jsonb",
    "decided_by_rule_id": "bigint",
    "at": "timestamptz",
}
_CLOCK_END_COLUMNS = {
    "conversation_id": "bigint",
    "step": "text",
    "priority": "smallint",
    "under": "bigint",
    "due_at": "timestamptz",
    "ended_at": "timestamptz",
    "missed": "boolean",
}
_EVENT_COLUMNS = {"conversation_id": "bigint", "kind": "text", "at": "timestamptz", "data": "jsonb"}


@dataclass(frozen=True, slots=True)
class RuleDecision:
    """What a rule decides on one conversation."""

    rule_id: int
    clause_id: int
    suggestion: Suggestion
    department: Department | None
    person: User | None
    reason: str

    @property
    def disposition(self) -> Disposition:
        """Return what is done with the conversation."""
        return Disposition(self.suggestion.disposition)

    @property
    def visibility(self) -> str:
        """Return who can read the answer, where there is to be one."""
        return self.suggestion.visibility if self.department is not None else ""


@dataclass(frozen=True, slots=True)
class Decided:
    """A conversation that a rule decides on as it opens: what tellings call it, and until when a person had time."""

    conversation_id: int
    decision: RuleDecision
    subject: str
    due_at: datetime


class Deciders:
    """The rules that may decide by themselves now. Reads the database only once a rule wants to decide."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._keys: dict[int, UUID] | None = None
        self._stopped: set[UUID | None] = set()
        self._departments: dict[str, Department] = {}
        self._people: dict[tuple[str, str], User | None] = {}

    def decision(self, suggestion: Suggestion) -> RuleDecision | None:
        """Return what a rule decides; None where a person does."""
        if suggestion.decided_by is None:
            return None
        if self._keys is None:
            self._keys = {rule.rule_id: UUID(rule.key) for rule in self._policy.rules if rule.may_decide}
            self._stopped = set(DecidingStop.objects.filter(lifted_at=None).values_list("rule_key", flat=True))
            self._departments = {one.slug: one for one in Department.objects.active()}
        if not self._stopped.isdisjoint((None, self._keys[suggestion.decided_by])):
            return None
        clause_id = next(one.clause_id for one in suggestion.because if one.rule_id == suggestion.decided_by)
        if suggestion.disposition == Disposition.NO_RESPONSE:
            reason = suggestion.reason or Reason.OTHER.value
            return RuleDecision(suggestion.decided_by, clause_id, suggestion, None, None, reason)
        department = self._departments.get(suggestion.department)
        if department is None or not suggestion.visibility:
            return None
        return RuleDecision(suggestion.decided_by, clause_id, suggestion, department, self._person(suggestion), "")

    def _person(self, suggestion: Suggestion) -> User | None:
        """Return the person who was suggested, if they answer for the department."""
        asked = (suggestion.person, suggestion.department)
        if asked not in self._people:
            self._people[asked] = departing.person_for({"person": suggestion.person}, suggestion.department)
        return self._people[asked]


def decided_columns(
    decision: RuleDecision, *, policy: Policy, private_until: datetime | None, at: datetime
) -> dict[str, Any]:
    """Return the columns of a conversation that a rule decides on as it opens."""
    columns: dict[str, Any] = {
        "disposition": decision.disposition.value,
        "visibility": decision.visibility,
        "tags": list(decision.suggestion.tags),
        "decided_at": at,
        "fence": 1,
    }
    if decision.department is None:
        return columns | {
            "stage": Stage.CLOSED.value,
            "outcome": Outcome.NO_ANSWER.value,
            "closed_at": at,
            **clocks.stop(),
        }
    conversation = Conversation(
        stage=Stage.ASSIGNED,
        priority=decision.suggestion.priority,
        disposition=decision.disposition,
        visibility=decision.visibility,
        department_id=decision.department.pk,
        private_until=private_until,
        opened_at=at,
    )
    resolve = clocks.start_resolving(conversation, since=at, used=0, policy=policy)
    clocks.apply(conversation, resolve)
    step = clocks.start(conversation, DueFor.CLAIM, policy=policy, at=at)
    columns |= {"stage": Stage.ASSIGNED.value, "department_id": decision.department.pk, **resolve, **step}
    columns["offered_to_id"] = decision.person.pk if decision.person is not None else None
    return columns | {"due_for": str(step["due_for"])}


def write_decisions(decided: Sequence[Decided], *, policy: Policy, known: set[tuple[int, int]], at: datetime) -> None:
    """Write what rules decided: decisions, that the step to decide is done, and who is told.

    A handful of statements for all of them; call it after the conversations and their first
    events were written. ``known`` are the pairs of conversation and department that are
    concerned already. Every so many decisions, one is laid by for a person to check.
    """
    if not decided:
        return
    ids = next_ids("triage_decision", len(decided))
    share = PolicyVersion.objects.values_list("checked_share", flat=True).get(pk=policy.version_id)
    insert_rows(
        "triage_decision",
        _DECISION_COLUMNS,
        [_row(pk, one.conversation_id, one.decision, policy, at) for pk, one in zip(ids, decided, strict=True)],
    )
    checked = [(pk,) for pk, one in zip(ids, decided, strict=True) if is_sampled(one.conversation_id, share)]
    insert_rows("triage_decisioncheck", {"decision_id": "bigint"}, checked)
    insert_rows("triage_clockend", _CLOCK_END_COLUMNS, [_clock_end(one, policy, at) for one in decided])
    concerned = [
        (one.conversation_id, one.decision.department.pk, Concern.Because.DECIDED.value)
        for one in decided
        if one.decision.department is not None and (one.conversation_id, one.decision.department.pk) not in known
    ]
    insert_rows(
        "triage_concern", {"conversation_id": "bigint", "department_id": "bigint", "because": "text"}, concerned
    )
    events: list[tuple[Any, ...]] = []
    for pk, one in zip(ids, decided, strict=True):
        events.append((one.conversation_id, Event.Kind.DECIDED.value, at, {"decision": pk}))
        if one.decision.department is None:
            events.append((one.conversation_id, Event.Kind.CLOSED.value, at, {"outcome": Outcome.NO_ANSWER.value}))
    written = insert_rows("triage_event", _EVENT_COLUMNS, events, returning="conversation_id, id, kind")
    event_of = {conversation: pk for conversation, pk, kind in written if kind == Event.Kind.DECIDED}
    telling_many.tell_arrivals(
        [
            telling_many.Arrival(
                one.conversation_id,
                event_of[one.conversation_id],
                one.subject,
                one.decision.department,
                one.decision.person,
            )
            for one in decided
            if one.decision.department is not None
        ],
        at=at,
    )


def is_sampled(conversation_id: int, share: int) -> bool:
    """Say whether what a rule decided on a conversation is looked at again; always the same for one conversation.

    ``share`` is how many of a hundred are.
    """
    digest = hashlib.blake2b(str(conversation_id).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % 100 < share


def _clock_end(one: Decided, policy: Policy, at: datetime) -> tuple[Any, ...]:
    priority = one.decision.suggestion.priority
    return (
        one.conversation_id,
        DueFor.DECIDE.value,
        priority,
        policy.version_id,
        one.due_at,
        at,
        at > one.due_at,
    )


def _row(pk: int, conversation: int, one: RuleDecision, policy: Policy, at: datetime) -> tuple[Any, ...]:
    return (
        pk,
        conversation,
        one.disposition.value,
        one.reason,
        one.suggestion.priority,
        one.department.pk if one.department is not None else None,
        one.person.pk if one.person is not None else None,
        one.visibility,
        "",
        {},
        policy.version_id,
        one.clause_id,
        True,
        list(one.suggestion.tags),
        one.rule_id,
        at,
    )
