"""Decisions that the policy's rules make by themselves, many at once, while conversations open.

A rule decides only where its clause lists the disposition, and while nobody has stopped
it. What names a department that takes nothing is left to a person, like everything else.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from policies.engine.rules import Policy, Suggestion
from policies.models import PolicyVersion
from socialhub.lib.bulk import insert_rows, next_ids
from teams.models import Department, Membership, Notification, User
from teams.roles import ANSWERING
from teams.services import notifications
from triage.models import Concern, Conversation, DecidingStop, Event
from triage.services import clocks, offering
from triage.states import Disposition, DueFor, Outcome, Reason, Stage

_DECISION_COLUMNS = {
    "id": "bigint",
    "conversation_id": "bigint",
    "disposition": "text",
    "reason": "text",
    "priority": "smallint",
    "department_id": "bigint",
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
_EVENT_COLUMNS = {"conversation_id": "bigint", "kind": "text", "at": "timestamptz", "data": "jsonb"}


@dataclass(frozen=True, slots=True)
class RuleDecision:
    """What a rule decides on one conversation."""

    rule_id: int
    clause_id: int
    suggestion: Suggestion
    department: Department | None
    reason: str

    @property
    def disposition(self) -> Disposition:
        """Return what is done with the conversation."""
        return Disposition(self.suggestion.disposition)

    @property
    def visibility(self) -> str:
        """Return who can read the answer, where there is to be one."""
        return self.suggestion.visibility if self.department is not None else ""


class Deciders:
    """The rules that may decide by themselves now. Reads the database only once a rule wants to decide."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._keys: dict[int, UUID] | None = None
        self._stopped: set[UUID | None] = set()
        self._departments: dict[str, Department] = {}

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
            return RuleDecision(suggestion.decided_by, clause_id, suggestion, None, _reason(suggestion))
        department = self._departments.get(suggestion.department)
        if department is None or not suggestion.visibility:
            return None
        return RuleDecision(suggestion.decided_by, clause_id, suggestion, department, "")


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
    return columns | {"due_for": str(step["due_for"])}


def write_decisions(
    decided: Sequence[tuple[int, RuleDecision, str]], *, policy: Policy, known: set[tuple[int, int]], at: datetime
) -> None:
    """Write what rules decided: conversation, decision, and how tellings call the conversation.

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
        [_row(pk, conversation, one, policy, at) for pk, (conversation, one, _s) in zip(ids, decided, strict=True)],
    )
    checked = [
        (pk,) for pk, (conversation, _one, _s) in zip(ids, decided, strict=True) if is_sampled(conversation, share)
    ]
    insert_rows("triage_decisioncheck", {"decision_id": "bigint"}, checked)
    concerned = [
        (conversation, one.department.pk, Concern.Because.DECIDED.value)
        for conversation, one, _subject in decided
        if one.department is not None and (conversation, one.department.pk) not in known
    ]
    insert_rows(
        "triage_concern", {"conversation_id": "bigint", "department_id": "bigint", "because": "text"}, concerned
    )
    events: list[tuple[Any, ...]] = []
    for pk, (conversation, one, _subject) in zip(ids, decided, strict=True):
        events.append((conversation, Event.Kind.DECIDED.value, at, {"decision": pk}))
        if one.department is None:
            events.append((conversation, Event.Kind.CLOSED.value, at, {"outcome": Outcome.NO_ANSWER.value}))
    written = insert_rows("triage_event", _EVENT_COLUMNS, events, returning="conversation_id, id, kind")
    _tell(decided, {one: pk for one, pk, kind in written if kind == Event.Kind.DECIDED}, at)


def is_sampled(conversation_id: int, share: int) -> bool:
    """Say whether what a rule decided on a conversation is looked at again; always the same for one conversation.

    ``share`` is how many of a hundred are.
    """
    digest = hashlib.blake2b(str(conversation_id).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % 100 < share


def _tell(decided: Sequence[tuple[int, RuleDecision, str]], events: Mapping[int, int], at: datetime) -> None:
    """Tell the departments what has arrived in their queues."""
    departments = {one.department.pk: one.department for _pk, one, _s in decided if one.department is not None}
    people = {pk: _responders(pk) for pk in departments}
    notifications.notify_many(
        [
            notifications.Telling(people[one.department.pk], subject, events[conversation], conversation)
            for conversation, one, subject in decided
            if one.department is not None
        ],
        kind=Notification.Kind.QUEUE,
        at=at,
    )
    for pk, department in departments.items():
        if department.offering:
            offering.wake_offering(pk)


def _responders(department_id: int) -> list[User]:
    members = Membership.objects.filter(department_id=department_id, role__in=ANSWERING)
    return list(User.objects.active().filter(pk__in=members.values("user")))


def _reason(suggestion: Suggestion) -> str:
    """Return the reason that a tag of the suggestion names, such as spam."""
    tags = (tag.replace("-", "_").replace(" ", "_") for tag in suggestion.tags)
    return next((tag for tag in tags if tag in Reason.values), Reason.OTHER.value)


def _row(pk: int, conversation: int, one: RuleDecision, policy: Policy, at: datetime) -> tuple[Any, ...]:
    return (
        pk,
        conversation,
        one.disposition.value,
        one.reason,
        one.suggestion.priority,
        one.department.pk if one.department is not None else None,
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
