"""Which hubs tell us at once that a feed has something new."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from listening.models.channel import Channel


class WebSubscription(models.Model):
    """What we asked the hub of a channel's feed for, and until when it promised to tell us.

    Changes only in ``listening.services.websub``. ``callback_id`` is in the address that
    the hub calls; nobody else knows it. ``asked_at`` is the last asking: for some time
    the hub may make sure that it came from us. ``told_at`` is the look that its last news led to.
    """

    class State(models.TextChoices):
        """Where a subscription stands; a refused one is asked for again later."""

        ASKED = "asked", _("asked")
        ACTIVE = "active", _("active")
        LEAVING = "leaving", _("leaving")
        REFUSED = "refused", _("refused")

    channel = models.OneToOneField(Channel, models.CASCADE, related_name="web_subscription")
    callback_id = models.CharField(max_length=64, unique=True)
    callback = models.TextField()
    hub = models.TextField()
    topic = models.TextField()
    # What the hub signs with, sealed; see socialhub.lib.sealing.
    sealed = models.TextField(editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    lease_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    ask_next_at = models.DateTimeField()
    try_count = models.PositiveIntegerField(default=0)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="listening_websubscription_lease_while_confirmed",
                condition=Q(state__in=["active", "leaving"], lease_until__isnull=False)
                | Q(state__in=["asked", "refused"], lease_until__isnull=True),
            )
        ]
        indexes = [models.Index(fields=["ask_next_at"], name="listening_websubscription_due")]

    def __str__(self) -> str:
        return self.topic
