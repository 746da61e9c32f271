"""Conversations as they began, read again in batches: what the rules looked at then, and what people made of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Min

from listening.models import Mention, MentionVersion
from policies.engine.facts import Facts
from triage.models import ClockEnd, Conversation, Decision, ThreadEntry
from triage.services.arriving.facts import kept_facts
from triage.states import DueFor, Stage

# What is read and held at once: texts of mails can be long.
BATCH = 500
# Of conversations outside the period a statement passes over this many at most.
WINDOW = 20_000
_MARGIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided last."""

    disposition: str
    department: str
    visibility: str
    priority: int


@dataclass(frozen=True, slots=True)
class Past:
    """A conversation as it began. ``suggestion`` is what was suggested then, as it is kept.

    ``was_late``: whether the deadline to decide was missed then, where that is known.
    ``by_rule``: a rule decided it by itself, so nobody had to; ``decided_at`` is then None.
    ``is_whole``: whether all that rules look at was kept; else the text, its language and
    its mood are known.
    """

    conversation_id: int
    facts: Facts
    is_whole: bool
    suggestion: Mapping[str, Any]
    opened_at: datetime
    decided_at: datetime | None
    waits: bool
    was_late: bool | None
    by_rule: bool
    decided: Decided | None


@dataclass(frozen=True, slots=True)
class Period:
    """Which conversations are meant: by id, and by when they began."""

    since: datetime
    until: datetime


_COLUMNS = (
    "pk",
    "facts",
    "suggestion",
    "language",
    "sentiment",
    "opened_at",
    "decided_at",
    "stage",
    "due_at",
)


def read_batch(
    *, next_id: int, end_id: int, period: Period, zone: ZoneInfo, at: datetime, limit: int = BATCH
) -> tuple[list[Past], int]:
    """Return the next conversations before ``end_id`` that began in the period, and from which id on to go on.

    A handful of statements for all of them. There may be none although more follow.
    ``at`` is the moment as of which it counts whether a deadline was missed.
    """
    stop = min(end_id, next_id + WINDOW)
    found = Conversation.objects.work().filter(
        pk__gte=next_id, pk__lt=stop, opened_at__gte=period.since, opened_at__lt=period.until, erased_at=None
    )
    rows = list(found.order_by("pk").values_list(*_COLUMNS)[:limit])
    if not rows:
        return [], stop
    ids = [row[0] for row in rows]
    begun_by = {pk: kept["mention"] for pk, kept, *_rest in rows if "mention" in kept}
    begun_by |= _firsts(set(ids) - set(begun_by))
    opened = {begun_by[row[0]]: row[5] for row in rows if row[0] in begun_by}
    texts = _texts(opened)
    decisions, late, by_rule = _decisions(ids), _late(ids), _by_rule(ids)
    batch = []
    for pk, kept, suggestion, language, sentiment, opened_at, decided_at, stage, due_at in rows:
        is_whole = "mention" in kept and begun_by[pk] in texts
        known = kept if "mention" in kept else {"language": language, "sentiment": sentiment}
        waits = stage == Stage.NEW and decided_at is None
        batch.append(
            Past(
                conversation_id=pk,
                facts=kept_facts(known, text=texts.get(begun_by.get(pk, 0), ""), opened_at=opened_at, zone=zone),
                is_whole=is_whole,
                suggestion=suggestion,
                opened_at=opened_at,
                decided_at=None if pk in by_rule else decided_at,
                waits=waits,
                was_late=(True if due_at is not None and due_at < at else None) if waits else late.get(pk),
                by_rule=pk in by_rule,
                decided=decisions.get(pk),
            )
        )
    return batch, rows[-1][0] + 1 if len(rows) == limit else stop


def _firsts(conversations: Iterable[int]) -> dict[int, int]:
    """Return what began conversations of which it was not kept: the first that somebody else said."""
    wanted = list(conversations)
    if not wanted:
        return {}
    entries = ThreadEntry.objects.filter(conversation__in=wanted, mention__is_ours=False).order_by()
    return dict(entries.values("conversation").annotate(first=Min("mention")).values_list("conversation", "first"))


def _texts(opened: Mapping[int, datetime]) -> dict[int, str]:
    """Return what mentions said when a conversation began with them, by when that was."""
    found = {pk: (text, edited) for pk, text, edited in _mentions(opened)}
    texts = {pk: text for pk, (text, _edited) in found.items()}
    edited = [pk for pk, (_text, edited_at) in found.items() if edited_at is not None]
    if edited:
        versions = MentionVersion.objects.filter(mention__in=edited).order_by("-pk")
        # What was replaced before it began a conversation is not what the rules have seen.
        for pk, text, replaced_at in versions.values_list("mention_id", "text", "replaced_at"):
            if replaced_at >= opened[pk]:
                texts[pk] = text
    return texts


def _mentions(ids: Iterable[int]) -> Iterable[tuple[int, str, datetime | None]]:
    return Mention.objects.filter(pk__in=list(ids)).values_list("pk", "text", "edited_at")


def _decisions(conversations: Iterable[int]) -> dict[int, Decided]:
    """Return what people decided last; what rules decided by themselves is no word on rules."""
    latest = (
        Decision.objects.filter(conversation__in=list(conversations), decided_by_rule=None)
        .order_by("conversation", "-pk")
        .distinct("conversation")
        .values_list("conversation", "disposition", "department__slug", "visibility", "priority", "is_undoing", _SAID)
    )
    return {
        pk: Decided(disposition, department or "", visibility, priority)
        for pk, disposition, department, visibility, priority, is_undoing, by_rule in latest
        # Empty where it was taken back, and nobody has decided since; or what a rule said is in force again.
        if disposition and not (is_undoing and by_rule)
    }


_SAID = "reverses__reverses__decided_by_rule"


def _by_rule(conversations: Iterable[int]) -> set[int]:
    found = Decision.objects.filter(conversation__in=list(conversations), decided_by_rule__isnull=False)
    return set(found.values_list("conversation", flat=True))


def _late(conversations: Iterable[int]) -> dict[int, bool]:
    """Return whether the first decision came too late, by the clock that ran then."""
    ends = (
        ClockEnd.objects.filter(conversation__in=list(conversations), step=DueFor.DECIDE)
        .order_by("conversation", "pk")
        .distinct("conversation")
    )
    return dict(ends.values_list("conversation", "missed"))


def stretch(period: Period) -> tuple[int, int, int]:
    """Return the first id, the one behind the last, and how many conversations began in the period.

    Ids rise with the time of opening, but for what is opened at the same moment; an hour
    on either side is left for that. So a table of any size is not read as a whole.
    """
    begin, end = _range(period)
    return begin, end, _count(period, begin, end, is_erased=False)


def count_erased(period: Period) -> int:
    """Return how many conversations of the period are not tried, since their words are erased."""
    return _count(period, *_range(period), is_erased=True)


def _range(period: Period) -> tuple[int, int]:
    ids = Conversation.objects.order_by("pk").values_list("pk", flat=True)
    first, last = ids.first(), ids.last()
    if first is None or last is None:
        return 0, 0
    begin, end = first, last + 1
    if end - begin > WINDOW:
        begin = max(first, _first_opened(period.since - _MARGIN, first, end) - WINDOW)
        end = min(end, _first_opened(period.until + _MARGIN, first, end) + WINDOW)
    return begin, end


def _count(period: Period, begin: int, end: int, *, is_erased: bool) -> int:
    total = 0
    for low in range(begin, end, WINDOW):
        within = Conversation.objects.work().filter(pk__gte=low, pk__lt=min(low + WINDOW, end))
        of_period = within.filter(opened_at__gte=period.since, opened_at__lt=period.until)
        total += of_period.filter(erased_at__isnull=not is_erased).count()
    return total


def _first_opened(moment: datetime, low: int, high: int) -> int:
    """Return about where in the ids conversations begin that were opened at the moment or later."""
    while low < high:
        middle = (low + high) // 2
        found = Conversation.objects.filter(pk__gte=middle, pk__lt=high).order_by("pk")
        row = found.values_list("pk", "opened_at").first()
        if row is None or row[1] >= moment:
            high = middle
        else:
            low = row[0] + 1
    return low
