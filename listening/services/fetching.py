"""Look at a channel: claim it, ask its network outside any transaction, store what came."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from listening.connectors.base import ConnectorFailed, TemporaryFailure
from listening.connectors.registry import connector_for
from listening.heard import Unusable, clean_item
from listening.models import Channel, Coverage
from listening.services import ingest
from socialhub.lib.sealing import open_sealed

log = structlog.get_logger(__name__)

# Longer than a fetch can take: until then nobody else looks.
CLAIM_FOR = timedelta(minutes=2)
# Doubles with each failure, up to this.
LONGEST_PAUSE = timedelta(hours=1)


def fetch_channel(*, channel_id: int, at: datetime) -> ingest.Stored | None:
    """Fetch a due channel once and store what it brought; None when it was not due or failed.

    The claim is one guarded UPDATE of the row, so two workers never fetch one
    channel at the same time. Rows, cursor and the ledger of coverage move in one
    transaction.
    """
    claimed = Channel.objects.due(at).filter(pk=channel_id).order_by().update(next_fetch_at=at + CLAIM_FOR)
    if not claimed:
        return None
    channel = Channel.objects.get(pk=channel_id)
    try:
        result = connector_for(channel.kind).fetch(settings_of(channel), channel.cursor, at=at)
    except ConnectorFailed as failure:
        _failed(channel, failure, at)
        return None
    items = []
    for item in result.items:
        try:
            items.append(clean_item(item, at=at))
        except Unusable as reason:
            log.warning("set aside", channel=channel.name, item=item.external_id[:80], reason=str(reason))
    for rejected in result.rejected:
        log.warning("set aside", channel=channel.name, item=rejected.raw_excerpt, reason=rejected.reason)
    with transaction.atomic():
        stored = ingest.store_items(channel=channel, items=items, at=at, cursor=result.cursor)
        _extend_coverage(channel, at)
        Channel.objects.filter(pk=channel.pk).update(
            next_fetch_at=at + timedelta(seconds=channel.poll_seconds),
            last_success_at=at,
            last_error="",
            failure_count=0,
        )
    return stored


def settings_of(channel: Channel) -> dict[str, object]:
    """Return what a connector is told of its channel, its secrets opened. Never log or show it.

    :raises SealBroken: the key with which they were sealed is gone.
    """
    told = {"channel_id": channel.pk, "our_handles": list(channel.our_handles)}
    return {**channel.options, **open_sealed(channel.sealed), **told}


def due_channel_ids(*, at: datetime) -> list[int]:
    """Return the channels to be looked at now."""
    return list(Channel.objects.due(at).values_list("pk", flat=True))


def _failed(channel: Channel, failure: ConnectorFailed, at: datetime) -> None:
    """Note the failure and come back later: soon at first, then ever less often."""
    pause = timedelta(seconds=channel.poll_seconds) * 2 ** min(channel.failure_count, 8)
    if isinstance(failure, TemporaryFailure) and failure.retry_after is not None:
        pause = max(pause, timedelta(seconds=failure.retry_after))
    Channel.objects.filter(pk=channel.pk).update(
        next_fetch_at=at + min(pause, LONGEST_PAUSE),
        last_error=str(failure),
        failure_count=channel.failure_count + 1,
    )


def _extend_coverage(channel: Channel, at: datetime) -> None:
    """Lengthen the interval in which the channel was heard, or begin a new one after a gap.

    A network tells what was said since our last look, so one look covers the
    time back to the one before; a pause longer than three looks is a gap.
    """
    newest = Coverage.objects.filter(channel=channel).order_by("-heard_until").first()
    if newest is not None and at - newest.heard_until <= timedelta(seconds=channel.poll_seconds * 3 + 60):
        # A look that took long may end after a later one.
        Coverage.objects.filter(pk=newest.pk, heard_until__lt=at).update(heard_until=at)
    else:
        Coverage.objects.create(channel=channel, heard_from=at, heard_until=at)
