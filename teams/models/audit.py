"""The record of administrative changes."""

from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """One change of people, rights, departments, channels or keys. Append-only by a trigger."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="audit_entries")
    verb = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["-id"], name="teams_auditentry_newest")]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"
