"""Where words may stand: in messages, in notes, and in answers that are not out; each read newest first or whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchRank
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Combinable, Expression

from listening.models import Mention
from socialhub.lib.bulk import any_of
from socialhub.lib.stemming import in_every_language
from triage.finding import planning
from triage.finding.places import Newest
from triage.finding.stems import Stems
from triage.models import Note, Reply, ThreadEntry
from triage.models.conversation import ConversationQuerySet
from triage.states import ReplyState

# How many texts are looked through for a common word before the reader is asked whether to go on.
WINDOWS = (10_000, 15_000, 20_000)
# Of one page; more than it takes, since several may stand in one conversation.
MOST_READ = 100

_OTHER_PLANS = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan")


@dataclass(frozen=True, slots=True)
class Hit:
    """One text that has the words; ``source`` is the number of where it stands in ``SOURCES``."""

    source: int
    pk: int
    conversation: int
    at: datetime
    rank: float = 0.0

    @property
    def place(self) -> Newest:
        """Its place among all, newest first."""
        return Newest(self.at, self.source, self.pk)


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked of every source: the stems, the conversations that count, and by column when it was said."""

    stems: Stems
    conversations: ConversationQuerySet
    when: dict[str, Q]


@dataclass(frozen=True, slots=True)
class Read:
    """What a source gave, newest first; ``end`` is how far it was read where there may be more."""

    hits: Sequence[Hit]
    end: Newest | None


def order_of(place: Newest) -> tuple[float, int, int]:
    """Return what places are sorted by: the newest first."""
    return -place.moment.timestamp(), place.source, -place.pk


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of text: its rows, their moment and words, and the way to their conversation.

    What has an index by its moment is read through it, from the newest backwards: ``walks``
    is the column of the conversation and what is joined for it. The others are few.
    """

    number: int
    rows: QuerySet[Any, Any]
    moment: str
    words: Expression | Combinable
    conversation: str
    walks: tuple[str, str] | None = None

    def few(self, asking: Asking) -> list[int] | None:
        """Return which have the words, where they are few."""
        return planning.few(self._having(asking))

    def ranked(
        self, asking: Asking, *, ids: Sequence[int] | None = None, conversations: Sequence[int] | None = None
    ) -> list[Hit]:
        """Return those with these ids in conversations that count, or all of certain conversations that count."""
        having = self._having(asking)
        if conversations is not None:
            having = having.filter(**{f"{self.conversation}__in": any_of(conversations)})
        else:
            counting = asking.conversations.order_by().values("pk")
            having = having.filter(pk__in=any_of(ids or ()), **{f"{self.conversation}__in": counting})
        rank = SearchRank(self.words, asking.stems.query, normalization=1)
        rows = having.annotate(rank=rank).values_list("pk", self.conversation, self.moment, "rank")
        return [Hit(self.number, *row) for row in rows]

    def newest(self, asking: Asking, after: Newest | None) -> Read:
        """Return a page of hits, newest first; of what is walked through perhaps none, where they are far apart."""
        if self.walks is not None:
            return self._walk(asking, after)
        counting = asking.conversations.order_by().values("pk")
        rows = self._having(asking).filter(self._beyond(after), **{f"{self.conversation}__in": counting})
        ordered = rows.order_by(f"-{self.moment}", "-pk").values_list("pk", self.conversation, self.moment)
        hits = [Hit(self.number, *row) for row in ordered[:MOST_READ]]
        return Read(hits, hits[-1].place if len(hits) == MOST_READ else None)

    def _having(self, asking: Asking) -> QuerySet[Any, Any]:
        having: QuerySet[Any, Any] = self.rows.alias(words=self.words)
        return having.filter(asking.when[self.moment], words=asking.stems.query)

    def _beyond(self, after: Newest | None) -> Q:
        """Return the filter for what comes after a place in the order of all sources."""
        if after is None:
            return Q()
        if self.number < after.source:
            return Q(**{f"{self.moment}__lt": after.moment})
        until = Q(**{f"{self.moment}__lte": after.moment})
        if self.number > after.source:
            return until
        return until & (Q(**{f"{self.moment}__lt": after.moment}) | Q(pk__lt=after.pk))

    def _walk(self, asking: Asking, after: Newest | None) -> Read:
        hits: list[Hit] = []
        end = after
        with transaction.atomic(), connection.cursor() as cursor:
            # From every row at most one step to its conversation: a plan that reads all conversations first
            # is cheaper only where the planner misjudges the words.
            for name in _OTHER_PLANS:
                cursor.execute(f"SET LOCAL {name} = off")
            for size in WINDOWS:
                window = self.rows.filter(asking.when[self.moment] & self._beyond(end))
                window = window.order_by(f"-{self.moment}", "-pk")
                rows = self._in_window(window, size, MOST_READ - len(hits), asking)
                hits += [Hit(self.number, *row) for row in rows]
                if len(hits) == MOST_READ:
                    end = hits[-1].place
                    break
                last = window.values_list(self.moment, "pk")[size - 1 : size].first()
                end = None if last is None else Newest(last[0], self.number, last[1])
                if end is None:
                    break
            for name in _OTHER_PLANS:
                cursor.execute(f"SET LOCAL {name} = on")
        return Read(hits, end)

    def _in_window(self, window: QuerySet[Any, Any], size: int, most: int, asking: Asking) -> list[tuple[Any, ...]]:
        column, join = self.walks or ("", "")
        columns = ["pk", self.moment, "search", *([] if join else [f"{self.conversation}_id"])]
        names = ", ".join(["pk", "moment", "words", *([] if join else ["conversation_id"])])
        inside, inside_parameters = window.values_list(*columns)[:size].query.sql_with_params()
        counting, counting_parameters = asking.conversations.order_by().values("pk").query.sql_with_params()
        with connection.cursor() as cursor:
            # The parts are Django's own or stand below; what people wrote goes beside them.
            cursor.execute(
                f"""
                SELECT said.pk, {column}, said.moment FROM ({inside}) AS said ({names}) {join}
                WHERE said.words @@ %s::tsquery AND {column} IN ({counting})
                ORDER BY said.moment DESC, said.pk DESC LIMIT %s
                """,  # noqa: S608
                [*inside_parameters, asking.stems.text, *counting_parameters, most],
            )
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


MESSAGE, NOTE, ANSWER = range(3)
SOURCES = (
    Source(
        MESSAGE,
        Mention.objects.all(),
        "published_at",
        F("search"),
        "entry__conversation",
        walks=("entry.conversation_id", "JOIN triage_threadentry AS entry ON entry.mention_id = said.pk"),
    ),
    Source(NOTE, Note.objects.all(), "written_at", F("search"), "conversation", walks=("said.conversation_id", "")),
    Source(
        ANSWER,
        Reply.objects.filter(mention=None).exclude(state=ReplyState.WITHDRAWN),
        "queued_at",
        in_every_language("body"),
        "conversation",
    ),
)


def said_since(conversations: Sequence[int], asking: Asking, since: Newest) -> set[int]:
    """Return which of the conversations have a message with the words that is newer: an earlier page has shown them."""
    found = ThreadEntry.objects.filter(
        conversation__in=any_of(conversations),
        mention__published_at__gt=since.moment,
        mention__search=asking.stems.query,
    )
    return set(found.values_list("conversation", flat=True))
