"""Declared incidents."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

MOST_NAME = 60
MOST_HOLDING = 2000


class Incident(models.Model):
    """A declared crisis. While it is open, rules that were written beforehand hold for what belongs to it.

    ``condition`` says what belongs to it, in the terms of the policy. ``holding_text`` is what
    may be said meanwhile. ``revision`` rises with every change. One that has ended stays.
    """

    class Level(models.IntegerChoices):
        """How grave it is."""

        ONE = 1, _("Level 1: one department copes")
        TWO = 2, _("Level 2: several departments together")
        THREE = 3, _("Level 3: the whole company")

    name = models.CharField(_("name"), max_length=MOST_NAME)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level.choices)
    condition = models.JSONField()
    holding_text = models.TextField(_("holding text"), max_length=MOST_HOLDING, blank=True)
    revision = models.PositiveIntegerField(default=1)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), condition=Q(ended_at=None), name="policies_incident_open_name_once"),
            models.CheckConstraint(name="policies_incident_level_range", condition=Q(level__range=(1, 3))),
            models.CheckConstraint(
                name="policies_incident_ended_by_somebody",
                condition=Q(ended_by=None, ended_at=None) | Q(ended_by__isnull=False, ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether its rules hold now."""
        return self.ended_at is None
