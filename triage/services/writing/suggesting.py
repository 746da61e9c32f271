"""Which saved answers fit a conversation, by what was answered before."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from math import log, sqrt

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F
from django.utils import timezone

from listening.models import Mention
from triage.models import AnswerUse, Conversation, SavedAnswer
from triage.services.writing import saved_answers

MOST_SHOWN = 3
# What the customer said last is what is answered.
MESSAGES = 3
MOST_WORDS = 60
# What the database ranks roughly, to be ranked with care.
CANDIDATES = 40
EARLIER = 100
REMEMBERED = 2_000

_WORD = re.compile(r"[^\W\d_]{3,}")


def suggest(conversation: Conversation, *, at: datetime) -> list[SavedAnswer]:
    """Return the three answers that fit best, those in the customer's language first.

    An answer fits when its title and text, or a message that was answered with it
    before, share words with what the customer said last; rare words weigh more.
    """
    said = list(
        Mention.objects.filter(entry__conversation=conversation, entry__is_copy=False, is_ours=False)
        .order_by("-pk")
        .values_list("text", flat=True)[:MESSAGES]
    )
    words = dict.fromkeys(word for text in said for word in _WORD.findall(text.casefold()))
    if not words:
        return []
    wanted = list(words)[:MOST_WORDS]
    query = SearchQuery(" | ".join(f"'{word}'" for word in wanted), config="simple", search_type="raw")
    usable = saved_answers.usable_on(timezone.localdate(at))
    earlier = _answered_before(query)
    found = usable.filter(search=query).annotate(rank=SearchRank(F("search"), query)).order_by("-rank", "pk")
    candidates: dict[int, SavedAnswer] = {answer.pk: answer for answer in found[:CANDIDATES]}
    candidates |= {answer.pk: answer for answer in usable.filter(pk__in=set(earlier) - set(candidates))}
    texts = {pk: [f"{answer.title} {answer.body}", *earlier.get(pk, ())] for pk, answer in candidates.items()}
    scores = _scores(set(wanted), texts)
    languages = ("", conversation.language)

    def order(answer: SavedAnswer) -> tuple[bool, float, int]:
        is_foreign = bool(conversation.language) and answer.language not in languages
        return is_foreign, -scores[answer.pk], answer.pk

    return sorted(candidates.values(), key=order)[:MOST_SHOWN]


def _answered_before(query: SearchQuery) -> Mapping[int, list[str]]:
    """Return what was lately answered with which saved answer and shares words with the query."""
    newest = AnswerUse.objects.filter(reply__isnull=False).order_by("-pk").values("pk")[:REMEMBERED]
    uses = (
        AnswerUse.objects.filter(pk__in=newest, reply__answers__search=query)
        .annotate(rank=SearchRank(F("reply__answers__search"), query))
        .order_by("-rank", "-pk")
    )
    found: dict[int, list[str]] = defaultdict(list)
    for pk, text in uses.values_list("saved_answer", "reply__answers__text")[:EARLIER]:
        found[pk].append(text)
    return found


def _scores(wanted: set[str], texts: Mapping[int, list[str]]) -> Mapping[int, float]:
    """Return for each answer how alike what was asked is to its own words and to the nearest earlier message."""
    documents = {pk: [set(_WORD.findall(text.casefold())) for text in own] for pk, own in texts.items()}
    counts = Counter(word for own in documents.values() for document in own for word in document)
    total = sum(len(own) for own in documents.values())
    weights = {word: log((total + 1) / count) for word, count in counts.items()}

    def likeness(document: Iterable[str]) -> float:
        shared = sum(weights[word] ** 2 for word in document if word in wanted)
        size = sqrt(sum(weights[word] ** 2 for word in document))
        return shared / size if size else 0.0

    return {
        pk: likeness(own[0]) + max((likeness(document) for document in own[1:]), default=0.0)
        for pk, own in documents.items()
    }
