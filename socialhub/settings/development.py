"""One machine: its own servers, its own secret, no TLS."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

from socialhub.local import paths
from socialhub.settings.base import *  # noqa: F403 - the pattern of Django's own documentation


def _kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret of this installation; of several processes that ask first, one makes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Linked when it is whole, so that nobody ever reads half a secret.
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(make())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
        os.unlink(name)
    return path.read_text(encoding="ascii")


DEBUG = False
SECRET_KEY = _kept_secret(paths.data_dir() / "secret_key", lambda: secrets.token_urlsafe(50))
# Seals the secrets of channels; a backup of the database is worth nothing to a thief without it.
SECRETS_KEYS = [_kept_secret(paths.data_dir() / "secrets_key", lambda: Fernet.generate_key().decode())]
ALLOWED_HOSTS = ["*"]

# Static files come straight from their folders, so nothing is collected before the first page.
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
