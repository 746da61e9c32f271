"""When we did not listen: what a chart must not show as silence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import FilteredRelation, Q

from insights.windows import Bucket, Window
from listening.connectors.base import IsCalled
from listening.connectors.registry import UnknownKind, connector_for
from listening.models import Channel
from listening.models import Gap as Noted
from listening.services.coverage import patience_of

LOOK_BACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which a live channel was not heard; ``reason`` says why in words, if anybody knows."""

    channel_id: int
    channel: str
    start: datetime
    end: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Listening:
    """The channels by name, where each was not heard, and where it was heard only afterwards."""

    channels: dict[int, str]
    live_count: int
    gaps: tuple[Gap, ...]
    filled: tuple[Gap, ...] = ()

    def gaps_in(self, bucket: Bucket) -> list[Gap]:
        """Return what of the gaps falls into one piece of a chart."""
        return [
            Gap(gap.channel_id, gap.channel, max(gap.start, bucket.start), min(gap.end, bucket.end), gap.reason)
            for gap in self.gaps
            if gap.start < bucket.end and gap.end > bucket.start
        ]

    def is_deaf(self, bucket: Bucket, *, at: datetime) -> bool:
        """Say whether no live channel at all was heard in the bucket: then nothing counted is no zero."""
        length = min(bucket.end, at) - bucket.start
        silent: dict[int, timedelta] = {}
        for gap in self.gaps_in(bucket):
            silent[gap.channel_id] = silent.get(gap.channel_id, timedelta()) + (gap.end - gap.start)
        return 0 < self.live_count == sum(span >= length for span in silent.values())


@dataclass(slots=True)
class _Ledger:
    """What is known of one live channel in a window; ``patience`` is None where nobody looks."""

    name: str
    created_at: datetime
    patience: timedelta | None
    heard: list[tuple[datetime, datetime]]


def listening_in(window: Window, *, at: datetime) -> Listening:
    """Read the ledger for a window: two queries. Time that has not come yet is no gap."""
    rows = (
        Channel.objects.annotate(
            interval=FilteredRelation(
                "coverage",
                condition=Q(coverage__heard_until__gte=window.start - LOOK_BACK, coverage__heard_from__lt=window.end),
            )
        )
        .order_by("name", "pk", "interval__heard_from")
        .values_list(
            "pk", "name", "kind", "poll_seconds", "created_at", "interval__heard_from", "interval__heard_until"
        )
    )
    until = min(at, window.end)
    names: dict[int, str] = {}
    live: dict[int, _Ledger] = {}
    for pk, name, kind, poll_seconds, created_at, heard_from, heard_until in rows:
        names[pk] = name
        if not _is_live(kind) or created_at >= until:
            continue
        patience = patience_of(poll_seconds) if _is_looked_at(kind) else None
        ledger = live.setdefault(pk, _Ledger(name, created_at, patience, []))
        if heard_from is not None:
            ledger.heard.append((heard_from, heard_until))
    noted: dict[int, list[Noted]] = {}
    for gap in Noted.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=window.start), channel__in=list(live), began_at__lt=window.end
    ).order_by("began_at", "pk"):
        noted.setdefault(gap.channel_id, []).append(gap)
    gaps: list[Gap] = []
    filled: list[Gap] = []
    for pk, ledger in live.items():
        for start, end, reason in _silent(ledger, noted.get(pk, []), since=window.start - LOOK_BACK, until=until):
            if end > window.start:
                gaps.append(Gap(pk, ledger.name, max(start, window.start), end, reason))
        for one in noted.get(pk, []):
            # A look that came late is nothing to speak of.
            if one.is_filled and (one.ended_at or until) - one.began_at > (ledger.patience or timedelta()):
                start, end = max(one.began_at, window.start), min(one.ended_at or until, until)
                filled.append(Gap(pk, ledger.name, start, end, str(one.get_reason_display())))
    return Listening(names, len(live), tuple(gaps), tuple(filled))


def _is_looked_at(kind: str) -> bool:
    try:
        return connector_for(kind).poll_seconds is not None
    except UnknownKind:
        return True


def _is_live(kind: str) -> bool:
    """Say whether a kind of channel listens at all: between two files, or two notes by hand, there is nothing to."""
    return _is_looked_at(kind) or isinstance(connector_for(kind), IsCalled)


def _silent(
    ledger: _Ledger, noted: Sequence[Noted], *, since: datetime, until: datetime
) -> Iterable[tuple[datetime, datetime, str]]:
    """Yield where a channel was not heard, with the reason of each stretch as far as it was noted."""
    unfilled = [
        (one.began_at, one.ended_at or until, str(one.get_reason_display())) for one in noted if not one.is_filled
    ]
    if ledger.patience is None:
        # Nobody looks there, so no look is missing: it was heard unless we noted that it was not.
        yield from ((start, min(end, until), reason) for start, end, reason in unfilled)
        return
    for start, end in between(ledger.heard, since=max(ledger.created_at, since), until=until, patience=ledger.patience):
        yield from explained(start, end, unfilled)


def explained(
    start: datetime, end: datetime, noted: Sequence[tuple[datetime, datetime, str]]
) -> Iterable[tuple[datetime, datetime, str]]:
    """Cut a stretch where the reason changes; what nobody noted has none. ``noted`` rises and does not overlap."""
    reached = start
    for begin, stop, reason in noted:
        begin, stop = max(begin, reached), min(stop, end)
        if begin >= stop:
            continue
        if begin > reached:
            yield reached, begin, ""
        yield begin, stop, reason
        reached = stop
    if reached < end:
        yield reached, end, ""


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
