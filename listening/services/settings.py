"""What a connector is told of its channel: its options, its secrets opened, its sign-in renewed."""

from datetime import datetime

from listening.connectors.base import AuthorisationFailure, RenewsSignIn
from listening.connectors.registry import connector_for
from listening.models import Channel, Stream
from listening.services import secrets
from socialhub.lib.sealing import SealBroken, open_sealed


def settings_of(channel: Channel) -> dict[str, object]:
    """Return what a connector is told of its channel, its secrets opened. Never log or show it.

    :raises AuthorisationFailure: the key with which they were sealed is gone.
    """
    told = {"channel_id": channel.pk, "our_handles": list(channel.our_handles)}
    try:
        return {**channel.options, **open_sealed(channel.sealed), **told}
    except SealBroken as broken:
        raise AuthorisationFailure(str(broken)) from broken


def settings_for_use(channel: Channel, *, at: datetime) -> dict[str, object]:
    """Return what a connector is told before it speaks to its network: signed in, and what to search for.

    A sign-in that had to be renewed is kept. Call it outside any transaction.

    :raises ConnectorFailed: the sign-in cannot be renewed now, or somebody has to sign in again.
    """
    connector = connector_for(channel.kind)
    settings = _signed_in(channel, connector, at) if isinstance(connector, RenewsSignIn) else settings_of(channel)
    return {**settings, "searches": _searches(channel)} if connector.can_search else settings


def _signed_in(channel: Channel, connector: RenewsSignIn, at: datetime) -> dict[str, object]:
    """Renew the sign-in if it has to be. Of two that renew at once, one result is kept, and both go on with that."""
    sealed = channel.sealed
    settings = settings_of(channel)
    try:
        renewed = connector.renew(settings, at=at)
    except AuthorisationFailure:
        # What renews a sign-in often works once: somebody else may just have used it.
        channel.refresh_from_db(fields=["sealed"])
        if channel.sealed == sealed:
            raise
        return settings_of(channel)
    if not renewed:
        return settings
    secrets.keep_renewed(channel_id=channel.pk, secrets=renewed, was=sealed)
    channel.refresh_from_db(fields=["sealed"])
    return settings_of(channel)


def _searches(channel: Channel) -> list[dict[str, object]]:
    streams = Stream.objects.filter(channels=channel, is_paused=False).order_by("pk")
    return [
        {
            "stream": stream.pk,
            "any_terms": stream.any_terms,
            "all_terms": stream.all_terms,
            "no_terms": stream.no_terms,
            "languages": stream.languages,
        }
        for stream in streams
    ]


def without_secrets(text: str, channel: Channel) -> str:
    """Return what a connector said with every secret of its channel made unreadable: it is stored and shown."""
    try:
        values = open_sealed(channel.sealed).values()
    except SealBroken:
        return text
    for value in sorted(values, key=len, reverse=True):
        # Shorter ones would make holes in ordinary words.
        if len(value) >= 4:
            text = text.replace(value, "•••")
    return text
