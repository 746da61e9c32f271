"""Whom to remind that the policy in force is to be read and attested."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from policies.models import PolicyVersion, Reminder
from policies.services import binding
from socialhub.lib.locks import Lock, take_if_free
from teams.models import Notification, User
from teams.services import notifications, organisation

# Nobody is reminded in the night: the first reminder of a day goes out at this hour of the company.
FIRST_HOUR = 8


def remind(*, at: datetime) -> int:
    """Remind everybody who has not attested what binds them, within the grace and after; return how many.

    One reminder a day for each at most, however often and by however many this is called.
    """
    company = organisation.current()
    here = at.astimezone(ZoneInfo(company.time_zone)) if company is not None else at
    if here.hour < FIRST_HOUR:
        return 0
    with transaction.atomic():
        if not take_if_free(Lock.REMIND_TO_ATTEST):
            return 0
        version = PolicyVersion.objects.in_force().first()
        if version is None:
            return 0
        told = Reminder.objects.filter(on=here.date()).values("user")
        people = list(to_attest(version, at=at).exclude(pk__in=told))
        Reminder.objects.bulk_create([Reminder(user=person, version=version, on=here.date()) for person in people])
        notifications.notify(
            people=people,
            kind=Notification.Kind.POLICY_ATTEST,
            subject=version.title,
            actor=None,
            at=at,
            path=reverse("policies:in_force"),
        )
    return len(people)


def to_attest(version: PolicyVersion, *, at: datetime) -> QuerySet[User]:
    """Return those with a role who have not attested what binds them; a grace only gives them time."""
    after_grace = max(at, version.grace_until) if version.grace_until is not None else at
    enough = binding.attested_enough(version_id=version.pk, at=after_grace)
    return members().exclude(pk__in=enough.values("user")).order_by("pk")


def members() -> QuerySet[User]:
    """Return everybody who has a role."""
    from_roles = Q(appointments__isnull=False) | Q(memberships__isnull=False)
    return User.objects.active().filter(pk__in=User.objects.filter(from_roles).values("pk"))
