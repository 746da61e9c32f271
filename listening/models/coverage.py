"""When a channel was heard, and why not."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from listening.models.channel import Channel
from socialhub.lib.told import Told, read


class Coverage(models.Model):
    """An interval in which a channel was really heard. What lies between two was not."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="coverage")
    heard_from = models.DateTimeField()
    heard_until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="listening_coverage_forward", condition=Q(heard_until__gte=models.F("heard_from"))
            )
        ]
        indexes = [models.Index(fields=["channel", "-heard_until"], name="listening_coverage_newest")]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.heard_from} to {self.heard_until}"


class Gap(models.Model):
    """A time in which a channel was not heard, and why; open until it is heard again.

    ``is_filled``: the network told us afterwards everything that was said meanwhile.
    ``told_at`` is when its owner was told that the channel is deaf.
    """

    class Reason(models.TextChoices):
        """Why nobody heard."""

        PAUSED = "paused", _("Paused by us")
        AUTHORISATION = "authorisation", _("Our sign-in was not accepted")
        RATE_LIMIT = "rate_limit", _("Asked too often")
        QUOTA = "quota", _("The quota was used up")
        NETWORK = "network", _("The network did not answer as it should")
        REFUSED = "refused", _("The network refused")
        STOPPED = "stopped", _("Socialhub was not running")

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="gaps")
    reason = models.CharField(max_length=16, choices=Reason.choices)
    # A text of the catalogues, and the words in it: see ``problem``.
    detail = models.TextField(blank=True)
    detail_words = models.JSONField(default=dict, db_default={})
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    is_filled = models.BooleanField(default=False)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel"], condition=Q(ended_at=None), name="listening_gap_open_once"),
            models.CheckConstraint(
                name="listening_gap_forward", condition=Q(ended_at=None) | Q(ended_at__gte=models.F("began_at"))
            ),
        ]
        indexes = [models.Index(fields=["channel", "-began_at"], name="listening_gap_newest")]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.reason} from {self.began_at}"

    @property
    def problem(self) -> Told:
        """What is wrong, for each reader in their language."""
        return read({"text": self.detail, "words": self.detail_words})
