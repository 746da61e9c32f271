"""Versions of the policy that are tried on the past, and what came of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from policies.models import PolicyVersion

# Still at work.
UNDERWAY = ("queued", "running")


class BackTest(models.Model):
    """One trial of one version: every conversation that began in a period is decided again.

    Kept as evidence with ``result`` (see ``triage.services.backtesting_tally``), which
    ends when the version does. At most one of a version is underway (constraint).
    """

    class State(models.TextChoices):
        """How far it has come."""

        QUEUED = "queued", _("Waiting to begin")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Stopped")

    class Problem(models.TextChoices):
        """Why it stopped by itself."""

        CHANGED = "changed", _("The version was changed while it was tried, so the result would be of no text at all.")
        UNREADABLE = "unreadable", _("A rule of the version cannot be carried out.")
        STUMBLED = "stumbled", _("It stopped several times at the same place. The log of the worker says why.")

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="back_tests", db_index=False)
    # What the version said: ``policies.services.trials.content_fingerprint``.
    fingerprint = models.CharField(max_length=32)
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    problem = models.CharField(max_length=10, choices=Problem.choices, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    total_count = models.PositiveIntegerField(default=0)
    # Known at the end; before, the parts know.
    done_count = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(state__in=UNDERWAY), name="triage_backtest_one_underway"
            ),
            models.CheckConstraint(name="triage_backtest_period_ends_later", condition=Q(since__lt=models.F("until"))),
            models.CheckConstraint(
                name="triage_backtest_state_has_times",
                condition=Q(state__in=UNDERWAY, finished_at__isnull=True)
                | Q(state__in=["done", "cancelled", "failed"], finished_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["version", "-id"], name="triage_backtest_of_version")]

    def __str__(self) -> str:
        return f"{self.version_id} from {self.since} to {self.until}"

    @property
    def is_underway(self) -> bool:
        """Whether it is still at work."""
        return self.state in UNDERWAY


class BackTestPart(models.Model):
    """A stretch of conversations that one worker tries; deleted when the whole is done.

    ``next_id`` and ``tally`` move in one guarded UPDATE, so that what a killed worker had
    not saved is tried again and nothing is counted twice, however many work on it.
    """

    back_test = models.ForeignKey(BackTest, models.CASCADE, related_name="parts")
    next_id = models.BigIntegerField()
    # The first conversation that is not of this part any more.
    end_id = models.BigIntegerField()
    done_count = models.PositiveIntegerField(default=0)
    tally = models.JSONField(default=dict)
    # The last sign of life, and how often a worker was lost since the last progress.
    moved_at = models.DateTimeField()
    stumbles = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.next_id} to {self.end_id} of {self.back_test_id}"

    @property
    def is_done(self) -> bool:
        """Whether all its conversations were tried."""
        return self.next_id >= self.end_id
