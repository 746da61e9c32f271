"""Notice that much more is being said than usual."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from listening.models import Channel, Gap, Spike, Stream
from listening.services import heard_hours
from listening.services.heard_hours import Lately, Place
from socialhub.lib import locks

# A spike is so many times the usual hour, and never fewer than this many mentions; it is over below half of that.
TIMES_USUAL = 4
FEWEST = 20
# What is usual is known after two days.
HOURS_NEEDED = 48
# A shorter gap hides little, and little comes at once when it ends.
LONG_GAP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Watched:
    """What is listened to now: the channels, the channels of each stream, and those that long gaps concern.

    ``silent`` channels were not heard for a part of the last hour. To ``returned``
    ones what was said in a gap may have come at once.
    """

    channels: frozenset[int]
    streams: dict[int, frozenset[int]]
    silent: frozenset[int]
    returned: frozenset[int]

    def channels_of(self, place: Place) -> frozenset[int]:
        """Return the channels on which a place is heard; none when nobody listens to it now."""
        channel, stream = place
        if stream is not None:
            return self.streams.get(stream, frozenset())
        return self.channels & {channel}


def watch_for_spikes(*, at: datetime) -> None:
    """Open a spike where the last hour had much more than the usual one, and close those that are over.

    One caller at a time works, another returns at once; harmless to call twice.
    Nothing opens while what a gap kept back may be coming in, and nothing closes
    because nobody was listening; what was paused is no longer watched, and closes.
    """
    with transaction.atomic():
        if not locks.take_if_free(locks.Lock.WATCH_FOR_SPIKES):
            return
        watched = _watched(at)
        heard_hours.mark_whole(channels=watched.channels, streams=watched.streams, at=at)
        heard_hours.forget_old_hours(at=at)
        lately = heard_hours.heard_lately(at=at)
        opened = {(spike.channel_id, spike.stream_id): spike for spike in Spike.objects.filter(until=None)}
        for place, spike in opened.items():
            _follow(spike, lately.get(place, Lately()), watched.channels_of(place), watched.silent, at)
        Spike.objects.bulk_create(
            Spike(channel_id=place[0], stream_id=place[1], since=at, count=heard.count, usual=heard.usual)
            for place, heard in lately.items()
            if place not in opened
            and is_spike(heard)
            and (places := watched.channels_of(place))
            and places.isdisjoint(watched.returned)
        )


def is_spike(heard: Lately) -> bool:
    """Say whether so much is unusual."""
    return heard.hour_count >= HOURS_NEEDED and heard.count >= _least(heard.usual)


def _least(usual: float) -> float:
    return max(FEWEST, TIMES_USUAL * usual)


def _follow(spike: Spike, heard: Lately, places: Set[int], silent: Set[int], at: datetime) -> None:
    if not places or (heard.count * 2 < _least(spike.usual) and not places <= silent):
        Spike.objects.filter(pk=spike.pk).update(until=at)
    elif heard.count > spike.count:
        Spike.objects.filter(pk=spike.pk).update(count=heard.count)


def _watched(at: datetime) -> _Watched:
    channels = frozenset(Channel.objects.filter(is_paused=False).exclude(kind="import").values_list("pk", flat=True))
    # Held, so that none is deleted while its hours are noted.
    held = Stream.objects.filter(is_paused=False).order_by("pk").select_for_update(no_key=True)
    streams = {}
    for stream in held.prefetch_related("channels"):
        named = frozenset(channel.pk for channel in stream.channels.all())
        streams[stream.pk] = channels & named if named else channels
    # A gap weighs on its own hour and on the one after, of which a part is counted.
    recent = Gap.objects.filter(Q(ended_at=None) | Q(ended_at__gt=at - heard_hours.HOUR * 2), channel__in=channels)
    long = [gap for gap in recent if (gap.ended_at or at) - gap.began_at >= LONG_GAP]
    return _Watched(
        channels=channels,
        streams=streams,
        silent=frozenset(
            gap.channel_id for gap in long if gap.ended_at is None or gap.ended_at > at - heard_hours.HOUR
        ),
        returned=frozenset(gap.channel_id for gap in long if gap.ended_at is not None),
    )
