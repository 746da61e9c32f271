"""The kept counters of the queues."""

from django.db import models


class QueueCount(models.Model):
    """A change of how many conversations stand where; the sum of the rows is the number.

    Statement triggers on the conversations append rows, so every path counts and
    no two writers wait for each other; a sweep adds rows together. Codes and ids
    are repeated without foreign keys because a row is a number, not a reference.
    """

    stage = models.CharField(max_length=10)
    department_id = models.BigIntegerField(null=True)
    channel_id = models.BigIntegerField()
    priority = models.PositiveSmallIntegerField()
    n = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.n} {self.stage}"
