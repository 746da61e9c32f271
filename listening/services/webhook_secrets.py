"""The secrets of a webhook: replaced while the former one is still accepted, so that no call is lost meanwhile."""

import base64
import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from listening.connectors.base import PermanentFailure
from listening.connectors.webhook import require_usable
from listening.models import Channel
from listening.services.secrets import sealed_secrets
from listening.webhooks.signatures import STANDARD_PREFIX
from socialhub.lib.errors import Invalid
from socialhub.lib.sealing import seal
from teams.changes import Verb
from teams.models import User
from teams.services import audit

RANDOM_BYTES = 32


def make_secret() -> str:
    """Return a new secret that every scheme takes."""
    return STANDARD_PREFIX + base64.b64encode(secrets.token_bytes(RANDOM_BYTES)).decode()


def replace_secret(*, channel_id: int, secret: str, actor: User, at: datetime) -> None:
    """Sign with ``secret`` from now on; the present one is accepted until somebody ends it. Locks the channel.

    :raises Invalid: the secret cannot be used with the channel's scheme.
    """
    with transaction.atomic():
        channel = Channel.objects.select_for_update().get(pk=channel_id)
        try:
            require_usable(secret, scheme=str(channel.options.get("scheme", "")))
        except PermanentFailure as failure:
            raise Invalid(str(failure), field="secret") from failure
        kept = sealed_secrets(channel)
        if kept.get("secret") == secret:
            raise Invalid(_("The channel has this secret already."), field="secret")
        _seal(channel, {**kept, "secret": secret, "former_secret": kept.get("secret", "")}, actor, at)


def end_former_secret(*, channel_id: int, actor: User, at: datetime) -> None:
    """Accept only the present secret from now on. Harmless to call twice."""
    with transaction.atomic():
        channel = Channel.objects.select_for_update().get(pk=channel_id)
        kept = sealed_secrets(channel)
        if kept.get("former_secret"):
            _seal(channel, {**kept, "former_secret": ""}, actor, at)


def _seal(channel: Channel, kept: dict[str, str], actor: User, at: datetime) -> None:
    channel.sealed = seal({name: value for name, value in kept.items() if value})
    channel.save(update_fields=["sealed"])
    audit.note(actor=actor, verb=Verb.CHANNEL_SECRET_REPLACED, subject=channel.name, at=at, channel=channel.pk)
