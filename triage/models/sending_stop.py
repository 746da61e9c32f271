"""The switch that stops sending."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from listening.models import Channel, Stream
from teams.models import Department


class SendingStop(models.Model):
    """Nothing leaves while it stands: everywhere, or for one channel, stream or department."""

    channel = models.ForeignKey(Channel, models.CASCADE, null=True, related_name="sending_stops")
    stream = models.ForeignKey(Stream, models.CASCADE, null=True, related_name="sending_stops")
    department = models.ForeignKey(Department, models.CASCADE, null=True, related_name="sending_stops")
    reason = models.TextField()
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="triage_sendingstop_one_place",
                condition=Q(stream=None, department=None)
                | Q(channel=None, department=None)
                | Q(channel=None, stream=None),
            ),
            models.UniqueConstraint(
                fields=["channel", "stream", "department"],
                condition=Q(lifted_at=None),
                nulls_distinct=False,
                name="triage_sendingstop_once",
            ),
            models.CheckConstraint(
                name="triage_sendingstop_lifted_by_somebody",
                condition=Q(lifted_at=None, lifted_by=None) | Q(lifted_at__isnull=False, lifted_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reason
