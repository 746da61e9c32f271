"""What the triage owner decided."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from policies.models import Clause, PolicyVersion, Rule
from teams.models import Department
from triage.models.conversation import Conversation
from triage.states import Departure, Disposition, Priority, Reason, Visibility


class Decision(models.Model):
    """One recorded decision; the latest of a conversation is in force. Append-only by a trigger."""

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="decisions")
    disposition = models.CharField(max_length=20, choices=Disposition.choices, blank=True)
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
    # Why it departs from what was suggested; asked where it is the first on the suggestion.
    departure = models.CharField(max_length=8, choices=Departure.choices, blank=True, db_default="")
    tags = models.JSONField(default=list, blank=True, db_default=[])
    # How the guide of that version was walked: each step with its ``question``, ``answer``, ``by`` and ``evidence``.
    guide = models.JSONField(default=list, blank=True, db_default=[])
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="decisions")
    # The rule that decided by itself, as its clause allows.
    decided_by_rule = models.ForeignKey(Rule, models.PROTECT, null=True, related_name="decisions", db_index=False)
    # What a rule had decided, and this decides otherwise or once more; or what its own author took back.
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversed_by", db_index=False)
    # Whether it only says again what was in force before the one that it reverses: nothing, without a disposition.
    is_undoing = models.BooleanField(default=False, db_default=False)
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
                )
                | Q(disposition="", is_undoing=True, department__isnull=True, visibility="", reason=""),
            ),
            models.CheckConstraint(
                name="triage_decision_undoes_one",
                condition=Q(is_undoing=False) | Q(reverses__isnull=False, offered_to__isnull=True),
            ),
            models.CheckConstraint(
                name="triage_decision_by_a_person_or_a_rule",
                condition=Q(decided_by__isnull=False, decided_by_rule=None)
                | Q(decided_by=None, decided_by_rule__isnull=False, departure=""),
            ),
            models.CheckConstraint(
                name="triage_decision_departure_departs",
                condition=Q(departure="")
                | Q(departure__in=Departure.values, follows_suggestion__isnull=False, follows_suggestion=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.disposition} on {self.conversation_id}"

    def of_rule(self) -> "Decision | None":
        """Return the decision of a rule that is in force by this one: itself, or the one that it says again."""
        said = self.reverses.reverses if self.is_undoing and self.reverses is not None else self
        return said if said is not None and said.decided_by_rule_id is not None else None
