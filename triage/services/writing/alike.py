"""What was answered before to those who said something alike."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F

from listening.models import Mention
from teams.models import User
from triage.models import Conversation, Reply
from triage.states import ReplyKind, ReplyState

MOST_SHOWN = 3
# So many answers are looked back at: it costs the same with a million behind them.
REMEMBERED = 2_000
# What the database ranks roughly, to be ranked with care.
CANDIDATES = 60
MESSAGES = 3
MOST_WORDS = 40
# Two messages that share one word are about different things.
LEAST_SHARED = 2

_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Alike:
    """An answer that is out, and the message that it answers."""

    reply: Reply
    asked: str


def find_alike(conversation: Conversation, *, reader: User) -> list[Alike]:
    """Return up to three answers in other conversations that ``reader`` may see, to messages like the last ones here.

    Rare words weigh more; of each conversation the likest answer counts.
    """
    wanted = _words_of(_said_last(conversation))
    if not wanted:
        return []
    query = SearchQuery(" | ".join(f"'{word}'" for word in wanted), config="simple", search_type="raw")
    out = Reply.objects.filter(kind=ReplyKind.ANSWER, state=ReplyState.SENT)
    newest = list(out.order_by("-pk").values_list("pk", flat=True)[:REMEMBERED])
    visible = Conversation.objects.visible_to(reader).filter(erased_at=None).exclude(pk=conversation.pk)
    answered = (
        Reply.objects.filter(pk__in=newest, answers__search=query, conversation__in=visible)
        .exclude(answers__entry__conversation=conversation.pk)
        .annotate(rank=SearchRank(F("answers__search"), query))
        .select_related("conversation", "answers", "author")
        .defer("answers__raw", "answers__search")
        .order_by("-rank", "-pk")[:CANDIDATES]
    )
    found = list(answered)
    scores = _scores(frozenset(wanted), {reply.pk: _words_of([reply.answers.text]) for reply in found})
    best: dict[int, Reply] = {}
    for reply in sorted(found, key=lambda one: (-scores[one.pk], -one.pk)):
        if scores[reply.pk] > 0:
            best.setdefault(reply.conversation_id, reply)
    return [Alike(reply, reply.answers.text) for reply in list(best.values())[:MOST_SHOWN]]


def _said_last(conversation: Conversation) -> list[str]:
    said = Mention.objects.filter(entry__conversation=conversation, entry__is_copy=False, is_ours=False)
    return list(said.order_by("-pk").values_list("text", flat=True)[:MESSAGES])


def _words_of(texts: Sequence[str]) -> list[str]:
    words = dict.fromkeys(word for text in texts for word in _WORD.findall(text.casefold()))
    return list(words)[:MOST_WORDS]


def _scores(wanted: frozenset[str], documents: Mapping[int, Sequence[str]]) -> Mapping[int, float]:
    counts: dict[str, int] = {}
    for words in documents.values():
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    weights = {word: log((len(documents) + 1) / count) for word, count in counts.items()}
    scores = {}
    for pk, words in documents.items():
        shared = [word for word in words if word in wanted]
        size = sqrt(sum(weights[word] ** 2 for word in words))
        is_alike = len(shared) >= LEAST_SHARED and size
        scores[pk] = sum(weights[word] ** 2 for word in shared) / size if is_alike else 0.0
    return scores
