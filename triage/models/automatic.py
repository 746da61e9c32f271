"""What the policy's rules decide by themselves: who looks at it again, and the switch that stops it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from triage.models.decision import Decision
from triage.states import Departure


class DecisionCheck(models.Model):
    """A decision of a rule that a person is to look at: one of the share that the version sets."""

    class Verdict(models.TextChoices):
        """What the person found."""

        CONFIRMED = "confirmed"
        REVERSED = "reversed"

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="check_of")
    verdict = models.CharField(max_length=9, choices=Verdict.choices, blank=True, db_default="")
    # Why it was reversed.
    departure = models.CharField(max_length=8, choices=Departure.choices, blank=True, db_default="")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="triage_decisioncheck_by_somebody",
                condition=Q(verdict="", departure="", checked_by=None, checked_at=None)
                | Q(verdict="confirmed", departure="", checked_by__isnull=False, checked_at__isnull=False)
                | Q(
                    verdict="reversed",
                    departure__in=Departure.values,
                    checked_by__isnull=False,
                    checked_at__isnull=False,
                ),
            )
        ]
        indexes = [models.Index(fields=["id"], name="triage_decisioncheck_waiting", condition=Q(verdict=""))]

    def __str__(self) -> str:
        return f"{self.verdict or 'unchecked'} {self.decision_id}"


class DecidingStop(models.Model):
    """While it stands a rule decides nothing by itself, or none does: what it would have decided waits for a person.

    ``rule_key`` is that of the rule in every version; without it all are meant.
    """

    rule_key = models.UUIDField(null=True)
    rule_name = models.CharField(max_length=60, blank=True)
    reason = models.TextField()
    stopped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule_key"],
                condition=Q(lifted_at=None),
                nulls_distinct=False,
                name="triage_decidingstop_once",
            ),
            models.CheckConstraint(
                name="triage_decidingstop_lifted_by_somebody",
                condition=Q(lifted_at=None, lifted_by=None) | Q(lifted_at__isnull=False, lifted_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reason
