"""The link with which somebody sets a password for the first time."""

import smtplib

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from teams import languages
from teams.models import Organisation, User


def make_link(person: User) -> str:
    """Return a link that sets ``person``'s password once; whoever has it can become that person."""
    key = default_token_generator.make_token(person)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key})
    return f"{settings.SITE_URL}{path}"


def send_link(person: User, link: str, *, organisation: Organisation, inviter: User) -> bool:
    """Mail the link to ``person``; return whether the mail server took it. Call it outside any transaction."""
    with translation.override(languages.of_person(person)):
        message = _message(person, link, organisation, inviter)
    try:
        message.send()
    except (smtplib.SMTPException, OSError):
        return False
    return True


def _message(person: User, link: str, organisation: Organisation, inviter: User) -> EmailMessage:
    words = {"name": person.name, "inviter": inviter.name, "organisation": organisation.name, "link": link}
    body = _(
        "Hello %(name)s,\n\n"
        "%(inviter)s gave you an account in the Socialhub of %(organisation)s. Choose your password here:\n\n"
        "%(link)s\n\n"
        "The link works once and for three days. After that, ask for a new one."
    )
    return EmailMessage(
        subject=_("Your account in the Socialhub of %(organisation)s") % words, body=body % words, to=[person.email]
    )
