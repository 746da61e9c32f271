"""How many of the latest conversations a condition would have held for, while somebody still writes it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Min

from listening.models import Mention
from policies.engine.conditions import Condition
from policies.engine.facts import Facts
from policies.engine.index import Evidence, Index
from policies.engine.terms import TERMS, Family
from teams.models import User
from triage.models import Conversation, ThreadEntry
from triage.services.arriving.facts import company_zone, kept_facts
from triage.states import OPEN

MOST_READ = 10_000
MOST_SHOWN = 10
BATCH = 1_000
# An editor waits for it at every pause of their typing.
SECONDS = 1.0
# Of what is longer, rules seldom see more; the preview is of many at once.
LONGEST_TEXT = 5_000
# What holds for such a share of what is open tells nothing apart, unless so few are open that it may be chance.
NEARLY_ALL = 0.9
FEW = 5
# So much of a text is shown around what was seen in it.
AROUND = 90
# What others saw, a language or a priority, stands in no text but by chance.
READS_TEXT = (Family.WORDS, Family.LIST, Family.PATTERN)

_COLUMNS = (
    "pk",
    "stage",
    "facts",
    "language",
    "sentiment",
    "opened_at",
    "disposition",
    "visibility",
    "priority",
    "department__slug",
)


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation that the condition holds for, what the condition saw, and the words around that."""

    conversation: Conversation
    evidence: Evidence
    said: str


@dataclass(frozen=True, slots=True)
class Preview:
    """How many of those that were read match; ``examples`` are of those that the viewer may see."""

    read_count: int
    match_count: int
    open_count: int
    open_match_count: int
    hidden_count: int
    examples: Sequence[Example]
    is_cut_short: bool

    @property
    def is_nearly_all_open(self) -> bool:
        """Whether it leaves out hardly any of those that are open; of few that says nothing."""
        return self.open_count >= FEW and self.open_match_count >= NEARLY_ALL * self.open_count


def preview_condition(
    condition: Condition, *, lists: Mapping[str, Sequence[str]], viewer: User, seconds: float = SECONDS
) -> Preview:
    """Try a condition on the latest conversations, newest first, for about ``seconds`` at most.

    The texts are as they are now; the back-test is the exact one.
    """
    ends = time.monotonic() + seconds
    index = Index([(condition, True)], lists)
    zone = company_zone()
    matched: dict[int, Evidence] = {}
    read, below, is_open = 0, None, set[int]()
    is_cut_short = False
    while read < MOST_READ:
        batch, below = _batch(below, zone)
        for pk, stage, facts in batch:
            if stage in OPEN:
                is_open.add(pk)
            for _meant, evidence in index.matches(facts):
                matched[pk] = evidence
        read += len(batch)
        if len(batch) < BATCH:
            break
        is_cut_short = read < MOST_READ and time.monotonic() > ends
        if is_cut_short:
            break
    seen = Conversation.objects.visible_to(viewer).filter(pk__in=list(matched))
    shown = list(seen.select_related("channel").order_by("-pk")[:MOST_SHOWN])
    hidden = 0 if len(shown) == min(len(matched), MOST_SHOWN) else len(matched) - seen.count()
    texts = _texts({conversation.pk: conversation.facts for conversation in shown})
    examples = [
        Example(one, matched[one.pk], _around(matched[one.pk], texts.get(one.pk) or one.snippet)) for one in shown
    ]
    open_match_count = len(is_open & matched.keys())
    return Preview(read, len(matched), len(is_open), open_match_count, hidden, examples, is_cut_short)


def _batch(below: int | None, zone: ZoneInfo) -> tuple[list[tuple[int, str, Facts]], int | None]:
    latest = Conversation.objects.work().filter(erased_at=None).order_by("-pk")
    if below is not None:
        latest = latest.filter(pk__lt=below)
    rows = list(latest.values_list(*_COLUMNS)[:BATCH])
    texts = _texts({row[0]: row[2] for row in rows})
    batch = []
    for pk, stage, kept, language, sentiment, opened_at, disposition, visibility, priority, department in rows:
        known = kept if "mention" in kept else {"language": language, "sentiment": sentiment}
        facts = kept_facts(known, text=texts.get(pk, ""), opened_at=opened_at, zone=zone)
        decided = {"disposition": disposition, "visibility": visibility, "department": department or ""}
        batch.append((pk, stage, replace(facts, **decided, priority=priority)))
    return batch, rows[-1][0] if rows else below


def _texts(conversations: Mapping[int, Mapping[str, Any]]) -> dict[int, str]:
    """Return the text that began each conversation."""
    begun_by = {pk: kept["mention"] for pk, kept in conversations.items() if "mention" in kept}
    unknown = [pk for pk in conversations if pk not in begun_by]
    if unknown:
        entries = ThreadEntry.objects.filter(conversation__in=unknown, mention__is_ours=False).order_by()
        firsts = entries.values("conversation").annotate(first=Min("mention"))
        begun_by |= dict(firsts.values_list("conversation", "first"))
    said = dict(Mention.objects.filter(pk__in=list(begun_by.values())).values_list("pk", "text"))
    return {pk: said.get(mention, "")[:LONGEST_TEXT] for pk, mention in begun_by.items()}


def _around(evidence: Evidence, text: str) -> str:
    """Return the part of a text in which the condition saw something, or its beginning."""
    said = " ".join(text.split())
    lowered = said.lower()
    places = [lowered.find(seen.lower()) for name, seen in evidence if TERMS[name].family in READS_TEXT]
    place = min((place for place in places if place >= 0), default=0)
    # Whole words only; a text without spaces is cut anywhere.
    start = 0 if place <= AROUND else said.find(" ", place - AROUND, place) + 1 or place - AROUND
    end = said.rfind(" ", place + AROUND // 2, place + AROUND) if place + AROUND < len(said) else len(said)
    end = place + AROUND if end < 0 else end
    return f"{'…' if start else ''}{said[start:end].strip()}{'…' if end < len(said) else ''}"
