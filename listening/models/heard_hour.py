"""How much was heard, hour by hour: what is usual."""

from django.db import models
from django.db.models import Q

from listening.models.channel import Channel
from listening.models.stream import Stream


class HeardHour(models.Model):
    """How much others said in one hour (UTC) on one channel, or of what one stream listens for.

    ``is_whole``: we listened all the hour long, so that its count says what is usual.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, null=True, related_name="heard_hours", db_index=False)
    stream = models.ForeignKey(Stream, models.CASCADE, null=True, related_name="heard_hours")
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    is_whole = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="listening_heardhour_of_one",
                condition=Q(channel__isnull=False, stream=None) | Q(channel=None, stream__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["channel", "stream", "hour"], name="listening_heardhour_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour}: {self.count}"


class HeardPosition(models.Model):
    """How far mentions have been counted: up to ``mention_id``, one row.

    Everything up to ``seen_id`` had been stored, or was being stored, at ``seen_at``.
    Hours that began before ``began_at`` were not counted from their beginning.
    """

    mention_id = models.BigIntegerField()
    seen_id = models.BigIntegerField()
    seen_at = models.DateTimeField()
    began_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="listening_heardposition_one_row")]

    def __str__(self) -> str:
        return str(self.mention_id)
