"""Views of the inbox that people saved."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from teams.models import Department, User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Reads that more than one caller needs."""

    def visible_to(self, user: User) -> "SavedViewQuerySet":
        """Keep a person's own and what is shared with departments of which they see everything."""
        if not user.rights.may_somewhere("conversation.view"):
            return self.none()
        if user.rights.everywhere("conversation.view"):
            return self.filter(Q(owner=user) | Q(department__isnull=False))
        return self.filter(Q(owner=user) | Q(department__in=user.rights.departments_for("conversation.view")))

    def in_order(self) -> "SavedViewQuerySet":
        """Order as the menu does: one's own first, then those of each department."""
        return self.order_by(F("department").asc(nulls_first=True), "position", "pk")


class SavedView(models.Model):
    """A filter under a name: its owner's alone, or shared with a department.

    Of a shared one everybody sees what concerns the department, and of that what they
    may see. ``count`` is how many there are, up to ``triage.services.counting_views.MOST``,
    as of ``counted_at``; none where nobody knows. Counted only while somebody looks.
    """

    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    sort = models.CharField(max_length=8, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", db_index=False)
    department = models.ForeignKey(
        Department, models.CASCADE, null=True, blank=True, related_name="saved_views", db_index=False
    )
    position = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    count = models.PositiveSmallIntegerField(null=True)
    counted_at = models.DateTimeField(null=True)
    # How long that took, so that what is slow is counted less often.
    count_seconds = models.FloatField(db_default=0.0)
    looked_at = models.DateTimeField()

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], name="triage_savedview_name_once", condition=Q(department=None)
            ),
            models.UniqueConstraint(
                fields=["department", "name"],
                name="triage_savedview_shared_name_once",
                condition=Q(department__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["looked_at"], name="triage_savedview_looked"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def slug(self) -> str:
        """Its part of an address of the inbox."""
        return f"view-{self.pk}"
