"""Channels: connected, changed, paused, resumed, and looked at now."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Least
from django.utils import translation
from django.utils.translation import gettext as _

from listening.connectors.base import ConnectorFailed, IsCalled, RenewsSignIn, TemporaryFailure
from listening.connectors.registry import connector_for
from listening.models import Channel
from listening.services import coverage, mistakes, secrets
from listening.services.fetching import look_soon
from listening.services.secrets import sealed_secrets
from listening.services.settings import settings_for_use, told_without_secrets
from socialhub.lib.errors import Conflict
from socialhub.lib.sealing import seal
from socialhub.lib.told import told
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
    """Look at a channel as it would be with ``settings``, and return a sentence on it. Call it outside any transaction.

    :raises ConnectorFailed: it cannot be listened to, and why.
    """
    # Not a ``with`` block: that would wait for a look that was given up.
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="try-connection")
    look = pool.submit(_check, kind, settings, translation.get_language())
    pool.shutdown(wait=False)
    try:
        return look.result(timeout=seconds)
    except TookTooLong as error:
        sentence = told("The address did not answer within %(seconds)d seconds.")
        raise TemporaryFailure(sentence % {"seconds": round(seconds)}) from error
    except ConnectorFailed:
        raise
    except Exception as error:
        raise mistakes.as_failure(error, kind=kind) from error


def _check(kind: str, settings: Mapping[str, object], language: str | None) -> str:
    """Look in the language of whoever waits: another thread has its own."""
    with translation.override(language):
        return connector_for(kind).check(settings)


def try_channel(*, channel_id: int, at: datetime) -> str:
    """Look at a channel as it is and return a sentence on it; it stores nothing. Call it outside any transaction.

    :raises ConnectorFailed: it cannot be listened to, and why.
    """
    channel = Channel.objects.get(pk=channel_id)
    try:
        return try_connection(kind=channel.kind, settings=settings_for_use(channel, at=at))
    except ConnectorFailed as failure:
        raise ConnectorFailed(told_without_secrets(failure.told, sealed_secrets(channel).values())) from failure


def add_channel(
    *,
    name: str,
    kind: str,
    options: Mapping[str, object],
    our_handles: Sequence[str],
    poll_seconds: int,
    owner: User,
    at: datetime,
    entered: Mapping[str, str] | None = None,
) -> Channel:
    """Connect a channel, seal the secrets that were entered for it, and look at it at once.

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
            if entered:
                secrets.keep_secrets(channel_id=channel.pk, secrets=entered)
            audit.note(actor=owner, verb=Verb.CHANNEL_ADDED, subject=name, at=at, channel=channel.pk, kind=kind)
            look_soon(channel.pk)
    except IntegrityError as error:
        raise ChannelNameTaken(_("Another channel has this name.")) from error
    return channel


def _made_options(kind: str) -> Mapping[str, object]:
    connector = connector_for(kind)
    return connector.new_options() if isinstance(connector, IsCalled) else {}


def change_channel(
    *,
    channel_id: int,
    name: str,
    our_handles: Sequence[str],
    poll_seconds: int,
    actor: User,
    at: datetime,
    options: Mapping[str, object] | None = None,
    entered: Mapping[str, str] | None = None,
) -> None:
    """Rename a channel, say which handles are ours, how often it is looked at, or how it is connected.

    Of ``options`` and the secrets ``entered``, what is not given stays. A channel that
    is connected anew is looked at at once, and a look that is going on moves nothing.

    :raises ChannelNameTaken: another has that name.
    """
    try:
        with transaction.atomic():
            channel = Channel.objects.select_for_update().get(pk=channel_id)
            channel.name, channel.our_handles, channel.poll_seconds = name, list(our_handles), poll_seconds
            channel.save(update_fields=["name", "our_handles", "poll_seconds"])
            if _connect_anew(channel, options or {}, {key: value for key, value in (entered or {}).items() if value}):
                if channel.next_fetch_at is not None:
                    Channel.objects.filter(pk=channel_id).update(next_fetch_at=at, claimed_at=None)
                look_soon(channel_id)
            audit.note(actor=actor, verb=Verb.CHANNEL_CHANGED, subject=name, at=at, channel=channel_id)
    except IntegrityError as error:
        raise ChannelNameTaken(_("Another channel has this name.")) from error


def _connect_anew(channel: Channel, options: Mapping[str, object], entered: Mapping[str, str]) -> bool:
    """Keep how a channel is connected, and return whether that is another way than before."""
    connector = connector_for(channel.kind)
    changed = {name for name, value in options.items() if channel.options.get(name) != value}
    if not changed and not entered:
        return False
    channel.options = {**channel.options, **options}
    if any(field.name in changed and not field.choices for field in connector.fields):
        # Another place: what was remembered of the former one says nothing about it.
        channel.cursor = {}
    kept = sealed_secrets(channel)
    if isinstance(connector, RenewsSignIn):
        # A session of the former sign-in would outlive it.
        asked = {field.name for field in connector.fields if field.is_secret}
        kept = {name: value for name, value in kept.items() if name in asked}
    channel.sealed = seal({**kept, **entered})
    channel.save(update_fields=["options", "cursor", "sealed"])
    return True


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
