"""Exceptions from a clause."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from teams.models import Department


class WaiverQuerySet(models.QuerySet["Waiver"]):
    """Reads that more than one caller needs."""

    def standing(self, at: datetime) -> "WaiverQuerySet":
        """Keep those that hold at a moment."""
        return self.filter(granted_at__lte=at, until__gt=at, revoked_at=None)


class Waiver(models.Model):
    """That a clause does not hold for a person or a department until a moment, and why.

    It names the clause by its key, so that it goes on when another version comes in force.
    Nothing but its end can be written later (trigger).
    """

    clause_key = models.UUIDField()
    # What the clause was called when it was granted.
    clause_name = models.CharField(max_length=140)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="waivers")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="waivers")
    reason = models.TextField(_("reason"), max_length=1000)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    until = models.DateTimeField()
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    objects = WaiverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="policies_waiver_for_one",
                condition=Q(person=None, department__isnull=False) | Q(person__isnull=False, department=None),
            ),
            models.CheckConstraint(name="policies_waiver_ends_later", condition=Q(until__gt=F("granted_at"))),
            models.CheckConstraint(
                name="policies_waiver_revoked_by_somebody",
                condition=Q(revoked_by=None, revoked_at=None) | Q(revoked_by__isnull=False, revoked_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["clause_key"], name="policies_waiver_of_clause")]

    def __str__(self) -> str:
        return f"{self.clause_name} until {self.until}"
