"""What other systems handed to us."""

from django.db import models

from listening.models.channel import Channel


class WebhookCall(models.Model):
    """One accepted call of a channel's webhook, stored as it came and read afterwards.

    ``event_id`` is the sender's, else the hash of the body: a replay is known by it.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="webhook_calls")
    event_id = models.CharField(max_length=200)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "event_id"], name="listening_webhookcall_once")]
        indexes = [
            models.Index(fields=["id"], name="listening_webhookcall_unread", condition=models.Q(read_at=None)),
        ]

    def __str__(self) -> str:
        return self.event_id
