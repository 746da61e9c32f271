"""Conversations that a person has made one."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from triage.models.conversation import Conversation


class Merge(models.Model):
    """That somebody let the thread of ``source`` go on in ``target``, and what has to be known to undo it.

    ``mentions``, ``notes`` and ``drafts`` are what moved; ``former`` is how the source stood
    and ``changed`` what the target had that was changed for it: codes, ids and moments, no words.
    A conversation is in one merge at a time (constraint); ``undone_at`` ends it.
    """

    source = models.ForeignKey(Conversation, models.PROTECT, related_name="merges_into", db_index=False)
    target = models.ForeignKey(Conversation, models.PROTECT, related_name="merges_from", db_index=False)
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    mentions = ArrayField(models.BigIntegerField())
    notes = ArrayField(models.BigIntegerField())
    drafts = ArrayField(models.BigIntegerField())
    former = models.JSONField()
    changed = models.JSONField(default=dict)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(undone_at=None), name="triage_merge_into_one_at_a_time"
            ),
            models.CheckConstraint(name="triage_merge_not_into_itself", condition=~Q(source=models.F("target"))),
            models.CheckConstraint(
                name="triage_merge_undone_by_somebody",
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["target", "-id"], name="triage_merge_into", condition=Q(undone_at=None))]

    def __str__(self) -> str:
        return f"{self.source_id} into {self.target_id}"
