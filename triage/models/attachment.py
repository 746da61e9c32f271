"""What goes out with an answer."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from triage.models.approval import Approval
from triage.models.reply import Draft, Reply


def _place(_file: "AttachedFile", _name: str) -> str:
    # Nothing of what people call their files: a name is for people, not for a file system.
    return f"attachments/{uuid4().hex}"


class AttachedFile(models.Model):
    """The bytes of an attachment, as they go out; neither they nor this row ever change.

    ``media_type`` is what the bytes are, whatever ``name`` says.
    """

    file = models.FileField(upload_to=_place, max_length=200)
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["added_at"], name="triage_attachedfile_by_age")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        """Whether it is shown, not only offered."""
        return self.width is not None


class Attachment(models.Model):
    """A file with a draft, with what is put before approvers, or with an answer; ``alt`` says what it shows.

    Only that of a draft changes. Asking and sending copy it, so that what was approved
    and what went out stay as they were.
    """

    draft = models.ForeignKey(Draft, models.CASCADE, null=True, related_name="attachments")
    approval = models.ForeignKey(Approval, models.CASCADE, null=True, related_name="attachments")
    reply = models.ForeignKey(Reply, models.PROTECT, null=True, related_name="attachments")
    file = models.ForeignKey(AttachedFile, models.PROTECT, related_name="attachments")
    position = models.PositiveSmallIntegerField()
    alt = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                name="triage_attachment_of_one",
                condition=Q(draft__isnull=False, approval=None, reply=None)
                | Q(draft=None, approval__isnull=False, reply=None)
                | Q(draft=None, approval=None, reply__isnull=False),
            ),
            models.UniqueConstraint(fields=["draft", "position"], name="triage_attachment_place_in_draft"),
            models.UniqueConstraint(fields=["approval", "position"], name="triage_attachment_place_in_approval"),
            models.UniqueConstraint(fields=["reply", "position"], name="triage_attachment_place_in_reply"),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.file_id}"
