"""Note which streams listen for a mention, in the transaction that stores it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import connection
from django.db.models import F, QuerySet

from listening.matching import Query, QueryIndex
from listening.models import Stream, StreamDay, StreamMatch
from listening.services import stream_limits
from socialhub.lib.bulk import insert_rows

# A mention's id, its text and its language.
Told = tuple[int, str, str]
# From here on the owner knows that the limit is near, in percent.
WARNED_AT_PERCENT = 80


@dataclass(frozen=True, slots=True)
class _Compiled:
    fingerprint: tuple[object, ...]
    index: QueryIndex
    stream_ids: frozenset[int]
    limits: Mapping[int, int]


_NOTHING = _Compiled((), QueryIndex(()), frozenset(), {})
_kept = _NOTHING

# A row that is inserted or changed, by whomever, gets another place or transaction: reading texts is not needed.
_FINGERPRINT = """
SELECT (SELECT count(*) FROM listening_stream),
       (SELECT sum(hashtextextended(ctid::text || xmin::text, 0)) FROM listening_stream),
       (SELECT count(*) FROM listening_stream_channels),
       (SELECT sum(hashtextextended(ctid::text || xmin::text, 0)) FROM listening_stream_channels)
"""


def match_stored(*, channel_id: int, fresh: Sequence[Told], edited: Sequence[Told] = (), at: datetime) -> None:
    """Record which streams listen for what was just stored, and for what was edited.

    Call it in the transaction that stored them, once: it locks the day of each
    stream in one order. Only what others said belongs in it. A stream that was
    changed counts as it is at the moment of the call.
    """
    compiled = _compiled()
    if not compiled.index:
        return
    pairs = sorted(
        (stream_id, mention_id)
        for mention_id, text, language in (*fresh, *edited)
        for stream_id in compiled.index.match(text, language=language, channel=channel_id)
    )
    if edited:
        _forget(compiled.stream_ids, {mention_id for mention_id, _text, _language in edited}, keep=set(pairs))
    counts = _record(pairs)
    if counts:
        _count(counts, at.astimezone(UTC).date(), compiled.limits, at)


def match_earlier(*, stream: Stream, told: Iterable[tuple[int, str, str, int, date]]) -> int:
    """Record what of the mentions told a new stream would have heard; return how many.

    Each is an id, a text, a language, a channel's id and the day on which it was
    heard. Nobody is warned of a limit that was passed before the stream was there.
    """
    index = QueryIndex([query_of(stream)])
    days = {
        mention_id: day
        for mention_id, text, language, channel_id, day in told
        if index.match(text, language=language, channel=channel_id)
    }
    if not days or not _still_there([stream.pk]):
        return 0
    stored = insert_rows(
        "listening_streammatch",
        {"stream_id": "bigint", "mention_id": "bigint"},
        [(stream.pk, mention_id) for mention_id in sorted(days)],
        on_conflict="DO NOTHING",
        returning="mention_id",
    )
    _add_to_days([(stream.pk, day, count) for day, count in Counter(days[row[0]] for row in stored).items()])
    return len(stored)


def searches_for(*, channel_id: int, at: datetime) -> list[dict[str, object]]:
    """Return what a channel that can search is to search for at ``at``.

    These are the streams that name the channel, or none at all, without those that
    are paused or have had as many matches today as they may have.
    """
    day = at.astimezone(UTC).date()
    spent = StreamDay.objects.filter(day=day, count__gte=F("stream__daily_limit")).values("stream")
    streams = active_streams().exclude(pk__in=spent).prefetch_related("channels").order_by("pk")
    return [
        {
            "stream": stream.pk,
            "any_terms": list(stream.any_terms),
            "all_terms": list(stream.all_terms),
            "no_terms": list(stream.no_terms),
            "languages": list(stream.languages),
        }
        for stream in streams
        if channel_id in (named := {channel.pk for channel in stream.channels.all()}) or not named
    ]


def active_streams() -> QuerySet[Stream]:
    """Return the streams that are listened for."""
    return Stream.objects.filter(is_paused=False)


def query_of(stream: Stream) -> Query:
    """Return what a stream asks of a text."""
    return Query(
        key=stream.pk,
        any_terms=stream.any_terms,
        all_terms=stream.all_terms,
        no_terms=stream.no_terms,
        languages=frozenset(stream.languages),
        channels=frozenset(channel.pk for channel in stream.channels.all()),
    )


def _compiled() -> _Compiled:
    """Return the active streams ready to be asked, as they are in this moment.

    What was made of them is kept in this process until one of their rows is another.
    """
    global _kept
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT)
        fingerprint = cursor.fetchone()
    if not fingerprint[0]:
        return _NOTHING
    kept = _kept
    if kept.fingerprint != fingerprint:
        streams = list(active_streams().prefetch_related("channels"))
        kept = _kept = _Compiled(
            fingerprint,
            QueryIndex(query_of(stream) for stream in streams),
            frozenset(stream.pk for stream in streams),
            {stream.pk: stream.daily_limit for stream in streams if stream.daily_limit},
        )
    return kept


def _forget(stream_ids: frozenset[int], mention_ids: set[int], *, keep: set[tuple[int, int]]) -> None:
    """Remove the matches of edited mentions that their new text no longer has; paused streams keep theirs."""
    matches = StreamMatch.objects.filter(mention__in=mention_ids, stream__in=stream_ids)
    gone = [
        pk
        for pk, stream_id, mention_id in matches.values_list("pk", "stream", "mention")
        if (stream_id, mention_id) not in keep
    ]
    StreamMatch.objects.filter(pk__in=gone).delete()


def _record(pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Store the matches that are not there yet; return how many each stream got."""
    if not pairs:
        return {}
    there = _still_there(sorted({stream_id for stream_id, _mention_id in pairs}))
    stored = insert_rows(
        "listening_streammatch",
        {"stream_id": "bigint", "mention_id": "bigint"},
        [pair for pair in pairs if pair[0] in there],
        on_conflict="DO NOTHING",
        returning="stream_id",
    )
    return Counter(row[0] for row in stored)


def _still_there(stream_ids: Sequence[int]) -> set[int]:
    """Hold the streams until the transaction ends; one that was deleted meanwhile must not cost the batch."""
    with connection.cursor() as cursor:
        # A share of the key only: others may store for the same streams, and the streams may be changed.
        cursor.execute(
            "SELECT id FROM listening_stream WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [list(stream_ids)]
        )
        return {row[0] for row in cursor.fetchall()}


def _count(counts: Mapping[int, int], day: date, limits: Mapping[int, int], at: datetime) -> None:
    totals = _add_to_days([(stream_id, day, count) for stream_id, count in counts.items()])
    for stream_id, count, warned_at in totals:
        limit = limits.get(stream_id)
        if limit and warned_at is None and count * 100 >= limit * WARNED_AT_PERCENT:
            # The row is ours since it was counted, so nobody else warns of it.
            StreamDay.objects.filter(stream=stream_id, day=day).update(warned_at=at)
            stream_limits.tell_owner(stream_id=stream_id, count=count, limit=limit, at=at)


def _add_to_days(rows: Iterable[tuple[int, date, int]]) -> list[tuple[int, int, datetime | None]]:
    return insert_rows(
        "listening_streamday",
        {"stream_id": "bigint", "day": "date", "count": "integer"},
        # One order for all writers, so that two of them never wait for each other in a circle.
        sorted(rows),
        on_conflict="(stream_id, day) DO UPDATE SET count = listening_streamday.count + EXCLUDED.count",
        returning="stream_id, count, warned_at",
    )
