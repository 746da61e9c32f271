"""The ledger of when a channel was heard, and why not.

Each of these runs in a transaction that has locked the channel's row, so that
the intervals and the gaps of one channel are written by one caller at a time.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from listening.models import Channel, Coverage, Gap
from listening.services import telling
from socialhub.lib.told import NO_PROBLEM, Told

Reason = Gap.Reason

# A worker begins a look that is due within seconds; where none comes, the channel is deaf all the same.
SECOND_LOOK_WITHIN = timedelta(seconds=30)


def patience_of(poll_seconds: int) -> timedelta:
    """Return how long a pause between two looks may be: three looks and a minute of grace.

    A network tells what was said since our last look, so one look covers the time
    back to the one before; what lies further back may have gone by.
    """
    return timedelta(seconds=poll_seconds * 3 + 60)


def note_heard(channel: Channel, *, at: datetime, is_complete: bool = False, has_more: bool = False) -> None:
    """Record that a look at ``at`` was answered; ``channel`` is its row as it stood before.

    A gap ends with it. It is filled when the pause was short, or when the network
    promises that it told everything (``is_complete``). While there is more to be
    told, the channel is not heard up to ``at`` yet.
    """
    newest = _newest(channel)
    gap = _open_gap(channel)
    if newest is not None and at <= newest.heard_until:
        return
    if channel.is_paused:
        _heard_before_the_pause(channel, newest, gap, at, is_complete=is_complete)
        return
    # Where nobody looks but others call, quiet hours are no gap, and what a pause kept out may never come.
    is_looked_at = channel.next_fetch_at is not None
    is_complete = is_complete and is_looked_at
    if gap is None and is_looked_at and _silence(channel, newest, at) > patience_of(channel.poll_seconds):
        gap = Gap.objects.create(channel=channel, reason=Reason.STOPPED, began_at=_silent_since(channel, newest))
    if has_more:
        return
    _close(gap, at)
    _extend(channel, newest, at, is_complete=is_complete)
    if gap is not None and gap.told_at is not None:
        telling.tell_heard_again(channel, at=at)


def note_failure(channel: Channel, *, reason: Reason, problem: Told, at: datetime) -> None:
    """Record that a look failed, and why; ``channel`` is its row as it stood before.

    Each reason has a gap of its own. Whoever was told of one is told of the next
    only if somebody has to do something about it.
    """
    if channel.is_paused:
        return
    gap = _open_gap(channel)
    if gap is not None and gap.reason == reason:
        Gap.objects.filter(pk=gap.pk).update(**problem.in_columns("detail"))
        return
    newest = _newest(channel)
    began_at, told_at = _silent_since(channel, newest), None
    if channel.next_fetch_at is None:
        # Nobody looks there: it is heard whenever something is handed to us.
        began_at = at
    elif gap is not None:
        _close(gap, at)
        began_at = at
        told_at = None if reason == Reason.AUTHORISATION else gap.told_at
    elif _silence(channel, newest, at) > patience_of(channel.poll_seconds):
        Gap.objects.create(channel=channel, reason=Reason.STOPPED, began_at=began_at, ended_at=at)
        began_at = at
    Gap.objects.create(
        channel=channel, reason=reason, began_at=began_at, told_at=told_at, **problem.in_columns("detail")
    )


def note_unfinished(channel: Channel, *, problem: Told, at: datetime) -> None:
    """Record that looks begin and never end, once that has lasted longer than a pause between looks may be."""
    newest = _newest(channel)
    if _open_gap(channel) is None and _silence(channel, newest, at) > patience_of(channel.poll_seconds):
        Gap.objects.create(
            channel=channel,
            reason=Reason.STOPPED,
            began_at=_silent_since(channel, newest),
            **problem.in_columns("detail"),
        )


def note_pause(channel: Channel, *, at: datetime) -> None:
    """Record that we stopped looking."""
    note_failure(channel, reason=Reason.PAUSED, problem=NO_PROBLEM, at=at)


def note_resumption(channel: Channel, *, at: datetime) -> None:
    """Record that we look again; the next look tells whether the gap is filled."""
    _close(_open_gap(channel), at)


def tell_of_deaf_channels(*, at: datetime) -> int:
    """Tell the owner of every channel that has not been heard for two looks, once for each gap; return how many.

    A second look that is just due, or going on, is waited for: it may be answered.
    """
    told = 0
    for gap in Gap.objects.filter(_untold(at)).select_related("channel").order_by("pk"):
        if at - gap.began_at < timedelta(seconds=gap.channel.poll_seconds) * 2:
            continue
        with transaction.atomic():
            # Who ends the gap meanwhile holds this lock, and then nobody is told.
            channel = Channel.objects.select_for_update().get(pk=gap.channel_id)
            if Gap.objects.filter(_untold(at), pk=gap.pk).update(told_at=at):
                telling.tell_deaf(channel, gap, at=at)
                told += 1
    return told


def _untold(at: datetime) -> Q:
    is_untold = Q(ended_at=None, told_at=None, channel__is_paused=False, channel__failure_count__gte=1)
    is_due = Q(channel__next_fetch_at__gt=at - SECOND_LOOK_WITHIN, channel__next_fetch_at__lte=at)
    goes_on = Q(channel__claimed_at__isnull=False)
    return is_untold & ~Q(reason=Reason.PAUSED) & ~(Q(channel__failure_count=1) & (is_due | goes_on))


def _newest(channel: Channel) -> Coverage | None:
    return Coverage.objects.filter(channel=channel).order_by("-heard_until").first()


def _open_gap(channel: Channel) -> Gap | None:
    return Gap.objects.filter(channel=channel, ended_at=None).first()


def _close(gap: Gap | None, at: datetime) -> None:
    if gap is not None:
        gap.ended_at = max(at, gap.began_at)
        gap.save(update_fields=["ended_at"])


def _silent_since(channel: Channel, newest: Coverage | None) -> datetime:
    """Return since when nothing is known of the channel: neither that it was heard, nor why not."""
    known = newest.heard_until if newest is not None else channel.created_at
    last = Gap.objects.filter(channel=channel).order_by("-began_at").first()
    return max(known, last.ended_at) if last is not None and last.ended_at is not None else known


def _silence(channel: Channel, newest: Coverage | None, at: datetime) -> timedelta:
    """Return for how long nobody has looked: a look that had more to tell was one, too."""
    if newest is None and channel.last_success_at is None:
        return timedelta()
    since = _silent_since(channel, newest)
    return at - max(since, channel.last_success_at or since)


def _extend(channel: Channel, newest: Coverage | None, at: datetime, *, is_complete: bool) -> None:
    """Lengthen the interval in which the channel was heard, or begin a new one behind a gap."""
    if newest is not None:
        gaps = Gap.objects.filter(channel=channel, began_at__gte=newest.heard_until, ended_at__isnull=False)
        is_looked_at = channel.next_fetch_at is not None
        is_short = is_looked_at and at - newest.heard_until <= patience_of(channel.poll_seconds)
        if is_complete or is_short or not gaps.exists():
            gaps.update(is_filled=True)
            Coverage.objects.filter(pk=newest.pk).update(heard_until=at)
            return
    Coverage.objects.create(channel=channel, heard_from=at, heard_until=at)


def _heard_before_the_pause(
    channel: Channel, newest: Coverage | None, gap: Gap | None, at: datetime, *, is_complete: bool
) -> None:
    """Record a look that began before somebody paused the channel: the pause begins after it."""
    if gap is not None and gap.began_at < at:
        gap.began_at = at
        gap.save(update_fields=["began_at"])
    _extend(channel, newest, at, is_complete=is_complete)
