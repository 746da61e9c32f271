"""The written policy."""

import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from teams.models import User

# The states of the one version that is being written or reviewed.
EDITED = ("draft", "in_review")
MOST_GRACE_DAYS = 90
USUAL_PASS_MARK = 80


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    """Reads that more than one caller needs."""

    def in_force(self) -> "PolicyVersionQuerySet":
        """Keep the one version that binds everybody now."""
        return self.filter(state=PolicyVersion.State.IN_FORCE)

    def edited(self) -> "PolicyVersionQuerySet":
        """Keep the one version that is being written or reviewed."""
        return self.filter(state__in=EDITED)

    def scheduled(self) -> "PolicyVersionQuerySet":
        """Keep those that will come in force by themselves, the next one first."""
        return self.filter(state=PolicyVersion.State.SCHEDULED).order_by("scheduled_for")

    def coming(self) -> "PolicyVersionQuerySet":
        """Keep what is agreed on and not in force yet, the oldest first."""
        return self.filter(state__in=[PolicyVersion.State.APPROVED, PolicyVersion.State.SCHEDULED]).order_by("number")

    def former_of(self, version: "PolicyVersion | None") -> "PolicyVersion | None":
        """Return what ``version`` replaced or will replace; for None, what the next draft will.

        Until it is in force, that is the last one scheduled before it, else the one in force.
        """
        if version is not None and version.in_force_from is not None:
            return self.filter(in_force_until=version.in_force_from).first()
        before = Q(state=PolicyVersion.State.SCHEDULED)
        if version is not None and version.scheduled_for is not None:
            before &= Q(scheduled_for__lt=version.scheduled_for)
        # By name, "in_force" comes before "scheduled".
        return self.filter(before | Q(state=PolicyVersion.State.IN_FORCE)).order_by("state", "scheduled_for").last()

    def visible_to(self, user: User) -> "PolicyVersionQuerySet":
        """Keep what ``user`` may read: before a version is scheduled only editors and its reviewers see it."""
        if user.rights.may("policy.edit"):
            return self
        is_public = ~Q(state__in=[*EDITED, PolicyVersion.State.APPROVED])
        is_mine = Q(reviews__reviewer=user, reviews__voided_at=None) & ~Q(state=PolicyVersion.State.DRAFT)
        return self.filter(is_public | Q(pk__in=self.model.objects.filter(is_mine).values("pk")))

    def newest_first(self) -> "PolicyVersionQuerySet":
        """Order as the list of versions shows them."""
        return self.order_by("-number")


class PolicyVersion(models.Model):
    """One version of the social media policy.

    A draft changes freely; what it says is frozen from its review on, and once in force
    it is immutable (triggers refuse). At most one is written or reviewed, and exactly one
    is in force at any moment (partial unique and exclusion constraints).
    """

    class State(models.TextChoices):
        """Where a version stands."""

        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved")
        SCHEDULED = "scheduled", _("Scheduled")
        IN_FORCE = "in_force", _("In force")
        RETIRED = "retired", _("Retired")

    number = models.PositiveIntegerField(unique=True)
    title = models.CharField(_("title"), max_length=120)
    summary = models.TextField(_("what changes, and why"), blank=True)
    # Whether a word of thanks at the end neither reopens a conversation nor starts a clock.
    passes_over_thanks = models.BooleanField(default=True)
    # Of a hundred decisions that its rules make by themselves, so many are looked at by a person.
    checked_share = models.PositiveSmallIntegerField(default=10)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Why it came in force unreviewed, or without having been tried on the past.
    reason = models.TextField(blank=True)
    scheduled_for = models.DateTimeField(null=True)
    # What it said when it was last tried on the past; see ``policies.services.trials``.
    tried_fingerprint = models.CharField(max_length=32, blank=True)
    tried_at = models.DateTimeField(null=True)
    in_force_from = models.DateTimeField(null=True)
    in_force_until = models.DateTimeField(null=True)
    # For so long after it came in force people go on who had attested what bound them before.
    grace_days = models.PositiveSmallIntegerField(_("days of grace"), default=0)
    # How many of a hundred questions of its quiz must be answered right.
    pass_mark = models.PositiveSmallIntegerField(_("pass mark"), default=USUAL_PASS_MARK)
    # The questions of its guide; see ``policies.engine.guide``.
    guide = models.JSONField(default=list, blank=True)
    # Written when it comes in force; see ``policies.services.binding``. Who attested a version
    # that came in force at ``binds_from`` or later is bound by nothing that they have not read.
    binds_from = models.DateTimeField(null=True)
    # Until ``grace_until`` one that came in force at ``grace_from`` or later is enough.
    grace_from = models.DateTimeField(null=True)
    grace_until = models.DateTimeField(null=True)

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="policies_policyversion_share_of_a_hundred", condition=Q(checked_share__range=(0, 100))
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="in_force"), name="policies_policyversion_one_in_force"
            ),
            models.UniqueConstraint(
                Value(1), condition=Q(state__in=["draft", "in_review"]), name="policies_policyversion_one_edited"
            ),
            models.UniqueConstraint(
                fields=["scheduled_for"], condition=Q(state="scheduled"), name="policies_policyversion_one_at_a_time"
            ),
            models.CheckConstraint(
                name="policies_policyversion_state_has_times",
                condition=(
                    Q(
                        state__in=["draft", "in_review", "approved"],
                        scheduled_for__isnull=True,
                        in_force_from__isnull=True,
                        in_force_until__isnull=True,
                    )
                    | Q(
                        state="scheduled",
                        scheduled_for__isnull=False,
                        in_force_from__isnull=True,
                        in_force_until__isnull=True,
                    )
                    | Q(state="in_force", in_force_from__isnull=False, in_force_until__isnull=True)
                    | Q(state="retired", in_force_from__isnull=False, in_force_until__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="policies_policyversion_grace_within_a_quarter", condition=Q(grace_days__lte=MOST_GRACE_DAYS)
            ),
            models.CheckConstraint(
                name="policies_policyversion_pass_mark_of_a_hundred", condition=Q(pass_mark__range=(1, 100))
            ),
            models.CheckConstraint(
                name="policies_policyversion_grace_is_whole",
                condition=Q(grace_from=None, grace_until=None)
                | Q(grace_from__isnull=False, grace_until__isnull=False, binds_from__isnull=False),
            ),
            ExclusionConstraint(
                name="policies_policyversion_no_overlap",
                expressions=[
                    (
                        Func(
                            F("in_force_from"),
                            F("in_force_until"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    )
                ],
                condition=Q(in_force_from__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Version {self.number}"


class Clause(models.Model):
    """One numbered clause of a version; ``key`` stays the same from version to version.

    ``number`` is its place in the document, ``label`` what people call it: clauses of the
    first ``level`` are 1, 2, 3, those of the second below them 1.1, 1.2.
    """

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="clauses")
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    number = models.PositiveSmallIntegerField(_("number"))
    level = models.PositiveSmallIntegerField(default=1)
    label = models.CharField(max_length=12, editable=False)
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), max_length=20_000)
    # The dispositions that its rules may decide by themselves; empty: none.
    may_decide = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    # Whether it binds people otherwise than the version before: who attested that one attests anew.
    is_substantial = models.BooleanField(_("changes what binds people"), default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "number"],
                name="policies_clause_number_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["version", "key"], name="policies_clause_key_once"),
            models.CheckConstraint(name="policies_clause_level_known", condition=Q(level__in=[1, 2])),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.title}"
