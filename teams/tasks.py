"""Background work of this app: telling people by mail and on their devices."""

from celery import shared_task
from django.utils import timezone

from teams import telling
from teams.services import notifications


@shared_task(name="teams.send_notifications")
def send_notifications(*, medium: str) -> None:
    """Send what is due by one medium. Harmless to run twice."""
    notifications.send_due(medium=medium, clock=timezone.now, send=telling.send)


@shared_task(name="teams.sweep_notifications")
def sweep_notifications() -> None:
    """Repair what a lost message or a dead worker left behind."""
    notifications.requeue_stuck(at=timezone.now())
    notifications.wake_due(at=timezone.now())
