"""Tell the owner of a stream that its day is nearly full."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_noop

from listening.models import Stream
from socialhub.lib.told import Told
from teams.models import Appointment, Notification, User
from teams.roles import Role
from teams.services import notifications


def tell_owner(*, stream_id: int, count: int, limit: int, at: datetime) -> None:
    """Tell that a stream has had most of what it may have in a day. Call it in the transaction that notes the telling.

    When the owner has left or may not see streams any more, the administrators are told.
    """
    stream = Stream.objects.select_related("owner").get(pk=stream_id)
    people = [stream.owner]
    if not stream.owner.is_active or not stream.owner.rights.may_somewhere("stream.view"):
        administrators = Appointment.objects.filter(role=Role.ADMINISTRATOR).values("user")
        people = list(User.objects.active().filter(pk__in=administrators).order_by("pk"))
    words = {"stream": stream.name, "count": count, "limit": limit}
    if count < limit:
        text = gettext_noop("%(stream)s: %(count)d of %(limit)d today. At %(limit)d, channels stop searching for it.")
    else:
        text = gettext_noop("%(stream)s: %(count)d of %(limit)d today. Channels search for it again tomorrow.")
    notifications.notify(
        people=people,
        kind=Notification.Kind.STREAM_LIMIT,
        path=reverse("insights:heard_by", args=[stream.pk]),
        subject=Told(text, words),
        actor=None,
        at=at,
    )
