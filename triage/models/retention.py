"""What is erased when its time has come, and what keeps it from being erased."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from listening.models import Profile
from policies.models import PolicyVersion
from triage.models.conversation import Conversation


class LegalHold(models.Model):
    """While it stands, nothing of a conversation is erased, or nothing of what an author said or will say.

    Placed on an author it reaches the profiles that are known to be the same person, too. Never
    deleted, and nothing but its lifting is ever added (trigger).
    """

    conversation = models.ForeignKey(Conversation, models.PROTECT, null=True, related_name="holds")
    profile = models.ForeignKey(Profile, models.PROTECT, null=True, related_name="holds")
    reason = models.TextField()
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    # When somebody is to look whether it is still needed; it does not end by itself.
    review_on = models.DateField(null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_because = models.TextField(blank=True)
    # What it was placed on became part of another conversation, or came from one: that of the first.
    follows = models.ForeignKey("self", models.PROTECT, null=True, related_name="followed_by")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="triage_legalhold_on_one_thing",
                condition=Q(conversation__isnull=False, profile=None) | Q(conversation=None, profile__isnull=False),
            ),
            models.CheckConstraint(name="triage_legalhold_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="triage_legalhold_lifted_by_somebody",
                condition=Q(lifted_at=None, lifted_by=None, lifted_because="")
                | Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lifted_because=""),
            ),
        ]
        indexes = [
            models.Index(fields=["lifted_at"], name="triage_legalhold_lifted", condition=Q(lifted_at__isnull=False))
        ]

    def __str__(self) -> str:
        return self.reason[:60]


class RetentionRun(models.Model):
    """One walk of the eraser under one version; at most one is underway (constraint).

    ``stretches`` are what it walks through: what is erased, and from which moment of closing
    to which. ``place`` is how far it has come; both move in one guarded UPDATE with the counts.
    """

    class State(models.TextChoices):
        """How far it has come."""

        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="retention_runs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    # Everything was looked at, not only what came of age since the last run.
    is_whole = models.BooleanField()
    stretches = models.JSONField(default=list)
    place = models.JSONField(default=list)
    moved_at = models.DateTimeField()
    looked_count = models.PositiveIntegerField(default=0)
    # What was let go, by rule: its key, with what it is called and how many.
    erased = models.JSONField(default=dict)
    held_count = models.PositiveIntegerField(default=0)
    busy_count = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="triage_retentionrun_one_underway"
            ),
            models.CheckConstraint(
                name="triage_retentionrun_state_has_times",
                condition=Q(state="running", finished_at=None)
                | ~Q(state="running") & Q(finished_at__isnull=False, finished_at__gte=F("started_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} since {self.started_at}"
