"""Who has read the policy."""

from django.conf import settings
from django.db import models

from policies.models.version import PolicyVersion


class Attestation(models.Model):
    """A person's word that they have read one version. Append-only by a trigger."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="attestations")
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="attestations")
    at = models.DateTimeField()
    # How the quiz of the version went, and how many tries it took; without a quiz nought of nought.
    right_count = models.PositiveSmallIntegerField(default=0)
    question_count = models.PositiveSmallIntegerField(default=0)
    try_count = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "version"], name="policies_attestation_once")]

    def __str__(self) -> str:
        return f"{self.user_id} attests {self.version_id}"


class Reminder(models.Model):
    """That a person was reminded on a day of what they have not attested; one a day at most."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="attestation_reminders")
    version = models.ForeignKey(PolicyVersion, models.CASCADE, related_name="reminders")
    on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "on"], name="policies_reminder_once_a_day")]

    def __str__(self) -> str:
        return f"{self.user_id} reminded on {self.on}"
