"""What belongs to a declared incident."""

from django.conf import settings
from django.db import models

from policies.models import Incident
from triage.models.conversation import Conversation


class IncidentPart(models.Model):
    """That a conversation belongs to an incident: by its condition, or since a person said so (``IncidentWord``)."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="parts", db_index=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="incident_parts")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "conversation"], name="triage_incidentpart_once")]

    def __str__(self) -> str:
        return f"{self.conversation_id} belongs to {self.incident_id}"


class IncidentWord(models.Model):
    """What a person said of whether a conversation belongs to an incident: it stands over the condition.

    There is one only where the condition says otherwise. It holds for the rules, too.
    """

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="words", db_index=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="incident_words")
    belongs = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "conversation"], name="triage_incidentword_once")]

    def __str__(self) -> str:
        return f"{self.conversation_id} belongs to {self.incident_id}: {self.belongs}"


class IncidentSearch(models.Model):
    """How far the open conversations were held against an incident, as it was in its ``revision``."""

    incident = models.OneToOneField(Incident, models.CASCADE, primary_key=True, related_name="search")
    revision = models.PositiveIntegerField()
    # Everything up to this conversation has been looked at.
    after_id = models.BigIntegerField(default=0)
    looked_count = models.PositiveIntegerField(default=0)
    total_count = models.PositiveIntegerField(default=0)
    moved_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "incident searches"

    def __str__(self) -> str:
        return f"{self.looked_count} of {self.total_count} for {self.incident_id}"
