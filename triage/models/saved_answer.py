"""Answers worth keeping."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from triage.models.conversation import Conversation
from triage.models.reply import Reply


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


class AnswerUse(models.Model):
    """That somebody put a saved answer into a draft; ``reply`` is the answer that took it along.

    What was taken out of the draft again stays without one, and counts as no use.
    """

    saved_answer = models.ForeignKey(SavedAnswer, models.CASCADE, related_name="uses")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    reply = models.ForeignKey(Reply, models.CASCADE, null=True, related_name="saved_answers")
    inserted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["saved_answer", "conversation", "author"],
                condition=Q(reply=None),
                name="triage_answeruse_waits_once",
            ),
            models.UniqueConstraint(fields=["saved_answer", "reply"], name="triage_answeruse_counts_once"),
        ]
        indexes = [models.Index(fields=["saved_answer", "-id"], name="triage_answeruse_newest")]

    def __str__(self) -> str:
        return f"{self.saved_answer_id} in {self.conversation_id}"
