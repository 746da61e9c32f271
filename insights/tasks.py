"""Background work of this app: counting."""

from celery import shared_task
from django.utils import timezone

from insights.services import rollups


@shared_task(name="insights.roll_up")
def roll_up() -> None:
    """Count the events that nobody has counted yet."""
    rollups.roll_up(at=timezone.now())
