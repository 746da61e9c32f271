"""That much more is being said than usual."""

from django.db import models
from django.db.models import Q

from listening.models.channel import Channel
from listening.models.stream import Stream


class Spike(models.Model):
    """An unusual rise on one channel or stream: ``count`` in an hour that has ``usual`` otherwise."""

    channel = models.ForeignKey(Channel, models.CASCADE, null=True, related_name="spikes")
    stream = models.ForeignKey(Stream, models.CASCADE, null=True, related_name="spikes")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    count = models.PositiveIntegerField()
    usual = models.FloatField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="listening_spike_of_one",
                condition=Q(channel__isnull=False, stream=None) | Q(channel=None, stream__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["channel"], condition=Q(until=None, stream=None), name="listening_spike_channel_once"
            ),
            models.UniqueConstraint(
                fields=["stream"], condition=Q(until=None, channel=None), name="listening_spike_stream_once"
            ),
        ]

    def __str__(self) -> str:
        return f"since {self.since}"
