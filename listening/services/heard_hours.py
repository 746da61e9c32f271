"""Count what is heard, each mention exactly once, into hours; and tell what is usual."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Avg, Count, Max, Q, Sum

from listening.models import Coverage, HeardHour, HeardPosition, Mention
from socialhub.lib import locks
from socialhub.lib.bulk import insert_rows

HOUR = timedelta(hours=1)
BATCH = 50_000
# Ids are given out before rows can be read. What stores is done with it long before this.
SETTLED_AFTER = timedelta(seconds=30)
USUAL_FROM = timedelta(days=14)
KEPT_FOR = timedelta(days=15)
# A channel is covered up to its last look only, so an hour may turn out to be whole after the next one.
LATEST_WHOLE = 2

# A channel or a stream, by id; the other is None.
Place = tuple[int | None, int | None]

_END = """
    SELECT max(id) FROM (
        SELECT id FROM listening_mention WHERE id > %(after)s AND id <= %(seen)s ORDER BY id LIMIT %(batch)s
    ) AS batch
"""

# Streams are held until the end: one that is deleted meanwhile must not cost the batch.
_COUNT = """
    WITH there AS MATERIALIZED (SELECT id FROM listening_stream ORDER BY id FOR KEY SHARE),
    said AS MATERIALIZED (
        SELECT mention.id, mention.channel_id, date_trunc('hour', mention.heard_at, 'UTC') AS hour
        FROM listening_mention AS mention JOIN listening_channel AS channel ON channel.id = mention.channel_id
        WHERE mention.id > %(after)s AND mention.id <= %(until)s AND channel.kind <> 'import'
          AND NOT mention.is_ours AND NOT mention.is_automatic AND mention.repeats = ''
    )
    INSERT INTO listening_heardhour (channel_id, stream_id, hour, count, is_whole)
    SELECT channel_id, NULL::bigint, hour, count(*), false FROM said GROUP BY channel_id, hour
    UNION ALL
    SELECT NULL, match.stream_id, said.hour, count(*), false
    FROM said
    JOIN listening_streammatch AS match ON match.mention_id = said.id
    JOIN there ON there.id = match.stream_id
    GROUP BY match.stream_id, said.hour
    ON CONFLICT (channel_id, stream_id, hour) DO UPDATE SET count = listening_heardhour.count + EXCLUDED.count
"""


@dataclass(frozen=True, slots=True)
class Lately:
    """How much was heard in the last hour, how much usually is, and of how many hours that is known."""

    count: int = 0
    usual: float = 0.0
    hour_count: int = 0


def count_heard(*, at: datetime, batch: int = BATCH) -> None:
    """Count what others said, each mention exactly once; copies, machines and imports are left out.

    One caller at a time works, another returns at once. Counts and position move in
    one transaction per batch. The first call only notes where counting begins. A
    mention is counted by the first call half a minute after the one that saw that it,
    or one with a higher id, was stored: by then whatever has a lower id is there, too.
    """
    while _count_batch(at, batch):
        pass


def mark_whole(*, channels: Set[int], streams: Mapping[int, Set[int]], at: datetime) -> None:
    """Note which of the latest hours we listened through, of each channel and of each stream with its channels.

    An hour is one of a stream if one of its channels was heard all the time. What
    lies in a gap is no hour in which nothing was said, and is not marked.
    """
    position = HeardPosition.objects.first()
    if position is None:
        return
    rows: list[tuple[int | None, int | None, datetime, int, bool]] = []
    for back in range(1, LATEST_WHOLE + 1):
        hour = hour_of(at) - HOUR * back
        if hour < position.began_at:
            break
        covering = Coverage.objects.filter(channel__in=channels, heard_from__lte=hour, heard_until__gte=hour + HOUR)
        heard = set(covering.values_list("channel_id", flat=True))
        rows += [(channel, None, hour, 0, True) for channel in sorted(heard)]
        rows += [(None, stream, hour, 0, True) for stream, places in sorted(streams.items()) if places & heard]
    insert_rows(
        "listening_heardhour",
        {"channel_id": "bigint", "stream_id": "bigint", "hour": "timestamptz", "count": "integer", "is_whole": "bool"},
        rows,
        on_conflict="(channel_id, stream_id, hour) DO UPDATE SET is_whole = true",
    )


def heard_lately(*, at: datetime) -> dict[Place, Lately]:
    """Return what was heard in the last sixty minutes, and what is usual, of everything that is known.

    Hours are counted, not minutes: the last sixty minutes are this hour and as much
    of the one before as is missing, as if that had come evenly. Usual is the mean of
    the whole hours of fourteen days before both.
    """
    this = hour_of(at)
    is_usual = Q(is_whole=True, hour__lt=this - HOUR)
    missing = (this + HOUR - at) / HOUR
    rows = (
        HeardHour.objects.filter(hour__gte=at - USUAL_FROM, hour__lte=at)
        .values_list("channel_id", "stream_id")
        .annotate(
            this=Sum("count", filter=Q(hour=this), default=0),
            before=Sum("count", filter=Q(hour=this - HOUR), default=0),
            usual=Avg("count", filter=is_usual, default=0.0),
            known=Count("pk", filter=is_usual),
        )
    )
    return {
        (channel, stream): Lately(now + round(before * missing), usual, known)
        for channel, stream, now, before, usual, known in rows
    }


def forget_old_hours(*, at: datetime) -> None:
    """Delete the hours that nothing is compared with any more."""
    HeardHour.objects.filter(hour__lt=at - KEPT_FOR).delete()


def hour_of(at: datetime) -> datetime:
    """Return when the hour of ``at`` began, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _count_batch(at: datetime, batch: int) -> bool:
    """Count one stretch of mentions; say whether there may be more."""
    with transaction.atomic():
        if not locks.take_if_free(locks.Lock.COUNT_HEARD):
            return False
        position = HeardPosition.objects.first()
        if position is None:
            newest = _newest_id()
            HeardPosition.objects.create(pk=1, mention_id=newest, seen_id=newest, seen_at=at, began_at=at)
            return False
        if at - position.seen_at < SETTLED_AFTER:
            return False
        until = _end(position, batch)
        if until is None:
            # What is stored from now on may have ids below this one until it is settled.
            HeardPosition.objects.filter(pk=1).update(mention_id=position.seen_id, seen_id=_newest_id(), seen_at=at)
            return False
        _add(after=position.mention_id, until=until)
        HeardPosition.objects.filter(pk=1).update(mention_id=until)
        return True


def _newest_id() -> int:
    return int(Mention.objects.aggregate(newest=Max("pk", default=0))["newest"])


def _end(position: HeardPosition, batch: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_END, {"after": position.mention_id, "seen": position.seen_id, "batch": batch})
        found: Sequence[int | None] = cursor.fetchone()
    return found[0]


def _add(*, after: int, until: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"after": after, "until": until})
