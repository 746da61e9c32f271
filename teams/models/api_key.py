"""Keys for other programs."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class ApiKey(models.Model):
    """Lets a program act as the person who made it, within scopes. Only a digest is kept."""

    class Scope(models.TextChoices):
        """What a program may do at most; the person's own rights limit it further."""

        READ = "read", _("Read what I can see")
        DECIDE = "decide", _("Record decisions")
        ANSWER = "answer", _("Claim, draft and send")
        LISTEN = "listen", _("Write takeaways and what was heard")
        POLICY = "policy", _("Try versions of the policy on the past")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.BinaryField(max_length=32)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
