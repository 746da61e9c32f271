"""When we did not listen: what a chart must not show as silence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import FilteredRelation, Q

from insights.windows import Bucket, Window
from listening.models import Channel

# Filled from files by hand: there is nothing to listen to between two files.
NOT_LIVE = frozenset({"import"})
LOOK_BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which a live channel was not heard."""

    channel_id: int
    channel: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Listening:
    """The channels by name, and where each was not heard."""

    channels: dict[int, str]
    live_count: int
    gaps: tuple[Gap, ...]

    def gaps_in(self, bucket: Bucket) -> list[Gap]:
        """Return what of the gaps falls into one piece of a chart."""
        return [
            Gap(gap.channel_id, gap.channel, max(gap.start, bucket.start), min(gap.end, bucket.end))
            for gap in self.gaps
            if gap.start < bucket.end and gap.end > bucket.start
        ]

    def is_deaf(self, bucket: Bucket, *, at: datetime) -> bool:
        """Say whether no live channel at all was heard in the bucket: then nothing counted is no zero."""
        end = min(bucket.end, at)
        whole = {gap.channel_id for gap in self.gaps if gap.start <= bucket.start and gap.end >= end}
        return self.live_count > 0 and len(whole) == self.live_count


def listening_in(window: Window, *, at: datetime) -> Listening:
    """Read the ledger for a window: one query. Time that has not come yet is no gap."""
    rows = (
        Channel.objects.annotate(
            heard=FilteredRelation(
                "coverage",
                condition=Q(coverage__heard_until__gte=window.start - LOOK_BACK, coverage__heard_from__lt=window.end),
            )
        )
        .order_by("name", "pk", "heard__heard_from")
        .values_list("pk", "name", "kind", "poll_seconds", "created_at", "heard__heard_from", "heard__heard_until")
    )
    names: dict[int, str] = {}
    live: dict[int, tuple[datetime, timedelta]] = {}
    heard: dict[int, list[tuple[datetime, datetime]]] = {}
    for pk, name, kind, poll_seconds, created_at, heard_from, heard_until in rows:
        names[pk] = name
        if kind in NOT_LIVE or created_at >= min(window.end, at):
            continue
        # As long as the ledger itself waits before it begins a new interval.
        live[pk] = (created_at, timedelta(seconds=poll_seconds * 3 + 60))
        if heard_from is not None:
            heard.setdefault(pk, []).append((heard_from, heard_until))
    gaps: list[Gap] = []
    for pk, (created_at, patience) in live.items():
        since = max(created_at, window.start - LOOK_BACK)
        for start, end in between(heard.get(pk, []), since=since, until=min(at, window.end), patience=patience):
            if end > window.start:
                gaps.append(Gap(pk, names[pk], max(start, window.start), end))
    return Listening(names, len(live), tuple(gaps))


def between(
    heard: Sequence[tuple[datetime, datetime]], *, since: datetime, until: datetime, patience: timedelta
) -> Iterable[tuple[datetime, datetime]]:
    """Yield the stretches from ``since`` to ``until``, longer than ``patience``, that no interval covers."""
    reached = since
    for start, end in sorted(heard):
        if start - reached > patience:
            yield reached, min(start, until)
        reached = max(reached, end)
    if until - reached > patience:
        yield reached, until
