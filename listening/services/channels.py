"""Channels: connected, changed, paused, resumed, and looked at now."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Least
from django.utils.translation import gettext as _

from listening.connectors.base import IsCalled, TemporaryFailure
from listening.connectors.registry import connector_for
from listening.models import Channel
from listening.services import coverage
from listening.services.fetching import look_soon
from socialhub.lib.errors import Conflict
from teams.changes import Verb
from teams.models import User
from teams.services import audit

# Somebody waits before a page meanwhile.
CHECK_SECONDS = 10.0


class ChannelNameTaken(Conflict):
    """Another channel has that name."""

    code = "channel_name_taken"


class ChannelPaused(Conflict):
    """The channel is paused, so nobody looks at it."""

    code = "channel_paused"


class LookedAtNow(Conflict):
    """A worker is looking at the channel."""

    code = "looked_at_now"


class NeverLookedAt(Conflict):
    """Nobody looks at the channel: what is said there is handed to us."""

    code = "never_looked_at"


def try_connection(*, kind: str, settings: Mapping[str, object], seconds: float = CHECK_SECONDS) -> str:
    """Look at a channel that is not saved yet and return a sentence on it. Call it outside any transaction.

    :raises ConnectorFailed: it cannot be listened to, and why.
    """
    # Not a ``with`` block: that would wait for a look that was given up.
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="try-connection")
    look = pool.submit(connector_for(kind).check, settings)
    pool.shutdown(wait=False)
    try:
        return look.result(timeout=seconds)
    except TookTooLong as error:
        raise TemporaryFailure(
            _("The address did not answer within %(seconds)d seconds.") % {"seconds": round(seconds)}
        ) from error


def add_channel(
    *,
    name: str,
    kind: str,
    options: Mapping[str, object],
    our_handles: Sequence[str],
    poll_seconds: int,
    owner: User,
    at: datetime,
) -> Channel:
    """Connect a channel and look at it at once.

    :raises ChannelNameTaken: another has that name.
    """
    try:
        with transaction.atomic():
            channel = Channel.objects.create(
                name=name,
                kind=kind,
                options={**options, **_made_options(kind)},
                our_handles=list(our_handles),
                poll_seconds=poll_seconds,
                # Where others call us there is nothing to look at.
                next_fetch_at=at if connector_for(kind).poll_seconds is not None else None,
                owner=owner,
                created_at=at,
            )
            audit.note(actor=owner, verb=Verb.CHANNEL_ADDED, subject=name, at=at, channel=channel.pk, kind=kind)
            look_soon(channel.pk)
    except IntegrityError as error:
        raise ChannelNameTaken(_("Another channel has this name.")) from error
    return channel


def _made_options(kind: str) -> Mapping[str, object]:
    connector = connector_for(kind)
    return connector.new_options() if isinstance(connector, IsCalled) else {}


def change_channel(
    *, channel_id: int, name: str, our_handles: Sequence[str], poll_seconds: int, actor: User, at: datetime
) -> None:
    """Rename a channel, say which handles are ours, or how often it is looked at.

    :raises ChannelNameTaken: another has that name.
    """
    try:
        with transaction.atomic():
            Channel.objects.filter(pk=channel_id).update(
                name=name, our_handles=list(our_handles), poll_seconds=poll_seconds
            )
            audit.note(actor=actor, verb=Verb.CHANNEL_CHANGED, subject=name, at=at, channel=channel_id)
    except IntegrityError as error:
        raise ChannelNameTaken(_("Another channel has this name.")) from error


def pause_channel(*, channel_id: int, actor: User, at: datetime) -> None:
    """Stop looking at a channel; what is said meanwhile shows as not heard. Harmless to call twice."""
    with transaction.atomic():
        channel = Channel.objects.select_for_update().filter(pk=channel_id, is_paused=False).first()
        if channel is None:
            return
        coverage.note_pause(channel, at=at)
        Channel.objects.filter(pk=channel_id).update(is_paused=True)
        _note(Verb.CHANNEL_PAUSED, channel_id, actor, at)


def resume_channel(*, channel_id: int, actor: User, at: datetime) -> None:
    """Look at a paused channel again, at once. Harmless to call twice."""
    with transaction.atomic():
        channel = Channel.objects.select_for_update().filter(pk=channel_id, is_paused=True).first()
        if channel is None:
            return
        coverage.note_resumption(channel, at=at)
        Channel.objects.filter(pk=channel_id).update(is_paused=False)
        # One that a worker is still looking at, or that nobody looks at, keeps its time.
        free = Channel.objects.not_looked_at(at).filter(pk=channel_id, next_fetch_at__gt=at)
        free.update(next_fetch_at=at)
        _note(Verb.CHANNEL_RESUMED, channel_id, actor, at)
        look_soon(channel_id)


def fetch_now(*, channel_id: int, at: datetime) -> None:
    """Have a channel looked at without waiting for its time.

    :raises ChannelPaused: nobody looks at it.
    :raises NeverLookedAt: what is said there is handed to us.
    :raises LookedAtNow: a worker is looking.
    """
    with transaction.atomic():
        # Moving the time while a worker looks would let a second one in.
        free = Channel.objects.not_looked_at(at).filter(pk=channel_id, is_paused=False, next_fetch_at__isnull=False)
        if not free.update(next_fetch_at=Least(F("next_fetch_at"), at)):
            channel = Channel.objects.get(pk=channel_id)
            if channel.is_paused:
                raise ChannelPaused(_("This channel is paused. Resume it to listen again."))
            if channel.next_fetch_at is None:
                raise NeverLookedAt(_("Nobody looks at this channel: what is said there is handed to us."))
            raise LookedAtNow(_("This channel is being looked at this very moment."))
        look_soon(channel_id)


def _note(verb: Verb, channel_id: int, actor: User, at: datetime) -> None:
    name = Channel.objects.values_list("name", flat=True).get(pk=channel_id)
    audit.note(actor=actor, verb=verb, subject=name, at=at, channel=channel_id)
