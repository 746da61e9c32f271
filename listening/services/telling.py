"""Who is told that a channel has gone deaf, or is heard again."""

from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from listening.models import Channel, Gap
from teams.models import Appointment, Notification, User
from teams.roles import Role
from teams.services import notifications


def tell_deaf(channel: Channel, gap: Gap, *, at: datetime) -> None:
    """Tell that a channel is not heard, since when and why. Call it in the transaction that notes the telling."""
    subject = _("%(channel)s: not heard since %(moment)s. %(reason)s.") % {
        "channel": channel.name,
        "moment": _moment(gap.began_at),
        "reason": gap.get_reason_display(),
    }
    _tell(channel, Notification.Kind.CHANNEL_DEAF, subject, at)


def tell_heard_again(channel: Channel, gap: Gap, *, at: datetime) -> None:
    """Tell those who were told of the gap that it has ended. Call it in the transaction that ends the gap."""
    subject = _("%(channel)s: heard again since %(moment)s.") % {"channel": channel.name, "moment": _moment(at)}
    _tell(channel, Notification.Kind.CHANNEL_HEARD, subject, at)


def _tell(channel: Channel, kind: Notification.Kind, subject: str, at: datetime) -> None:
    notifications.notify(
        people=_people_for(channel),
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


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "j M Y, H:i")
