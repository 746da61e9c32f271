"""Open conversations for threads of which nothing was known: many at once, in a handful of statements."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from policies.engine.incidents import Incidents
from policies.engine.rules import Policy, Suggestion
from socialhub.lib.bulk import insert_rows, next_ids
from socialhub.lib.business_time import Calendar
from teams.services import hours
from triage.models import Concern, Event
from triage.services.arriving import belonging
from triage.services.arriving.facts import facts_data, give_facts
from triage.services.arriving.heard import Heard
from triage.services.arriving.listeners import Listener
from triage.services.decisions import automatic
from triage.services.sending import private_window
from triage.states import DueFor, Outcome, Stage

CONVERSATION_COLUMNS = {
    "id": "bigint",
    "channel_id": "bigint",
    "profile_id": "bigint",
    "stage": "text",
    "fence": "integer",
    "priority": "smallint",
    "disposition": "text",
    "visibility": "text",
    "outcome": "text",
    "department_id": "bigint",
    "offered_to_id": "bigint",
    "tags": "jsonb",
    "suggestion": "jsonb",
    "facts": "jsonb",
    "author_name": "text",
    "snippet": "text",
    "language": "text",
    "sentiment": "float8",
    "mention_count": "integer",
    "copy_count": "integer",
    "opened_at": "timestamptz",
    "last_inbound_at": "timestamptz",
    "last_outbound_at": "timestamptz",
    "decided_at": "timestamptz",
    "closed_at": "timestamptz",
    "due_at": "timestamptz",
    "due_for": "text",
    "step_due_at": "timestamptz",
    "private_until": "timestamptz",
    "due_under": "bigint",
    "resolve_due_at": "timestamptz",
    "resolve_under": "bigint",
}
EVENT_COLUMNS = {"conversation_id": "bigint", "kind": "text", "at": "timestamptz", "data": "jsonb"}
ENTRY_COLUMNS = {"mention_id": "bigint", "conversation_id": "bigint", "is_copy": "boolean"}
CONCERN_COLUMNS = {
    "conversation_id": "bigint",
    "department_id": "bigint",
    "because": "text",
    "last_inbound_at": "timestamptz",
}


class Opening:
    """A thread that may become a conversation: its mentions in the order in which they were said.

    ``copies`` are those that only pass on what another says. Where nobody says anything
    else, the first of them speaks for all, unless what they pass on is ours.
    ``split_from`` is the conversation in which its mention was counted before.
    """

    __slots__ = ("copies", "customer", "last", "mentions", "split_from")

    def __init__(self, found: Sequence[Heard], *, split_from: int | None = None) -> None:
        self.split_from = split_from
        self.mentions = sorted(found, key=lambda heard: (heard.published_at, heard.mention_id))
        # Our own posts are nobody's work until somebody answers them, and what a machine sent never is.
        voices = [heard for heard in self.mentions if heard.is_voice] or self._speaker()
        self.customer = voices[0] if voices else None
        self.copies = [heard for heard in self.mentions if heard.is_copy and heard is not self.customer]
        self.last = voices[-1] if voices else None

    def _speaker(self) -> list[Heard]:
        ours = {heard.external_id for heard in self.mentions if heard.is_ours}
        speakers = (heard for heard in self.mentions if heard.is_copy and heard.repeats not in ours)
        return [heard for heard in speakers if not heard.is_automatic][:1]

    @property
    def is_answered(self) -> bool:
        """Whether somebody answered in the network's own app before we heard of it."""
        spoken = [heard for heard in self.mentions if heard.is_ours or heard is self.last]
        return spoken[-1].is_ours


def open_conversations(
    openings: Sequence[Opening],
    *,
    policy: Policy,
    listeners: Sequence[Listener],
    incidents: Incidents,
    at: datetime,
) -> list[int]:
    """Open a conversation for each thread in which somebody else spoke; return them. Call it in a transaction.

    ``incidents`` are those that are open until it commits.
    """
    spoken = [opening for opening in openings if opening.customer is not None]
    # Before anything asks for the words of a mention, which the facts then share.
    give_facts([opening.customer for opening in spoken if opening.customer is not None], at=at, incidents=incidents)
    ids = next_ids("triage_conversation", len(spoken))
    entries: list[tuple[int, int, bool]] = []
    events: list[tuple[Any, ...]] = []
    concerns: list[tuple[Any, ...]] = []
    for pk, opening in zip(ids, spoken, strict=True):
        last = opening.last
        kind, about = Event.Kind.OPENED.value, {} if opening.split_from is None else {"split_from": opening.split_from}
        copies = {heard.mention_id for heard in opening.copies}
        for heard in opening.mentions:
            entries.append((heard.mention_id, pk, heard.mention_id in copies))
            if heard.mention_id not in copies:
                events.append((pk, kind, at, {"mention": heard.mention_id, **about}))
                kind = Event.Kind.HEARD.value
        if copies:
            events.append((pk, Event.Kind.COPIED.value, at, {"mentions": sorted(copies)}))
        if opening.is_answered:
            events.append((pk, Event.Kind.CLOSED.value, at, {"outcome": Outcome.ELSEWHERE.value}))
        concerns += [
            (pk, listener.department_id, Concern.Because.HEARD.value, None if last is None else last.published_at)
            for listener in listeners
            if any(listener.words.first_in(heard.wording) for heard in opening.mentions)
        ]
    calendar, windows = hours.calendar_of(), private_window.Windows()
    deciders = automatic.Deciders(policy)
    decided: list[automatic.Decided] = []
    rows = []
    for pk, opening in zip(ids, spoken, strict=True):
        columns, decision = _columns(pk, opening, policy, deciders, calendar, windows, at)
        rows.append([columns.get(name) for name in CONVERSATION_COLUMNS])
        if decision is not None:
            decided.append(decision)
    insert_rows("triage_conversation", CONVERSATION_COLUMNS, rows)
    insert_rows("triage_threadentry", ENTRY_COLUMNS, entries)
    insert_rows("triage_event", EVENT_COLUMNS, events)
    insert_rows("triage_concern", CONCERN_COLUMNS, concerns)
    known = {(pk, department) for pk, department, *_rest in concerns}
    automatic.write_decisions(decided, policy=policy, known=known, at=at)
    belonging.enter(ids, incidents, at=at)
    return list(ids)


def _columns(
    pk: int,
    opening: Opening,
    policy: Policy,
    deciders: automatic.Deciders,
    calendar: Calendar,
    windows: private_window.Windows,
    at: datetime,
) -> tuple[dict[str, Any], automatic.Decided | None]:
    """Return the columns of a conversation, and what a rule decides on it by itself."""
    customer, last = opening.customer, opening.last
    assert customer is not None and last is not None  # noqa: S101, PT018 - the caller has left the others out
    assert customer.facts is not None  # noqa: S101 - set by ``open_conversations``
    suggestion = policy.suggest(customer.facts)
    outbound = [heard.published_at for heard in opening.mentions if heard.is_ours]
    is_open = not opening.is_answered
    until = windows.until(customer.channel_kind, customer.channel_id, spoken_at=last.published_at)
    decide_by = policy.deadline("decide", priority=suggestion.priority, since=at, calendar=calendar)
    # A window that has closed already is nobody's deadline.
    due_at = until if until is not None and at < until < decide_by else decide_by
    columns: dict[str, Any] = {
        "id": pk,
        "channel_id": customer.channel_id,
        "profile_id": customer.profile_id,
        "stage": (Stage.NEW if is_open else Stage.CLOSED).value,
        "fence": 0,
        "priority": suggestion.priority,
        "disposition": "",
        "visibility": "",
        "outcome": "" if is_open else Outcome.ELSEWHERE.value,
        "tags": [],
        "suggestion": suggestion_data(suggestion),
        "facts": facts_data(customer.facts, customer.mention_id),
        "author_name": customer.author_name,
        "snippet": last.snippet,
        "language": customer.language,
        "sentiment": last.sentiment,
        "mention_count": len(opening.mentions) - len(opening.copies),
        "copy_count": len(opening.copies),
        "opened_at": at,
        "last_inbound_at": last.published_at,
        "last_outbound_at": outbound[-1] if outbound else None,
        "closed_at": None if is_open else at,
        "due_at": due_at if is_open else None,
        "due_for": DueFor.DECIDE.value if is_open else "",
        "step_due_at": decide_by if is_open else None,
        "private_until": until,
        "due_under": policy.version_id if is_open else None,
    }
    decision = deciders.decision(suggestion) if is_open else None
    if decision is None:
        return columns, None
    columns |= automatic.decided_columns(decision, policy=policy, private_until=until, at=at)
    return columns, automatic.Decided(pk, decision, f"{columns['author_name']}: {columns['snippet']}"[:200], due_at)


def suggestion_data(suggestion: Suggestion) -> dict[str, object]:
    """Return a suggestion as it is kept; an empty one is kept as nothing."""
    return asdict(suggestion) if suggestion.because else {}
