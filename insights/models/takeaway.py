"""What a department wrote down."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from teams.models import Department
from triage.models import Conversation


class Takeaway(models.Model):
    """What a department takes away from a conversation that somebody may or may not answer."""

    class Kind(models.TextChoices):
        """What it is good for."""

        LEAD = "lead", _("Lead")
        IDEA = "idea", _("Product idea")
        CANDIDATE = "candidate", _("Candidate")
        RISK = "risk", _("Risk")
        COMPETITOR = "competitor", _("Competitor's move")
        PRAISE = "praise", _("Praise to pass on")
        OTHER = "other", _("Something else")

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="takeaways")
    department = models.ForeignKey(Department, models.PROTECT, related_name="takeaways")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="takeaways")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    text = models.TextField(_("what we take away"), max_length=4000)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["department", "-id"], name="insights_takeaway_newest")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.conversation_id}"
