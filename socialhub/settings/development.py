"""One machine: its own servers, its own secret, no TLS."""

import os
import secrets
from pathlib import Path

from socialhub.local import paths
from socialhub.settings.base import *  # noqa: F403 - the pattern of Django's own documentation


def _kept_secret(path: Path) -> str:
    """Return the secret of this installation; the first process to ask makes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(50)
        file.write(secret)
    return secret


DEBUG = False
SECRET_KEY = _kept_secret(paths.data_dir() / "secret_key")
ALLOWED_HOSTS = ["*"]

# Static files come straight from their folders, so nothing is collected before the first page.
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
