"""Addresses of static files, worked out once: a page names two dozen, and they stay as they are while we run."""

from typing import Any

from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class RememberingStorage(StaticFilesStorage):
    """Files under their own names, straight from their folders."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._urls: dict[str | None, str] = {}

    def url(self, name: str | None, *args: Any) -> str:
        """Return the address of a file."""
        if args:
            return super().url(name, *args)
        if (known := self._urls.get(name)) is None:
            known = self._urls[name] = super().url(name)
        return known


class RememberingManifestStorage(RememberingStorage, CompressedManifestStaticFilesStorage):
    """Collected files, compressed and named after what is in them."""
