"""Background work of this app: telling people by mail."""

from celery import shared_task
from django.utils import timezone


@shared_task(name="teams.send_notifications")
def send_notifications() -> None:
    """Send what is due. Harmless to run twice."""
    from teams import mail
    from teams.services import notifications

    notifications.send_due(clock=timezone.now, send=mail.send_notification)


@shared_task(name="teams.sweep_notifications")
def sweep_notifications() -> None:
    """Repair what a lost message or a dead worker left behind."""
    from teams import mail
    from teams.services import notifications

    notifications.requeue_stuck(at=timezone.now())
    notifications.send_due(clock=timezone.now, send=mail.send_notification)
