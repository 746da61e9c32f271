"""Who is behind the profiles: joined by hand, or because the network itself proves it."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from listening.heard import UNKNOWN_AUTHOR
from listening.models import Channel, Person, Profile
from socialhub.lib import locks
from socialhub.lib.errors import Conflict

# Where an author's id is the same on every channel of the kind: an address, a DID. An id of a forum or
# a server says nothing about the same id elsewhere, and no network is believed about another's.
SAME_ID_SAME_PERSON = frozenset({"email", "bluesky"})


class CannotBeJoined(Conflict):
    """The two profiles are one person already, or one of them is ours."""

    code = "cannot_be_joined"


class NotJoined(Conflict):
    """The profile is not joined to any other."""

    code = "not_joined"


def join_profiles(*, profile_id: int, other_id: int, at: datetime) -> Person:
    """Note that two profiles are the same customer, with everybody who is known to be the same as either.

    One caller at a time joins or separates.

    :raises CannotBeJoined: they are one already, or one of them is ours.
    """
    with transaction.atomic():
        locks.take(locks.Lock.JOIN_PEOPLE)
        one, other = Profile.objects.get(pk=profile_id), Profile.objects.get(pk=other_id)
        if one == other or (one.person_id is not None and one.person_id == other.person_id):
            raise CannotBeJoined(_("These are the same person already."))
        if one.is_ours or other.is_ours:
            raise CannotBeJoined(_("A profile of ours is no customer."))
        return _join([one, other], at)


def separate_profile(*, profile_id: int) -> None:
    """Note that a profile is not the same customer as the others it was joined to.

    :raises NotJoined: it is joined to none.
    """
    with transaction.atomic():
        locks.take(locks.Lock.JOIN_PEOPLE)
        person_id = Profile.objects.filter(pk=profile_id).values_list("person", flat=True).first()
        if person_id is None:
            raise NotJoined(_("This profile is joined to no other any more."))
        left = list(Profile.objects.filter(person=person_id).exclude(pk=profile_id).values_list("pk", flat=True))
        alone = [profile_id] if len(left) > 1 else [profile_id, *left]
        Profile.objects.filter(pk__in=alone).update(person=None)
        if len(left) <= 1:
            Person.objects.filter(pk=person_id).delete()


def join_same_ids(*, channel: Channel, external_ids: Collection[str], at: datetime) -> None:
    """Join what was just heard of for the first time to the same account on other channels of its network.

    Called for new profiles only, so that what somebody separates stays separated.
    """
    if channel.kind not in SAME_ID_SAME_PERSON or not external_ids:
        return
    known = Profile.objects.filter(channel__kind=channel.kind, is_ours=False)
    fresh = known.filter(channel=channel, external_id__in=external_ids).exclude(external_id=UNKNOWN_AUTHOR)
    elsewhere = known.exclude(channel=channel).filter(external_id=OuterRef("external_id"))
    for external_id in fresh.filter(Exists(elsewhere)).values_list("external_id", flat=True):
        locks.take(locks.Lock.JOIN_PEOPLE)
        _join(list(known.filter(external_id=external_id).order_by("pk")), at)


def _join(profiles: Collection[Profile], at: datetime) -> Person:
    """Give the profiles, and all that are joined to one of them, one person."""
    persons = sorted({profile.person_id for profile in profiles if profile.person_id is not None})
    first = next(iter(profiles))
    person = Person.objects.get(pk=persons[0]) if persons else Person.objects.create(name=str(first), created_at=at)
    Profile.objects.filter(pk__in=[profile.pk for profile in profiles]).update(person=person)
    Profile.objects.filter(person__in=persons[1:]).update(person=person)
    Person.objects.filter(pk__in=persons[1:]).delete()
    return person
