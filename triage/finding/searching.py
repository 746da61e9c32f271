"""Find what was said, written and answered: the best first where it is little, the newest first where it is much."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from teams.models import User
from triage.finding import planning
from triage.finding.fields import conditions, moments
from triage.finding.language import Sought
from triage.finding.places import Best, Newest, Place
from triage.finding.sources import SOURCES, Asking, Hit, order_of, said_since
from triage.finding.stems import Stems, stems_of
from triage.models import Conversation

PAGE_SIZE = 20
# Of one conversation; who wants more opens it.
MOST_SHOWN = 3
# After so many days a match counts half as much as one of today.
HALF_LIFE_DAYS = 30.0
SECONDS_OF_A_DAY = 86_400.0


class Ranking(StrEnum):
    """Which come first."""

    BEST = "best"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class FoundConversation:
    """A conversation in which something was found, and its best or newest hits; none where no words were sought."""

    pk: int
    hits: Sequence[Hit]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found. ``after`` is where the next begins.

    ``total`` is known where everything was looked at; ``back_to`` is how far back it was looked where not.
    """

    conversations: Sequence[FoundConversation] = ()
    after: Place | None = None
    ranking: Ranking = Ranking.BEST
    total: int | None = None
    back_to: datetime | None = None
    stems: Stems = field(default_factory=Stems)


def search(
    sought: Sought, *, reader: User, at: datetime, after: Place | None = None, ranking: Ranking = Ranking.BEST
) -> Found:
    """Return what ``reader`` may see of what is sought, grouped by conversation."""
    stems = stems_of(sought.said())
    visible = Conversation.objects.visible_to(reader)
    if not stems.wanted:
        if sought.said() and not stems:
            return Found(stems=stems)
        return _without_words(sought, reader=reader, at=at, after=after, stems=stems)
    asked, when = sought.asked().split("heard")
    asking = Asking(
        stems,
        visible.filter(conditions(asked, reader=reader, at=at)),
        {source.moment: moments(when, source.moment, reader=reader, at=at) for source in SOURCES},
    )
    if ranking is Ranking.BEST and not isinstance(after, Newest):
        hits = _all_hits(asking, is_narrow=bool(asked) or not reader.rights.everywhere("conversation.view"))
        if hits is not None:
            return _best(hits, asking, at=at, after=after)
    return _newest(asking, after if isinstance(after, Newest) else None)


def _all_hits(asking: Asking, *, is_narrow: bool) -> list[Hit] | None:
    """Return every hit, where the texts that have the words are few, or the conversations that count; else None."""
    found = [source.few(asking) for source in SOURCES]
    if all(ids is not None for ids in found):
        pairs = zip(SOURCES, found, strict=True)
        return [hit for source, ids in pairs if ids for hit in source.ranked(asking, ids=ids)]
    conversations = planning.few_cheap(asking.conversations) if is_narrow else None
    if conversations is None:
        return None
    return [hit for source in SOURCES for hit in source.ranked(asking, conversations=conversations)]


def _without_words(sought: Sought, *, reader: User, at: datetime, after: Place | None, stems: Stems) -> Found:
    found = Conversation.objects.visible_to(reader).filter(conditions(sought, reader=reader, at=at))
    if isinstance(after, Newest):
        found = found.filter(
            Q(last_inbound_at__lte=after.moment) & (Q(last_inbound_at__lt=after.moment) | Q(pk__lt=after.pk))
        )
    rows = list(found.order_by("-last_inbound_at", "-pk").values_list("pk", "last_inbound_at")[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    return Found(
        [FoundConversation(pk, ()) for pk, _moment in shown],
        after=Newest(shown[-1][1], 0, shown[-1][0]) if len(rows) > PAGE_SIZE else None,
        ranking=Ranking.NEWEST,
        stems=stems,
    )


def _best(found: Iterable[Hit], asking: Asking, *, at: datetime, after: Best | None) -> Found:
    # Scores stay as they were when the first page was made, so that no page repeats another.
    moment = after.moment if after is not None else at
    hits: dict[int, list[Hit]] = {}
    for hit in found:
        hits.setdefault(hit.conversation, []).append(hit)
    scored = sorted(
        ((max(_score(hit, moment) for hit in those), pk) for pk, those in hits.items()),
        reverse=True,
    )
    beyond = [(score, pk) for score, pk in scored if after is None or (score, pk) < (after.score, after.pk)]
    shown = beyond[:PAGE_SIZE]
    return Found(
        [
            FoundConversation(pk, sorted(hits[pk], key=lambda hit: _score(hit, moment), reverse=True)[:MOST_SHOWN])
            for _points, pk in shown
        ],
        after=Best(moment, *shown[-1]) if len(beyond) > PAGE_SIZE else None,
        total=len(scored),
        stems=asking.stems,
    )


def _score(hit: Hit, at: datetime) -> float:
    """Return how well a hit matches, and how new it is: at most half of it is lost by age."""
    age = max(0.0, (at - hit.at).total_seconds() / SECONDS_OF_A_DAY)
    newness = float(0.5 ** (age / HALF_LIFE_DAYS))
    return round(hit.rank * (0.5 + 0.5 * newness), 9)


def _newest(asking: Asking, after: Newest | None) -> Found:
    read = [source.newest(asking, after) for source in SOURCES]
    # Further than this one of the sources was not read: what another has behind it comes later.
    ends = [each.end for each in read if each.end is not None]
    horizon = min(ends, key=order_of) if ends else None
    hits = sorted((hit for each in read for hit in each.hits), key=lambda hit: order_of(hit.place))
    if horizon is not None:
        hits = [hit for hit in hits if order_of(hit.place) <= order_of(horizon)]
    shown: dict[int, list[Hit]] = {}
    gone = (
        said_since(sorted({hit.conversation for hit in hits}), asking, after) if after is not None and hits else set()
    )
    last: Newest | None = None
    for hit in hits:
        if hit.conversation not in shown and hit.conversation not in gone:
            if len(shown) == PAGE_SIZE:
                return Found(_grouped(shown.items()), after=last, ranking=Ranking.NEWEST, stems=asking.stems)
            shown[hit.conversation] = []
        if hit.conversation in shown and len(shown[hit.conversation]) < MOST_SHOWN:
            shown[hit.conversation].append(hit)
        last = hit.place
    return Found(
        _grouped(shown.items()),
        after=horizon,
        ranking=Ranking.NEWEST,
        back_to=horizon.moment if horizon is not None and len(shown) < PAGE_SIZE else None,
        stems=asking.stems,
    )


def _grouped(shown: Iterable[tuple[int, Sequence[Hit]]]) -> list[FoundConversation]:
    return [FoundConversation(pk, tuple(hits)) for pk, hits in shown]
