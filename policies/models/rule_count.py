"""How often people did what a rule suggested."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from policies.models.version import PolicyVersion


class RuleCount(models.Model):
    """A change of how often a rule was followed or departed from, under one version; the sum of the rows is the number.

    Whoever decides only appends, so no two decisions wait for each other; a sweep adds
    rows together. A rule is told by its ``key``, which stays from version to version.
    """

    class Verdict(models.TextChoices):
        """What somebody did with what the rule gave, and why where it was something else."""

        FOLLOWED = "followed", _("followed")
        WRONG = "wrong", _("wrong")
        BROAD = "broad", _("too broad")
        SPECIAL = "special", _("a special case")
        OTHER = "other", _("another reason")

    rule_key = models.UUIDField()
    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="rule_counts")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    n = models.BigIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="policies_rulecount_verdict_known",
                condition=Q(verdict__in=["followed", "wrong", "broad", "special", "other"]),
            )
        ]
        indexes = [models.Index(fields=["rule_key", "version"], name="policies_rulecount_rule")]

    def __str__(self) -> str:
        return f"{self.n} {self.verdict}"
