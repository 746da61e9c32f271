"""Keys with which programs act for the person who made them."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict
from teams.changes import Verb
from teams.models import ApiKey, User
from teams.services import audit

# Lower case without letters that look alike, and no underscore: it separates the parts.
PREFIX_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
PREFIX_LENGTH = 10
SECRET_BYTES = 32
# One write a minute is enough to see whether a key is still used.
NOTE_USE_EVERY = timedelta(minutes=1)

_NOBODY = hashlib.sha256(b"nobody").digest()


class KeyRevoked(Conflict):
    """The key had been revoked before."""

    code = "key_revoked"


def create_api_key(
    *, user: User, name: str, scopes: Sequence[str], expires_at: datetime | None, at: datetime
) -> tuple[ApiKey, str]:
    """Make a key; return its row and the token, which is never to be had again."""
    prefix = "".join(secrets.choice(PREFIX_LETTERS) for _ in range(PREFIX_LENGTH))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        key = ApiKey.objects.create(
            user=user,
            name=name,
            prefix=prefix,
            digest=_digest(secret),
            scopes=list(scopes),
            created_at=at,
            expires_at=expires_at,
        )
        audit.note(actor=user, verb=Verb.KEY_MADE, subject=name, at=at, prefix=prefix, scopes=list(scopes))
    return key, f"shub_{prefix}_{secret}"


def find_user_by_token(token: str, at: datetime) -> ApiKey | None:
    """Return the key of a token with its user, or None when it opens nothing at ``at``.

    Takes as long for a wrong secret as for a right one.
    """
    parts = token.split("_", 2)
    if len(parts) != 3 or parts[0] != "shub" or not parts[1].isascii() or not parts[1].isalnum():
        return None
    key = ApiKey.objects.select_related("user").filter(prefix=parts[1]).first()
    digest = bytes(key.digest) if key else _NOBODY
    is_right = hmac.compare_digest(digest, _digest(parts[2]))
    if key is None or not is_right or not _is_valid(key, at):
        return None
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=at - NOTE_USE_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=at)
    return key


def revoke_api_key(*, key_id: int, actor: User, at: datetime) -> None:
    """End a key at once and for good.

    :raises KeyRevoked: it had been revoked before.
    """
    with transaction.atomic():
        ended = ApiKey.objects.filter(pk=key_id, revoked_at__isnull=True).update(revoked_at=at)
        if not ended:
            raise KeyRevoked(_("This key was revoked before."))
        key = ApiKey.objects.get(pk=key_id)
        audit.note(actor=actor, verb=Verb.KEY_REVOKED, subject=key.name, at=at, prefix=key.prefix)


def _is_valid(key: ApiKey, at: datetime) -> bool:
    is_running = key.revoked_at is None and (key.expires_at is None or key.expires_at > at)
    return is_running and key.user.is_active


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
