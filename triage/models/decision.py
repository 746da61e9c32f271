"""What the triage owner decided."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from policies.models import Clause, PolicyVersion
from teams.models import Department
from triage.models.conversation import Conversation
from triage.states import Disposition, Priority, Reason, Visibility


class Decision(models.Model):
    """One recorded decision; the latest of a conversation is in force. Append-only by a trigger."""

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="decisions")
    disposition = models.CharField(max_length=20, choices=Disposition.choices)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices)
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="decisions")
    visibility = models.CharField(max_length=8, choices=Visibility.choices, blank=True)
    offered_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True)
    # Whose word the answer needs: ``mode`` and ``asked``, as in ``triage.models.approval``; empty when nobody's.
    approval = models.JSONField(default=dict, blank=True)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="decisions")
    clause = models.ForeignKey(Clause, models.PROTECT, null=True, related_name="decisions")
    follows_suggestion = models.BooleanField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="triage_decision_answer_has_department",
                condition=(
                    Q(disposition="no_response", department__isnull=True, offered_to__isnull=True, visibility="")
                    & ~Q(reason="")
                )
                | (
                    Q(disposition__in=["customer_service", "public_response"], department__isnull=False, reason="")
                    & ~Q(visibility="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.disposition} on {self.conversation_id}"
