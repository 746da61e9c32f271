"""What a notification says."""

from django.utils.translation import gettext as _

from teams.models import Notification


def sentence_of(notification: Notification) -> str:
    """Return one sentence for the bell and for the subject of the mail."""
    actor = notification.actor.name if notification.actor else ""
    kind = notification.kind
    if kind == Notification.Kind.QUEUE:
        if actor:
            return _("%(actor)s handed your department a conversation.") % {"actor": actor}
        return _("A conversation came back to your department.")
    if kind == Notification.Kind.GIVEN:
        return _("%(actor)s gave you a conversation.") % {"actor": actor or _("Somebody")}
    if kind == Notification.Kind.CUSTOMER_ANSWERED:
        return _("The customer answered in a conversation that you hold.")
    if kind == Notification.Kind.REPLY_FAILED:
        return _("Your answer needs you: it may not have gone out.")
    if kind == Notification.Kind.CHANNEL_DEAF:
        return _("A channel is not heard any more.")
    if kind == Notification.Kind.CHANNEL_HEARD:
        return _("A channel is heard again.")
    if kind == Notification.Kind.STREAM_LIMIT:
        return _("A stream is near what it may hear in a day.")
    return _("A conversation needs a decision.")
