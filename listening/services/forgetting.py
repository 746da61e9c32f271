"""Forget who somebody was of whom nothing is left."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat

from listening.models import Mention, Person, Profile
from socialhub.lib.bulk import any_of


def forget_profiles(*, profiles: Collection[int], at: datetime) -> int:
    """Erase the names of those profiles whose every mention is erased; return how many.

    Not ours. They cannot be told from each other any more: who comes back is somebody new.
    Call it in a transaction that holds the locks of storing into the channel and of joining people.
    """
    left = Mention.objects.filter(profile=OuterRef("pk"), erased_at=None)
    gone = Profile.objects.filter(~Exists(left), pk__in=any_of(profiles), is_ours=False, erased_at=None)
    ids = list(gone.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return 0
    persons = set(Profile.objects.filter(pk__in=ids, person__isnull=False).values_list("person", flat=True))
    Profile.objects.filter(pk__in=ids).update(
        # An address or a name on the network, often enough.
        external_id=Concat(Value("erased:"), Cast(F("pk"), CharField())),
        name="",
        handle="",
        url="",
        reach=None,
        person=None,
        erased_at=at,
    )
    for person in persons:
        # One profile alone is joined to nobody.
        if Profile.objects.filter(person=person).count() <= 1:
            Profile.objects.filter(person=person).update(person=None)
            Person.objects.filter(pk=person).delete()
    return len(ids)
