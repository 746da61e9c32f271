"""Seal every secret with the newest key: run it after a new key was put before the old one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from listening.services import secrets
from socialhub.lib.sealing import SealBroken
from teams.services import pushing


class Command(BaseCommand):
    """``seal_anew``."""

    help = "Seal all secrets with the newest key, so that the old one can be taken away."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how many there were."""
        try:
            count = secrets.seal_all_anew()
            pushing.seal_key_anew()
        except SealBroken as broken:
            raise CommandError(str(broken)) from broken
        self.stdout.write(f"{count} channels are sealed with the newest key.")
