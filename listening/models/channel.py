"""Where people speak, and when we were listening there."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from socialhub.lib.told import Told, read

# Longer than a look should take: until then nobody else looks.
CLAIM_FOR = timedelta(minutes=2)


class ChannelQuerySet(models.QuerySet["Channel"]):
    """Reads that more than one caller needs."""

    def by_name(self) -> "ChannelQuerySet":
        """Order as menus show them."""
        return self.order_by("name", "pk")

    def due(self, at: datetime) -> "ChannelQuerySet":
        """Keep the channels that should be fetched at ``at``."""
        return self.filter(is_paused=False, next_fetch_at__lte=at).order_by("next_fetch_at", "pk")

    def not_looked_at(self, at: datetime) -> "ChannelQuerySet":
        """Keep the channels at which no living worker is looking at ``at``."""
        return self.filter(Q(claimed_at=None) | Q(claimed_at__lte=at - CLAIM_FOR))


class Channel(models.Model):
    """A connected place where people speak. ``kind`` names its connector.

    ``cursor`` belongs to the connector and moves in the transaction of the rows
    that it brought. ``our_handles`` tell our own posts from everybody else's.
    """

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=20)
    options = models.JSONField(default=dict)
    # What signs us in, sealed; see socialhub.lib.sealing.
    sealed = models.TextField(blank=True, editable=False)
    our_handles = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    cursor = models.JSONField(default=dict)
    poll_seconds = models.PositiveIntegerField(_("seconds between two looks"), default=300)
    is_paused = models.BooleanField(_("paused"), default=False)
    next_fetch_at = models.DateTimeField(null=True)
    # When the worker that looks now began: only that look may move the cursor.
    claimed_at = models.DateTimeField(null=True)
    # The network said that there is news, and nobody has begun to look since.
    news_at = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    # A text of the catalogues, and the words in it: see ``problem``.
    last_error = models.TextField(blank=True)
    last_error_words = models.JSONField(default=dict, db_default={})
    failure_count = models.PositiveIntegerField(default=0)
    # What the network still lets us ask, where it says so.
    budget_left = models.PositiveIntegerField(null=True)
    budget_of = models.PositiveIntegerField(null=True)
    budget_resets_at = models.DateTimeField(null=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    objects = ChannelQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(models.functions.Lower("name"), name="listening_channel_name_once")]
        indexes = [models.Index(fields=["next_fetch_at"], name="listening_channel_due", condition=Q(is_paused=False))]

    def __str__(self) -> str:
        return self.name

    @property
    def problem(self) -> Told:
        """What is wrong, for each reader in their language."""
        return read({"text": self.last_error, "words": self.last_error_words})
