"""What was asked for already."""

from django.db import models


class SentForm(models.Model):
    """That a form was sent, known by a digest of who sent it and what it held, and what it made.

    The same form sent again makes nothing more. A row is kept for a day.
    """

    digest = models.UUIDField(primary_key=True)
    sent_at = models.DateTimeField(db_index=True)
    # The id of what it made; empty only within the transaction that makes it.
    made = models.CharField(max_length=60)

    def __str__(self) -> str:
        return f"{self.digest} at {self.sent_at}"
