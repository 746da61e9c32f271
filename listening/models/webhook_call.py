"""What other systems handed to us."""

from django.db import models

from listening.models.channel import Channel
from socialhub.lib.told import Told, read


class WebhookCall(models.Model):
    """One accepted call of a channel's webhook, stored as it came and read afterwards.

    ``event_id`` is a hash of the sender's, else of the body: a replay is known by it,
    so the row stays. ``outcome`` says what was made of it; the body goes after a month, read or
    not, and once it is read sooner where the policy lets anything received, or said, go sooner.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="webhook_calls")
    event_id = models.CharField(max_length=200)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    # A text of the catalogues, and the words in it: see ``outcome``.
    note = models.TextField(blank=True, db_default="")
    note_words = models.JSONField(default=dict, db_default={})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "event_id"], name="listening_webhookcall_once")]
        indexes = [
            models.Index(fields=["id"], name="listening_webhookcall_unread", condition=models.Q(read_at=None)),
            models.Index(fields=["channel", "-id"], name="listening_webhookcall_newest"),
            models.Index(fields=["received_at"], name="listening_webhookcall_body", condition=~models.Q(body=b"")),
        ]

    def __str__(self) -> str:
        return self.event_id

    @property
    def outcome(self) -> Told:
        """What was made of it, for each reader in their language."""
        return read({"text": self.note, "words": self.note_words})
