"""The word of others that an answer may go out."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from listening.models import Mention
from policies.models import Clause, PolicyVersion
from teams.models import Department
from teams.roles import Role
from triage.models.conversation import Conversation
from triage.states import ReplyKind, Split

# While it stands here it may still become an answer.
OPEN_STATES = ("asked", "approved", "edited")


class Approval(models.Model):
    """One exact text before those who must approve it; ``digest`` is its SHA-256.

    The text of an answer, or of a correction of the ``original``; of a removal it is the reason.

    An edited text is another approval: an approver's waits in ``edited_body`` until the
    author takes it, and what they then ask ``replaces`` this one. It holds under
    ``fence`` only, and until ``expires_at``.
    """

    class State(models.TextChoices):
        """Where it stands."""

        ASKED = "asked", _("Waiting for approval")
        APPROVED = "approved", _("Approved")
        EDITED = "edited", _("Approved with another text")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")
        REPLACED = "replaced", _("Replaced by another text")
        USED = "used", _("Sent")

    class Mode(models.TextChoices):
        """Whose word it takes."""

        ANY = "any", _("One of them")
        ALL = "all", _("All of them")
        IN_ORDER = "in_order", _("All of them, one after the other")

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="approvals")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="approvals_asked")
    kind = models.CharField(max_length=10, choices=ReplyKind.choices, default=ReplyKind.ANSWER)
    original = models.ForeignKey("triage.Reply", models.PROTECT, null=True, related_name="approvals_of_changes")
    body = models.TextField()
    # Where it is to go out as several posts: how, and their texts.
    split = models.CharField(max_length=8, choices=Split.choices, blank=True)
    parts = models.JSONField(default=list)
    edited_body = models.TextField(blank=True)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    digest = models.CharField(max_length=64)
    fence = models.PositiveIntegerField()
    answers = models.ForeignKey(Mention, models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    # Of whom it was asked: groups, each with its ``mode`` and whom it asks, and the rule's ``clause`` where a
    # clause asks and not the decision. Every group has to give its word. ``mode`` is that of the only group.
    needed = models.JSONField(default=list)
    mode = models.CharField(max_length=8, choices=Mode.choices)
    # The author wishes it to go out with the last word that it takes.
    sends_when_approved = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(state__in=["asked", "approved", "edited"], original=None),
                name="triage_approval_open_once",
            ),
            models.UniqueConstraint(
                fields=["original"],
                condition=Q(state__in=["asked", "approved", "edited"], original__isnull=False),
                name="triage_approval_of_change_open_once",
            ),
            models.CheckConstraint(
                name="triage_approval_change_has_original",
                condition=Q(kind="answer", original=None) | ~Q(kind="answer") & Q(original__isnull=False),
            ),
            models.CheckConstraint(
                name="triage_approval_edited_has_text", condition=~Q(state="edited") | ~Q(edited_body="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                name="triage_approval_open",
                condition=Q(state__in=["asked", "approved", "edited"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} on {self.conversation_id}"


class ApprovalStep(models.Model):
    """One person, department or role whose word is asked; with both, those of the department who have the role.

    ``author`` repeats who wrote the text, so that the row itself can refuse their word.
    """

    class Verdict(models.TextChoices):
        """What they said."""

        APPROVED = "approved", _("Approved")
        EDITED = "edited", _("Approved with another text")
        REJECTED = "rejected", _("Rejected")

    approval = models.ForeignKey(Approval, models.CASCADE, related_name="steps")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    # Those who are asked together, whose word it takes of them, and the clause whose rule asks; none: the decision.
    group = models.PositiveSmallIntegerField(default=0)
    mode = models.CharField(max_length=8, choices=Approval.Mode.choices)
    clause = models.ForeignKey(Clause, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="approval_steps")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="approval_steps")
    role = models.CharField(max_length=20, choices=Role.choices, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["approval", "position"], name="triage_approvalstep_position_once"),
            models.CheckConstraint(
                name="triage_approvalstep_one_asked",
                condition=Q(person__isnull=False, department=None, role="")
                | Q(person=None, department__isnull=False)
                | Q(person=None, department=None) & ~Q(role=""),
            ),
            models.CheckConstraint(
                name="triage_approvalstep_never_by_its_author",
                condition=Q(decided_by=None) | ~Q(decided_by=F("author")),
            ),
            models.CheckConstraint(
                name="triage_approvalstep_verdict_has_person",
                condition=Q(verdict="", decided_by=None, decided_at=None)
                | ~Q(verdict="") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"step {self.position} of {self.approval_id}"
