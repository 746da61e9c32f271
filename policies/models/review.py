"""What happens to a version before it comes in force: reviews, comments, texts that were brought."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from policies.models.version import PolicyVersion
from teams.models import Department


class Review(models.Model):
    """That one person is asked for their word on a version, and what they said.

    A version that goes back to being a draft keeps what was said, with ``voided_at``:
    it was said of another text. Immutable with the version.
    """

    class Verdict(models.TextChoices):
        """What a reviewer says."""

        WAITING = "waiting", _("Not yet reviewed")
        APPROVED = "approved", _("Approves")
        CHANGES = "changes", _("Asks for changes")

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="policy_reviews")
    # The department they speak for, if one.
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="policy_reviews")
    verdict = models.CharField(max_length=8, choices=Verdict.choices, default=Verdict.WAITING)
    note = models.TextField(blank=True)
    said_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "reviewer"], condition=Q(voided_at=None), name="policies_review_once"
            ),
            models.CheckConstraint(
                name="policies_review_said_or_waiting",
                condition=Q(verdict="waiting", said_at=None) | ~Q(verdict="waiting") & Q(said_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer_id} on {self.version_id}: {self.verdict}"


class Comment(models.Model):
    """A remark on a clause of a draft or a version in review, or an answer to one.

    It names the clause by its key, so that it stays when the clause is written anew.
    """

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="comments")
    clause_key = models.UUIDField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    body = models.TextField(max_length=2000)
    written_at = models.DateTimeField()
    answers = models.ForeignKey("self", models.CASCADE, null=True, related_name="answered_by")
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="policies_comment_resolved_as_a_whole",
                condition=Q(answers__isnull=True) | Q(resolved_at__isnull=True),
            ),
            models.CheckConstraint(
                name="policies_comment_resolved_by_somebody",
                condition=Q(resolved_at__isnull=True, resolved_by__isnull=True)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["version", "clause_key"], name="policies_comment_of_clause")]

    def __str__(self) -> str:
        return f"{self.author_id} on {self.clause_key}"


class Upload(models.Model):
    """A text that somebody brought for the draft and has not taken yet; one for each editor."""

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="uploads")
    brought_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    brought_at = models.DateTimeField()
    document = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "brought_by"], name="policies_upload_one_each")]

    def __str__(self) -> str:
        return f"brought by {self.brought_by_id} for {self.version_id}"
