"""How steps ended, and who was told that they do not."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from teams.models import Department
from triage.models.conversation import Conversation
from triage.models.event import Event
from triage.states import DueFor


class ClockEnd(models.Model):
    """That a step ended, and whether it was in time: what reports count.

    Written when a step is done, and when one is given up that was late already. ``due_at``
    is the deadline as it was shown, with the end of the network's window for answers.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="clock_ends")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+", db_index=False)
    step = models.CharField(max_length=8, choices=DueFor.choices)
    priority = models.PositiveSmallIntegerField()
    # The policy version under which the clock ran; see ``Conversation.due_under``.
    under = models.BigIntegerField(null=True)
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    missed = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["ended_at", "id"], name="triage_clockend_by_time")]

    def __str__(self) -> str:
        return f"{self.step} of {self.conversation_id} by {self.due_at}"


class Escalation(models.Model):
    """That a rule of escalation was asked about a deadline, once; ``event`` tells who was told, if it applied.

    Acknowledged by whoever acts: the end of the step.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="escalations", db_index=False)
    step = models.CharField(_("step"), max_length=8, choices=DueFor.choices)
    deadline_at = models.DateTimeField()
    # ``Rule.key``: the same rule in the next version does not tell again.
    rule_key = models.UUIDField()
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "step", "deadline_at", "rule_key"], name="triage_escalation_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.step} of {self.conversation_id} by {self.rule_key}"
