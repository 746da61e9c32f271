"""Background work on what other systems handed to us."""

from celery import shared_task
from django.utils import timezone

from listening.services import webhooks


@shared_task(name="listening.read_webhook_calls")
def read_calls(*, channel_id: int) -> None:
    """Read the calls of one channel that wait. Harmless to run twice."""
    webhooks.read_calls(channel_id=channel_id, at=timezone.now())


@shared_task(name="listening.sweep_webhook_calls")
def sweep_calls() -> None:
    """Find calls whose wake-up was lost."""
    webhooks.sweep(at=timezone.now())
