"""Woken by lower apps. Nothing is decided here."""

from typing import Any

from django.dispatch import receiver

from listening.signals import mentions_stored
from policies.signals import incidents_changed
from socialhub.lib.queue import wake


@receiver(mentions_stored)
def wake_intake(sender: object, **_: Any) -> None:
    """Wake the intake; the rows wait for it in any case."""
    wake("triage.take_in_mentions")


@receiver(incidents_changed)
def wake_search(sender: object, *, incident_id: int, **_: Any) -> None:
    """Wake the search for what belongs to an incident; a sweep begins it in any case."""
    wake("triage.search_for_incident", incident_id=incident_id)
