"""What the dashboards read."""

from django.db import models


class RollupPosition(models.Model):
    """How far the events have been counted: everything up to (transaction, event), one row."""

    transaction = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    rolled_up_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="insights_rollupposition_one_row")]

    def __str__(self) -> str:
        return f"{self.transaction}/{self.event_id}"


class HourlyCount(models.Model):
    """How often something happened in one hour (UTC). Ids without foreign keys: a row is a number."""

    class Measure(models.TextChoices):
        """What is counted."""

        HEARD = "heard"
        DECIDED = "decided"
        ANSWERED = "answered"
        NOT_ANSWERED = "not_answered"
        NEVER_HANDLED = "never_handled"
        CLOSED = "closed"
        REOPENED = "reopened"

    hour = models.DateTimeField()
    measure = models.CharField(max_length=16, choices=Measure.choices)
    channel_id = models.BigIntegerField()
    department_id = models.BigIntegerField(null=True)
    # positive, neutral, negative, or empty where it was not measured.
    sentiment = models.CharField(max_length=8, blank=True)
    n = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "measure", "channel_id", "department_id", "sentiment"],
                name="insights_hourlycount_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.n} {self.measure} at {self.hour}"


class Timing(models.Model):
    """How long one conversation took, in seconds from its opening."""

    conversation_id = models.BigIntegerField(primary_key=True)
    channel_id = models.BigIntegerField()
    department_id = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField()
    decide_seconds = models.PositiveIntegerField(null=True)
    claim_seconds = models.PositiveIntegerField(null=True)
    answer_seconds = models.PositiveIntegerField(null=True)
    outcome = models.CharField(max_length=12, blank=True)

    class Meta:
        indexes = [models.Index(fields=["opened_at", "department_id"], name="insights_timing_window")]

    def __str__(self) -> str:
        return str(self.conversation_id)
