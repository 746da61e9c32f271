"""Answers worth keeping."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedAnswer(models.Model):
    """A text that may be used again, with an owner who keeps it true.

    ``clause_key`` names the clause of the policy behind it, whatever its version.
    ``{customer}``, ``{agent}``, ``{company}`` and ``{channel}`` are filled in when it is used.
    """

    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="saved_answers")
    clause_key = models.UUIDField(null=True, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    expires_on = models.DateField(_("to be reviewed on"), null=True, blank=True)
    is_retired = models.BooleanField(default=False)
    use_count = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    flagged_at = models.DateTimeField(null=True)
    search = models.GeneratedField(
        expression=SearchVector("title", "body", config="simple"), output_field=SearchVectorField(), db_persist=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(models.functions.Lower("title"), name="triage_savedanswer_title_once"),
        ]
        indexes = [GinIndex(fields=["search"], name="triage_savedanswer_search")]

    def __str__(self) -> str:
        return self.title
