"""Each notification by its own medium."""

from teams import mail, push
from teams.models import Notification


def send(notification: Notification) -> None:
    """Send one notification.

    :raises MediumRefused: it was not taken.
    """
    if notification.medium == Notification.Medium.PUSH:
        push.send_notification(notification)
    else:
        mail.send_notification(notification)
