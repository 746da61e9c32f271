"""What was heard and could not be stored."""

from django.db import models

from listening.models.channel import Channel


class SetAside(models.Model):
    """One item that could not be read, with what was received and the reason; it never stops the others.

    ``settled_at`` is when somebody looked at it and was done with it.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="set_aside")
    raw = models.TextField()
    reason = models.TextField()
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # A network that tells the same nonsense at every look is noted once.
            models.UniqueConstraint(fields=["channel", "digest"], name="listening_setaside_once")
        ]
        indexes = [
            models.Index(
                fields=["channel", "-received_at"],
                name="listening_setaside_open",
                condition=models.Q(settled_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.reason
