"""The machine-readable part of the policy."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from policies.engine.targets import ANSWERED, MOST_MINUTES, USUAL_REST
from policies.models.version import Clause, PolicyVersion


class Rule(models.Model):
    """A condition on facts and what the clause says then; see ``policies.engine``.

    ``condition`` and ``outcome`` are read by the engine when they are saved, and refused
    where it does not understand them. ``key`` stays the same from version to version.
    """

    class Kind(models.TextChoices):
        """What it is about, and so when it is asked."""

        ROUTING = "routing", _("Where a mention goes")
        APPROVAL = "approval", _("Who must approve an answer")
        CONDUCT = "conduct", _("What an answer may say")
        ESCALATION = "escalation", _("Who is told when nobody acts")
        RETENTION = "retention", _("How long what is kept")

    clause = models.ForeignKey(Clause, models.CASCADE, related_name="rules")
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.ROUTING)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=60)
    condition = models.JSONField(default=dict)
    outcome = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clause", "position"],
                name="policies_rule_position_once",
                deferrable=models.Deferrable.DEFERRED,
            )
        ]

    def __str__(self) -> str:
        return self.name


class Target(models.Model):
    """The minutes allowed at one priority, and to let a claim rest; see ``policies.engine.targets``.

    With a ``disposition`` they count for what was decided so, else for all that have none of their own.
    """

    class Hours(models.TextChoices):
        """Which time counts."""

        ALWAYS = "always", _("Around the clock")
        BUSINESS = "business", _("Opening hours")

    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="targets")
    priority = models.PositiveSmallIntegerField()
    disposition = models.CharField(max_length=20, blank=True)
    decide_minutes = models.PositiveIntegerField(_("minutes to decide"))
    claim_minutes = models.PositiveIntegerField(_("minutes to claim"))
    answer_minutes = models.PositiveIntegerField(_("minutes to answer"))
    resolve_minutes = models.PositiveIntegerField(_("minutes to resolve"), null=True, blank=True)
    # After so long without an act of its holder a claim is warned of, and after as long again given back.
    idle_minutes = models.PositiveIntegerField(_("minutes a claim may rest"), default=USUAL_REST)
    hours = models.CharField(max_length=8, choices=Hours.choices, default=Hours.ALWAYS)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "priority", "disposition"], name="policies_target_priority_once"
            ),
            models.CheckConstraint(name="policies_target_priority_range", condition=Q(priority__range=(1, 4))),
            models.CheckConstraint(
                name="policies_target_disposition_answered", condition=Q(disposition__in=["", *ANSWERED])
            ),
            models.CheckConstraint(name="policies_target_hours_known", condition=Q(hours__in=["always", "business"])),
            models.CheckConstraint(
                name="policies_target_within_a_year",
                condition=Q(
                    Q(resolve_minutes=None) | Q(resolve_minutes__range=(1, MOST_MINUTES)),
                    decide_minutes__range=(1, MOST_MINUTES),
                    claim_minutes__range=(1, MOST_MINUTES),
                    answer_minutes__range=(1, MOST_MINUTES),
                    idle_minutes__range=(1, MOST_MINUTES),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"P{self.priority} {self.disposition}".rstrip()
