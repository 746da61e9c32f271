"""What was heard and could not be stored."""

from django.db import models

from listening.models.channel import Channel
from socialhub.lib.told import Told, read


class SetAside(models.Model):
    """One item that could not be read, with what was received and the reason; it never stops the others.

    ``settled_at`` is when somebody looked at it and was done with it.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="set_aside")
    raw = models.TextField()
    # A text of the catalogues, and the words in it: see ``problem``.
    reason = models.TextField()
    reason_words = models.JSONField(default=dict, db_default={})
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
        return str(self.problem)

    @property
    def problem(self) -> Told:
        """What is wrong with it, for each reader in their language."""
        return read({"text": self.reason, "words": self.reason_words})
