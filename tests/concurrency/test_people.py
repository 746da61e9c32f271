import pytest

from listening.models import Person, Profile
from listening.services import people
from tests.factories.listening import ProfileFactory
from tests.factories.teams import NOON
from tests.support.race import race

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def test_profiles_joined_in_every_way_at_once_are_one_person():
    profiles = ProfileFactory.create_batch(6)
    pairs = [(0, 1), (2, 3), (4, 5), (1, 2), (3, 4), (5, 0), (2, 5), (4, 1)]

    outcomes = race(
        *[
            lambda one=one, other=other: people.join_profiles(
                profile_id=profiles[one].pk, other_id=profiles[other].pk, at=NOON
            )
            for one, other in pairs
        ]
    )

    assert [outcome for outcome in outcomes if not isinstance(outcome, Person | people.CannotBeJoined)] == []
    assert Person.objects.count() == 1
    assert Profile.objects.filter(person=Person.objects.get()).count() == 6
