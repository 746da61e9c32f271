"""What the dashboards read."""

from django.db import models
from django.db.models import Q


class RollupPosition(models.Model):
    """How far the events have been counted: everything up to (transaction, event), one row.

    The numbers of transactions mean something only within one database cluster.
    ``cluster`` names the one in which the position was reached. Events up to
    ``settled_id`` came with a restored dump: all of them are there, whatever
    their transaction, and all of them are counted.
    """

    transaction = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    cluster = models.BigIntegerField(default=0)
    settled_id = models.BigIntegerField(default=0)
    rolled_up_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="insights_rollupposition_one_row")]

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
    """How long one conversation took, in seconds from its opening, and whether it waits for us now.

    ``waiting_since`` and ``due_at`` are set exactly while somebody here has to do
    something: decide, claim or answer.
    """

    conversation_id = models.BigIntegerField(primary_key=True)
    channel_id = models.BigIntegerField()
    department_id = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField()
    decide_seconds = models.PositiveIntegerField(null=True)
    claim_seconds = models.PositiveIntegerField(null=True)
    answer_seconds = models.PositiveIntegerField(null=True)
    outcome = models.CharField(max_length=12, blank=True)
    stage = models.CharField(max_length=10, blank=True)
    waiting_since = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["opened_at", "department_id"], name="insights_timing_window"),
            # All that the backlog asks is in the index, and only what waits is in it.
            models.Index(
                fields=["waiting_since"],
                name="insights_timing_waiting",
                condition=Q(waiting_since__isnull=False),
                include=["department_id", "stage", "due_at"],
            ),
        ]

    def __str__(self) -> str:
        return str(self.conversation_id)
