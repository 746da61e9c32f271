"""Pictures that stand beside what was said, kept here: who reads asks no other server for them."""

from django.db import models

from listening.models.mention import Mention
from socialhub.lib.told import Told, read


class Picture(models.Model):
    """One picture of a mention: where it was heard of, what its author says that it shows, and our copy of it.

    A row that waits is fetched when ``next_try_at`` has come; whoever fetches it moves
    that time on first, so that a lost worker only delays it. Ours is smaller than the
    original, still, and tells nothing that is not to be seen.
    """

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting"
        KEPT = "kept"
        FAILED = "failed"

    mention = models.ForeignKey(Mention, models.CASCADE, related_name="pictures")
    position = models.PositiveSmallIntegerField()
    url = models.TextField()
    alt = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING, db_default=State.WAITING)
    # Known before there is a copy: only where it is kept something lies there in the storage.
    stored_as = models.CharField(max_length=100)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(null=True)
    # A text of the catalogues, and the words in it: see ``problem``.
    failure = models.TextField(blank=True, db_default="")
    failure_words = models.JSONField(default=dict, db_default={})

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["mention", "position"], name="listening_picture_place")]
        indexes = [
            models.Index(fields=["next_try_at"], name="listening_picture_due", condition=models.Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return self.alt or self.url

    @property
    def problem(self) -> Told:
        """Why there is no copy, for each reader in their language."""
        return read({"text": self.failure, "words": self.failure_words})
