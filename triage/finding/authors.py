"""The accounts and persons that a name means."""

from django.db.models import Q, QuerySet

from listening.models import Profile


def profiles_named(name: str) -> QuerySet[Profile]:
    """Return the accounts with this name or handle."""
    handle = name.removeprefix("@")
    return Profile.objects.filter(Q(name__iexact=name) | Q(handle__iexact=handle) | Q(handle__iexact=f"@{handle}"))
