"""Who has read the policy."""

from django.conf import settings
from django.db import models

from policies.models.version import PolicyVersion


class Attestation(models.Model):
    """A person's word that they have read one version. Append-only by a trigger."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="attestations")
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="attestations")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "version"], name="policies_attestation_once")]

    def __str__(self) -> str:
        return f"{self.user_id} attests {self.version_id}"
