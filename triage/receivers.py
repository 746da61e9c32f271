"""Woken by lower apps. Nothing is decided here."""

from typing import Any

from django.dispatch import receiver

from listening.signals import mentions_stored
from socialhub.lib.queue import wake
from triage.tasks import take_in_mentions


@receiver(mentions_stored)
def wake_intake(sender: object, **_: Any) -> None:
    """Wake the intake; the rows wait for it in any case."""
    wake(take_in_mentions)
