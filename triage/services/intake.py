"""Turn stored mentions into conversations: the step between hearing and deciding."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from listening.models import Mention
from policies.decisions import Policy, Suggestion, suggest
from policies.services import reading
from socialhub.lib import live, locks
from socialhub.lib.bulk import insert_rows
from socialhub.lib.wording import Words
from teams.models import Department
from triage.models import Concern, Conversation, Event
from triage.services import joining
from triage.services.heard import Heard
from triage.services.threading import Arrival, Group, group_arrivals
from triage.states import DueFor, Outcome, Stage

BATCH = 1000

EVENT_COLUMNS = {"conversation_id": "bigint", "kind": "text", "at": "timestamptz", "data": "jsonb"}
ENTRY_COLUMNS = {"mention_id": "bigint", "conversation_id": "bigint"}
CONCERN_COLUMNS = {"conversation_id": "bigint", "department_id": "bigint", "because": "text"}

EventRow = tuple[int, str, datetime, dict[str, int | str | bool]]


def take_in_mentions(*, at: datetime, limit: int = BATCH) -> int:
    """Make up to ``limit`` waiting mentions part of conversations; return how many were waiting.

    One caller at a time works (advisory lock), in the order of hearing, so that
    two halves of a thread never open two conversations. Another caller returns 0.
    """
    with transaction.atomic():
        if not locks.take_if_free(locks.Lock.INTAKE):
            return 0
        waiting = _waiting(limit)
        if not waiting:
            return 0
        policy = reading.policy_in_force()
        listeners = _listeners()
        groups = group_arrivals(
            Arrival(heard.mention_id, heard.channel_id, heard.external_id, heard.in_reply_to)
            for heard in waiting.values()
        )
        loose = _by_id(pk for group in groups for pk in group.loose)
        opened = [_Opening(group, waiting, loose) for group in groups if not group.conversations]
        _open([opening for opening in opened if opening.customer is not None], policy, listeners, at)
        for group in groups:
            if group.conversations:
                joining.join(group, waiting, loose, policy, listeners, at)
        Mention.objects.filter(pk__in=list(waiting)).update(taken_in_at=at)
        live.inbox_changed()
    return len(waiting)


def take_in_everything(*, at: datetime) -> int:
    """Take in until nothing waits; return how many there were."""
    total = 0
    while count := take_in_mentions(at=at):
        total += count
    return total


class _Opening:
    """A thread of which nothing is known yet."""

    __slots__ = ("all", "customer", "last")

    def __init__(self, group: Group, waiting: dict[int, Heard], loose: dict[int, Heard]) -> None:
        found = [waiting[pk] for pk in group.arrivals] + [loose[pk] for pk in group.loose]
        self.all = sorted(found, key=lambda heard: (heard.published_at, heard.mention_id))
        # Our own posts are nobody's work until somebody answers them.
        self.customer = next((heard for heard in self.all if not heard.is_ours), None)
        self.last = next((heard for heard in reversed(self.all) if not heard.is_ours), None)


def _open(openings: Sequence[_Opening], policy: Policy, listeners: Sequence["Listener"], at: datetime) -> None:
    conversations = [_conversation(opening, policy, at) for opening in openings]
    Conversation.objects.bulk_create(conversations)
    entries: list[tuple[int, int]] = []
    events: list[EventRow] = []
    concerns: list[tuple[int, int, str]] = []
    for opening, conversation in zip(openings, conversations, strict=True):
        first = True
        for heard in opening.all:
            entries.append((heard.mention_id, conversation.pk))
            kind = Event.Kind.OPENED if first else Event.Kind.HEARD
            events.append((conversation.pk, kind.value, at, {"mention": heard.mention_id}))
            first = False
        if conversation.stage == Stage.CLOSED:
            events.append((conversation.pk, Event.Kind.CLOSED.value, at, {"outcome": conversation.outcome}))
        concerns += [
            (conversation.pk, listener.department_id, Concern.Because.HEARD.value)
            for listener in listeners
            if any(listener.words.first_in(heard.facts.wording) for heard in opening.all)
        ]
    insert_rows("triage_threadentry", ENTRY_COLUMNS, entries)
    insert_rows("triage_event", EVENT_COLUMNS, events)
    insert_rows("triage_concern", CONCERN_COLUMNS, concerns, on_conflict="DO NOTHING")


def _conversation(opening: _Opening, policy: Policy, at: datetime) -> Conversation:
    customer, last = opening.customer, opening.last
    assert customer is not None and last is not None  # noqa: S101, PT018 - the caller has left the others out
    suggestion = suggest(customer.facts, policy.rules)
    outbound = [heard.published_at for heard in opening.all if heard.is_ours]
    conversation = Conversation(
        channel_id=customer.channel_id,
        profile_id=customer.profile_id,
        priority=suggestion.priority,
        suggestion=suggestion_data(suggestion),
        author_name=customer.author_name,
        snippet=last.snippet,
        language=customer.language,
        sentiment=last.sentiment,
        mention_count=len(opening.all),
        opened_at=at,
        last_inbound_at=last.published_at,
        last_outbound_at=outbound[-1] if outbound else None,
    )
    if opening.all[-1].is_ours:
        # Somebody answered in the network's own app before we heard of it.
        conversation.stage = Stage.CLOSED
        conversation.outcome = Outcome.ELSEWHERE
        conversation.closed_at = at
    else:
        conversation.due_at = policy.deadline("decide", priority=suggestion.priority, since=at)
        conversation.due_for = DueFor.DECIDE
    return conversation


def suggestion_data(suggestion: Suggestion) -> dict[str, object]:
    """Return a suggestion as it is kept; an empty one is kept as nothing."""
    return asdict(suggestion) if suggestion.because else {}


class Listener:
    """The words for which one department listens."""

    __slots__ = ("department_id", "words")

    def __init__(self, department_id: int, words: Words) -> None:
        self.department_id = department_id
        self.words = words


def _listeners() -> list[Listener]:
    departments = Department.objects.active().order_by("pk").values_list("pk", "listens_for")
    return [Listener(pk, Words(entries)) for pk, entries in departments if entries]


_HEARD = (
    "pk",
    "channel_id",
    "profile_id",
    "external_id",
    "in_reply_to",
    "is_ours",
    "text",
    "language",
    "sentiment",
    "published_at",
    "profile__name",
    "profile__handle",
    "profile__reach",
    "channel__kind",
)


def _waiting(limit: int) -> dict[int, Heard]:
    rows = Mention.objects.filter(taken_in_at__isnull=True).order_by("pk").values_list(*_HEARD)[:limit]
    return {row[0]: Heard(*row) for row in rows}


def _by_id(ids: Iterable[int]) -> dict[int, Heard]:
    wanted = list(ids)
    if not wanted:
        return {}
    return {row[0]: Heard(*row) for row in Mention.objects.filter(pk__in=wanted).values_list(*_HEARD)}
