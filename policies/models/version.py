"""The written policy."""

import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    """Reads that more than one caller needs."""

    def in_force(self) -> "PolicyVersionQuerySet":
        """Keep the one version that binds everybody now."""
        return self.filter(state=PolicyVersion.State.IN_FORCE)

    def newest_first(self) -> "PolicyVersionQuerySet":
        """Order as the list of versions shows them."""
        return self.order_by("-number")


class PolicyVersion(models.Model):
    """One version of the social media policy.

    A draft changes freely. Once in force it is immutable (a trigger refuses), and
    exactly one is in force at any moment (partial unique and exclusion constraints).
    """

    class State(models.TextChoices):
        """Where a version stands."""

        DRAFT = "draft", _("Draft")
        IN_FORCE = "in_force", _("In force")
        RETIRED = "retired", _("Retired")

    number = models.PositiveIntegerField(unique=True)
    title = models.CharField(_("title"), max_length=120)
    summary = models.TextField(_("what changes, and why"), blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    in_force_from = models.DateTimeField(null=True)
    in_force_until = models.DateTimeField(null=True)

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="in_force"), name="policies_policyversion_one_in_force"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="draft"), name="policies_policyversion_one_draft"
            ),
            models.CheckConstraint(
                name="policies_policyversion_state_has_times",
                condition=(
                    Q(state="draft", in_force_from__isnull=True, in_force_until__isnull=True)
                    | Q(state="in_force", in_force_from__isnull=False, in_force_until__isnull=True)
                    | Q(state="retired", in_force_from__isnull=False, in_force_until__isnull=False)
                ),
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
    """One numbered clause of a version; ``key`` stays the same from version to version."""

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="clauses")
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), max_length=20_000)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "number"],
                name="policies_clause_number_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["version", "key"], name="policies_clause_key_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"
