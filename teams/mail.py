"""Mails to our own people, in the language of each."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from teams import languages
from teams.models import Notification
from teams.sentences import sentence_of
from teams.services.notifications import MailRefused


def send_notification(notification: Notification) -> None:
    """Send one notification by mail.

    :raises MailRefused: the server did not take it.
    """
    with translation.override(languages.of_person(notification.user)):
        message = _message(notification)
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        raise MailRefused(f"{type(error).__name__}: {error}") from error


def _message(notification: Notification) -> EmailMessage:
    path = notification.path or reverse("triage:conversation", args=[notification.conversation_id])
    address = settings.SITE_URL + path
    sentence = sentence_of(notification)
    body = "\n\n".join(
        [
            sentence,
            notification.subject,
            address,
            _("You can turn these mails off in your account."),
        ]
    )
    return EmailMessage(
        subject=sentence,
        body=body,
        to=[notification.user.email],
        headers={
            # The same mail sent twice carries the same id, so a mailbox can fold it.
            "Message-ID": f"<notification-{notification.pk}@socialhub>",
            "Auto-Submitted": "auto-generated",
        },
    )
