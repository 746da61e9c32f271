"""What a department wrote down."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from teams.models import Department, User
from triage.models import Conversation


class TakeawayQuerySet(models.QuerySet["Takeaway"]):
    """Reads that more than one caller needs."""

    def visible_to(self, user: User) -> "TakeawayQuerySet":
        """Keep those from conversations that ``user`` may see."""
        if user.rights.everywhere("conversation.view"):
            return self
        return self.filter(conversation__in=Conversation.objects.visible_to(user))

    def newest_first(self) -> "TakeawayQuerySet":
        """Load everything that a list shows, the latest first."""
        return self.select_related("department", "author", "conversation").order_by("-pk")


class Takeaway(models.Model):
    """What a department takes away from a conversation that somebody may or may not answer."""

    class Kind(models.TextChoices):
        """What it is good for."""

        LEAD = "lead", pgettext_lazy("takeaway", "Lead")
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

    objects = TakeawayQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["department", "-id"], name="insights_takeaway_newest")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.conversation_id}"
