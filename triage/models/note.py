"""What colleagues say to each other beside a conversation."""

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from socialhub.lib.stemming import in_every_language
from teams.models import Department
from triage.models.conversation import Conversation


class Note(models.Model):
    """A note inside the company; never sent. ``answers`` is the note whose question it answers.

    ``key`` tells a second click from a second note.
    """

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notes")
    body = models.TextField()
    written_at = models.DateTimeField()
    answers = models.ForeignKey("self", models.CASCADE, null=True, related_name="answered_by")
    key = models.UUIDField(unique=True, db_default=RandomUUID())
    search = models.GeneratedField(
        expression=in_every_language("body"), output_field=SearchVectorField(), db_persist=True
    )

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "id"], name="triage_note_thread"),
            GinIndex(fields=["search"], name="triage_note_search"),
            models.Index(fields=["-written_at", "-id"], name="triage_note_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.author_id} on {self.conversation_id}"


class NoteAsk(models.Model):
    """That a note asks a colleague or a department; ``answered_at`` is when one of them wrote back."""

    note = models.ForeignKey(Note, models.CASCADE, related_name="asks")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="note_asks")
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="note_asks")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="triage_noteask_one_asked",
                condition=Q(person__isnull=False, department=None) | Q(person=None, department__isnull=False),
            ),
            models.UniqueConstraint(fields=["note", "person"], name="triage_noteask_person_once"),
            models.UniqueConstraint(fields=["note", "department"], name="triage_noteask_department_once"),
        ]
        indexes = [
            models.Index(fields=["person"], name="triage_noteask_of_person", condition=Q(answered_at=None)),
            models.Index(fields=["department"], name="triage_noteask_of_department", condition=Q(answered_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.note_id} asks {self.person_id or self.department_id}"
