"""Browsers that are told things, and the key with which we say that it is us."""

from django.conf import settings
from django.db import models


class PushSubscription(models.Model):
    """One browser of a person that takes notifications, as it introduced itself.

    ``endpoint`` is an address at its maker's service; whoever knows it could send
    there, so no page shows it. ``groups`` names what the person wants to be told there.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="push_subscriptions")
    endpoint = models.CharField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=40)
    browser = models.CharField(max_length=60)
    groups = models.JSONField(default=list)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.browser} of {self.user_id}"


class PushKey(models.Model):
    """The one key pair that push services know us by; the private half is sealed. Made when it is first needed."""

    # There is one.
    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    sealed = models.TextField()
    public = models.CharField(max_length=120)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="teams_push_key_is_one", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return self.public
