"""Who is told that a channel has gone deaf, or is heard again."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from listening.models import Channel, Gap
from socialhub.lib.moments import date_format
from teams import languages
from teams.models import Appointment, Notification, User
from teams.roles import Role
from teams.services import notifications, organisation


def tell_deaf(channel: Channel, gap: Gap, *, at: datetime) -> None:
    """Tell that a channel is not heard, since when and why. Call it in the transaction that notes the telling."""
    sentence = gettext_lazy("%(channel)s: not heard since %(moment)s. %(reason)s.")
    words: dict[str, str | Promise] = {"channel": channel.name, "reason": Gap.Reason(gap.reason).label}
    _tell(channel, Notification.Kind.CHANNEL_DEAF, sentence, words, gap.began_at, at=at)


def tell_heard_again(channel: Channel, *, at: datetime) -> None:
    """Tell those who were told that it was not. Call it in the transaction that ends the gap."""
    sentence = gettext_lazy("%(channel)s: heard again since %(moment)s.")
    _tell(channel, Notification.Kind.CHANNEL_HEARD, sentence, {"channel": channel.name}, at, at=at)


def _tell(
    channel: Channel,
    kind: Notification.Kind,
    sentence: Promise,
    words: Mapping[str, str | Promise],
    moment: datetime,
    *,
    at: datetime,
) -> None:
    company = organisation.current()
    for person in _people_for(channel):
        zone = person.time_zone or (company.time_zone if company is not None else "UTC")
        with translation.override(languages.of_person(person)):
            told = date_format(moment.astimezone(ZoneInfo(zone)), "j M Y, H:i")
            subject = str(sentence) % {**words, "moment": told}
        notifications.notify(
            people=[person],
            kind=kind,
            path=reverse("listening:channel", args=[channel.pk]),
            subject=subject[:200],
            actor=None,
            at=at,
        )


def _people_for(channel: Channel) -> list[User]:
    """Return the owner of a channel while that person may see it, else everybody who could look after it."""
    owner = channel.owner
    if owner is not None and owner.rights.may("channel.view"):
        return [owner]
    administrators = Appointment.objects.filter(role=Role.ADMINISTRATOR).values("user")
    return list(User.objects.active().filter(pk__in=administrators).order_by("pk"))
