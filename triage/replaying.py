"""Play the record of a conversation again: where it must stand after all that happened. No database."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from triage.models import Event
from triage.states import Outcome, ReplyState, Stage

_Kind = Event.Kind
# With these nobody lets go of anything: what a decision closes has its fence raised by the decision itself,
# and what was answered elsewhere, or went on in another conversation, was in nobody's hands.
_CLOSED_UNHELD = (Outcome.NO_ANSWER.value, Outcome.ELSEWHERE.value, Outcome.MERGED.value)
_ENDS_OF_REPLIES = {
    _Kind.REPLY_SENT.value: ReplyState.SENT,
    _Kind.REPLY_FAILED.value: ReplyState.FAILED,
    _Kind.REPLY_UNCERTAIN.value: ReplyState.UNCERTAIN,
    _Kind.REPLY_WITHDRAWN.value: ReplyState.WITHDRAWN,
}
# A correction or a removal goes the way of an answer, in events of its own.
_OF_CHANGES = {
    _Kind.CHANGE_QUEUED.value: _Kind.REPLY_QUEUED,
    _Kind.REPLY_CORRECTED.value: _Kind.REPLY_SENT,
    _Kind.REPLY_REMOVED.value: _Kind.REPLY_SENT,
    _Kind.CHANGE_FAILED.value: _Kind.REPLY_FAILED,
    _Kind.CHANGE_UNCERTAIN.value: _Kind.REPLY_UNCERTAIN,
    _Kind.CHANGE_SETTLED.value: _Kind.REPLY_SETTLED,
    _Kind.CHANGE_WITHDRAWN.value: _Kind.REPLY_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One event as the record holds it."""

    kind: str
    actor_id: int | None
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision says; the record names only which one it was."""

    disposition: str
    priority: int
    department_id: int | None
    visibility: str
    offered_to_id: int | None


@dataclass(slots=True)
class Standing:
    """Where a conversation stands, in the names of its columns.

    ``priority`` is None where the record does not tell it: before a decision it is
    what the policy's rules made of the words. An answer that a worker has in hand is
    ``queued`` here like one that waits for a worker; the record tells only its end.
    """

    stage: str = Stage.NEW.value
    department_id: int | None = None
    holder_id: int | None = None
    offered_to_id: int | None = None
    fence: int = 0
    disposition: str = ""
    visibility: str = ""
    outcome: str = ""
    priority: int | None = None
    decided_at: datetime | None = None
    claimed_at: datetime | None = None
    closed_at: datetime | None = None
    snoozed_at: datetime | None = None
    replies: dict[int, str] = field(default_factory=dict)
    # How it stood before somebody merged it into another.
    apart: "Standing | None" = None

    @property
    def place(self) -> tuple[str, int | None, int | None, int]:
        """Where it is and in whose hands: whoever changes this wakes what is snoozed."""
        return self.stage, self.holder_id, self.department_id, self.fence


def replay(happened: Iterable[Happened], *, decisions: Mapping[int, Decided], voices: Set[int]) -> Standing:
    """Return where a conversation stands after its events, oldest first.

    ``voices`` are the mentions that a person said who is not one of us: only these end
    the waiting for the customer. A kind of event that moves nothing is passed over.
    """
    standing = Standing()
    for event in happened:
        place = standing.place
        _move(standing, event, decisions, voices)
        if standing.place != place:
            standing.snoozed_at = None
        _answer(standing, event)
    return standing


def _move(standing: Standing, event: Happened, decisions: Mapping[int, Decided], voices: Set[int]) -> None:
    """Do to the conversation what the event tells."""
    match event.kind:
        case _Kind.DECIDED:
            _decide(standing, decisions[event.data["decision"]], event.at)
        case _Kind.DECISION_UNDONE:
            _undo(standing, decisions[event.data["decision"]])
        case _Kind.CLAIMED:
            _hand(standing, event.actor_id)
            standing.stage = Stage.CLAIMED.value
            standing.claimed_at = standing.claimed_at or event.at
        case _Kind.RELEASED | _Kind.CLAIM_RETURNED:
            _let_go(standing)
        case _Kind.OFFERED:
            standing.offered_to_id = event.data["to"]
        case _Kind.HANDED_OVER:
            _hand(standing, event.data["to"])
        # The oldest do not say whether it went to the queue; they were given to others there only.
        case _Kind.TAKEN_OVER if event.data.get("to_queue", event.data["to"] != event.actor_id):
            _let_go(standing)
            standing.offered_to_id = event.data["to"]
        case _Kind.TAKEN_OVER:
            _hand(standing, event.data["to"])
        case _Kind.WAITING:
            standing.stage = Stage.WAITING.value
        case _Kind.WAITING_UNDONE:
            standing.stage = Stage.CLAIMED.value
        case _Kind.CLOSED:
            _close(standing, event.data["outcome"], event.at)
        case _Kind.REOPENED:
            _reopen(standing)
        case _Kind.MERGED:
            _merge(standing, event)
        case _Kind.MERGE_UNDONE:
            _take_apart(standing, event)
        case _Kind.SNOOZED:
            standing.snoozed_at = event.at
        case _Kind.WOKEN:
            standing.snoozed_at = None
        case _Kind.BOUNCED:
            _stir(standing)
        # A word of thanks at the end was no new work.
        case _Kind.HEARD if event.data["mention"] in voices and not event.data.get("thanks"):
            _stir(standing)


def _decide(standing: Standing, decided: Decided, at: datetime) -> None:
    standing.stage = Stage.ASSIGNED.value
    standing.disposition = decided.disposition
    standing.priority = decided.priority
    standing.visibility = decided.visibility
    standing.department_id = decided.department_id
    standing.offered_to_id = decided.offered_to_id
    standing.decided_at = standing.decided_at or at
    standing.fence += 1


def _undo(standing: Standing, decided: Decided) -> None:
    standing.stage = (Stage.NEW if decided.department_id is None else Stage.ASSIGNED).value
    standing.disposition = decided.disposition
    # Where nothing is decided any more, it is again what the rules make of the words.
    standing.priority = decided.priority if decided.disposition else None
    standing.visibility = decided.visibility
    standing.department_id = decided.department_id
    standing.offered_to_id = None
    standing.outcome = ""
    standing.closed_at = None
    if not decided.disposition:
        standing.decided_at = None
    standing.fence += 1


def _hand(standing: Standing, holder_id: int | None) -> None:
    standing.holder_id = holder_id
    standing.offered_to_id = None
    standing.fence += 1


def _let_go(standing: Standing) -> None:
    _hand(standing, None)
    standing.stage = Stage.ASSIGNED.value


def _close(standing: Standing, outcome: str, at: datetime) -> None:
    if outcome not in _CLOSED_UNHELD:
        standing.fence += 1
    standing.stage = Stage.CLOSED.value
    standing.holder_id = standing.offered_to_id = None
    standing.outcome = outcome
    standing.closed_at = at


def _reopen(standing: Standing) -> None:
    standing.stage = (Stage.NEW if standing.department_id is None else Stage.ASSIGNED).value
    standing.holder_id = None
    standing.outcome = ""
    standing.closed_at = None
    standing.fence += 1


def _merge(standing: Standing, event: Happened) -> None:
    is_by_hand = "merge" in event.data
    if "into" in event.data:
        standing.apart = replace(standing)
        # What a person merged was in somebody's hands, or in a queue.
        standing.fence += is_by_hand
        _close(standing, Outcome.MERGED.value, event.at)
        return
    if is_by_hand:
        standing.priority = event.data.get("priority", standing.priority)
        standing.fence = event.data.get("fence", standing.fence)
        if event.data["stirs"]:
            _stir(standing)
        return
    standing.fence = event.data.get("fence", standing.fence)
    if standing.stage == Stage.NEW:
        # It may have become as urgent as what came to it.
        standing.priority = None
    else:
        standing.priority = event.data.get("priority", standing.priority)
    _stir(standing)


def _take_apart(standing: Standing, event: Happened) -> None:
    """Stand again as before the merge; who may not answer any more has lost it to the queue."""
    if "gave_back" in event.data:
        standing.priority = event.data.get("priority", standing.priority)
        standing.fence = event.data.get("fence", standing.fence)
        return
    former = standing.apart
    if former is None:
        return
    standing.stage = event.data["stage"]
    standing.holder_id = event.data["holder"]
    standing.offered_to_id = event.data["offered_to"]
    standing.outcome, standing.closed_at = former.outcome, former.closed_at
    standing.fence += 1
    standing.apart = None


def _stir(standing: Standing) -> None:
    """End the waiting for the customer; a closed conversation has an event of its own for it."""
    if standing.stage == Stage.WAITING:
        standing.stage = (Stage.ASSIGNED if standing.holder_id is None else Stage.CLAIMED).value


def _answer(standing: Standing, event: Happened) -> None:
    """Do to the answer what the event tells, or to what changes one that is out."""
    if event.kind in _OF_CHANGES:
        told = {**event.data, "reply": event.data["change"]}
        event = replace(event, kind=_OF_CHANGES[event.kind].value, data=told)
    if event.kind == _Kind.REPLY_QUEUED:
        for replaced in event.data.get("instead_of", ()):
            standing.replies[replaced] = ReplyState.WITHDRAWN.value
        standing.replies[event.data["reply"]] = ReplyState.QUEUED.value
    elif event.kind == _Kind.REPLY_SETTLED:
        is_there = event.data["verdict"] == "there"
        standing.replies[event.data["reply"]] = (ReplyState.SENT if is_there else ReplyState.FAILED).value
    elif event.kind == _Kind.PART_SENT:
        # One that has failed or was given up meanwhile stays so; what is out of it is in the thread.
        if standing.replies[event.data["reply"]] == ReplyState.UNCERTAIN:
            standing.replies[event.data["reply"]] = ReplyState.QUEUED.value
    elif event.kind in _ENDS_OF_REPLIES:
        standing.replies[event.data["reply"]] = _ENDS_OF_REPLIES[event.kind].value
