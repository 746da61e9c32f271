"""Secrets at rest: sealed with a key that is not in the database, opened only where they are used."""

import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _

from socialhub.lib.errors import Refusal


class SealBroken(Refusal):
    """A secret cannot be opened: it was sealed with a key that is not there any more."""

    code = "seal_broken"


def seal(secrets: Mapping[str, str]) -> str:
    """Return the secrets as text that only a holder of the key can read; nothing sealed is nothing."""
    return _keys().encrypt(json.dumps(dict(secrets)).encode()).decode() if secrets else ""


def open_sealed(sealed: str) -> dict[str, str]:
    """Return what ``seal`` was given.

    :raises SealBroken: none of the keys fits.
    """
    if not sealed:
        return {}
    try:
        opened: dict[str, str] = json.loads(_keys().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise SealBroken(_("The secrets of this channel cannot be opened. Enter them again.")) from error
    return opened


def seal_anew(sealed: str) -> str:
    """Return the same secrets sealed with the newest key, for when a key is replaced.

    :raises SealBroken: none of the keys fits.
    """
    return seal(open_sealed(sealed))


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.SECRETS_KEYS])
