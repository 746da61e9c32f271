"""A claim on its way from one person to another."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from triage.models.conversation import Conversation


class HandOver(models.Model):
    """That the holder asks somebody to take a conversation over; it stays with the giver until accepted.

    ``fence`` is that under which the giver asked: once the pen has changed hands
    otherwise, the asking is void.
    """

    class Answer(models.TextChoices):
        """What became of it."""

        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        VOID = "void", _("Overtaken by something else")

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="hand_overs")
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="hand_overs")
    note = models.TextField(blank=True)
    fence = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation"], condition=Q(answer=""), name="triage_handover_open_once"),
            models.CheckConstraint(name="triage_handover_to_another", condition=~Q(taker=F("giver"))),
            models.CheckConstraint(
                name="triage_handover_answer_has_time",
                condition=Q(answer="", answered_at=None) | ~Q(answer="") & Q(answered_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["taker"], name="triage_handover_asked", condition=Q(answer=""))]

    def __str__(self) -> str:
        return f"{self.giver_id} to {self.taker_id} on {self.conversation_id}"


class TakeOver(models.Model):
    """That somebody took a conversation from its holder, and why; kept beside its event, which names no reason."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="take_overs")
    former = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # Whom it was offered to, where it went back to the queue.
    given_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="triage_takeover_from_another", condition=~Q(former=F("actor"))),
            models.CheckConstraint(name="triage_takeover_has_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} from {self.former_id} on {self.conversation_id}"
