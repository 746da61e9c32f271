"""The secrets of channels."""

from collections.abc import Mapping

from django.db import transaction

from listening.models import Channel
from listening.services import websub
from socialhub.lib.sealing import SealBroken, open_sealed, seal, seal_anew


def sealed_secrets(channel: Channel) -> dict[str, str]:
    """Return the secrets of a channel opened, or none when they cannot be. Never log or show them.

    With the key is gone what it sealed, as the page of the channel says: it is as if nothing had been entered.
    """
    try:
        return open_sealed(channel.sealed)
    except SealBroken:
        return {}


def keep_secrets(*, channel_id: int, secrets: Mapping[str, str]) -> None:
    """Seal what was entered; a secret that was left empty stays as it was. Locks the channel.

    :raises SealBroken: what was sealed before cannot be opened, and not everything was entered anew.
    """
    with transaction.atomic():
        channel = Channel.objects.select_for_update().get(pk=channel_id)
        entered = {name: value for name, value in secrets.items() if value}
        kept = {} if set(entered) == set(secrets) else open_sealed(channel.sealed)
        channel.sealed = seal({**kept, **entered})
        channel.save(update_fields=["sealed"])


def keep_renewed(*, channel_id: int, secrets: Mapping[str, str], was: str) -> bool:
    """Seal what a renewed sign-in brought, unless the secrets are not ``was`` any more; return whether they were.

    Somebody who entered others meanwhile, or renewed first, is not overwritten.

    :raises SealBroken: what was sealed before cannot be opened.
    """
    with transaction.atomic():
        channel = Channel.objects.select_for_update().get(pk=channel_id)
        if channel.sealed != was:
            return False
        channel.sealed = seal({**open_sealed(channel.sealed), **secrets})
        channel.save(update_fields=["sealed"])
    return True


def seal_all_anew() -> int:
    """Seal the secrets of every channel with the newest key; return how many channels have some.

    :raises SealBroken: a channel's secrets cannot be opened; nothing was changed.
    """
    with transaction.atomic():
        # Before the channels: news of a hub lock in this order.
        websub.seal_all_anew()
        channels = list(Channel.objects.select_for_update().exclude(sealed="").order_by("pk"))
        for channel in channels:
            channel.sealed = seal_anew(channel.sealed)
            channel.save(update_fields=["sealed"])
    return len(channels)
