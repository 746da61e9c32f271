"""What a connector is told of its channel: its options, its secrets opened, its sign-in renewed."""

from collections.abc import Iterable
from datetime import datetime

from listening.connectors.base import AuthorisationFailure, RenewsSignIn
from listening.connectors.registry import connector_for
from listening.models import Channel
from listening.services import secrets
from listening.services.matching import searches_for
from socialhub.lib.sealing import SealBroken, open_sealed
from socialhub.lib.told import Told
from socialhub.lib.told import told as _

SHORTEST_HIDDEN = 4
# Of what a network says.
LONGEST_WORD = 1_000


def settings_of(channel: Channel) -> dict[str, object]:
    """Return what a connector is told of its channel, its secrets opened. Never log or show it.

    :raises AuthorisationFailure: the key with which they were sealed is gone.
    """
    told = {"channel_id": channel.pk, "our_handles": list(channel.our_handles)}
    try:
        return {**channel.options, **open_sealed(channel.sealed), **told}
    except SealBroken as broken:
        raise AuthorisationFailure(_("The secrets of this channel cannot be opened. Enter them again.")) from broken


def settings_for_use(channel: Channel, *, at: datetime) -> dict[str, object]:
    """Return what a connector is told before it speaks to its network: signed in, and what to search for.

    A sign-in that had to be renewed is kept. Call it outside any transaction.

    :raises ConnectorFailed: the sign-in cannot be renewed now, or somebody has to sign in again.
    """
    connector = connector_for(channel.kind)
    settings = _signed_in(channel, connector, at) if isinstance(connector, RenewsSignIn) else settings_of(channel)
    return {**settings, "searches": searches_for(channel_id=channel.pk, at=at)} if connector.can_search else settings


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


def to_be_kept(problem: Told, channel: Channel) -> Told:
    """Return of what a connector said what the database can keep, and everybody may read."""
    return told_without_secrets(problem, secrets.sealed_secrets(channel).values()).changed(_word)


def told_without_secrets(told: Told, secrets_of_it: Iterable[str]) -> Told:
    """Return what a connector said with every secret in it made unreadable, whatever language it is read in."""
    values = list(secrets_of_it)
    return told.changed(lambda word: without_secrets(word, values))


def without_secrets(text: str, secrets_of_it: Iterable[str]) -> str:
    """Return what a connector said with every secret made unreadable: it is stored and shown."""
    for value in sorted(secrets_of_it, key=len, reverse=True):
        # Shorter ones would make holes in ordinary words.
        if len(value) >= SHORTEST_HIDDEN:
            text = text.replace(value, "•••")
    return text


def _word(said: str) -> str:
    # Neither of these can be stored: a NUL, and half of a character.
    return said.replace("\x00", " ").encode("utf-8", "replace").decode()[:LONGEST_WORD]
