"""Who is behind the profiles."""

from django.db import models


class Person(models.Model):
    """Profiles known to be the same customer: joined by hand, or by a link that proves it."""

    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
