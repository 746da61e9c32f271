"""The far side of the practice channel."""

from django.db import models

from listening.models.channel import Channel


class PracticePost(models.Model):
    """A reply that the practice network accepted; ``key`` is what makes it accept each only once.

    When ``follow_up_at`` has come, the invented customer writes back.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="practice_posts")
    key = models.UUIDField(unique=True)
    text = models.TextField()
    in_reply_to = models.CharField(max_length=500)
    posted_at = models.DateTimeField()
    follow_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "follow_up_at"],
                name="listening_practicepost_due",
                condition=models.Q(follow_up_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.key)
