import pytest

from listening.models import Channel, Person, Profile
from listening.services import ingest, people
from tests.factories.listening import ChannelFactory, ProfileFactory
from tests.factories.teams import NOON
from tests.support.hearing import said

pytestmark = pytest.mark.django_db


def join(one: Profile, other: Profile) -> Person:
    return people.join_profiles(profile_id=one.pk, other_id=other.pk, at=NOON)


def together() -> list[list[int]]:
    """Return the profiles of each person."""
    return [
        list(person.profiles.order_by("pk").values_list("pk", flat=True)) for person in Person.objects.order_by("pk")
    ]


def test_two_profiles_become_one_person():
    anna, elsewhere = ProfileFactory(name="Anna"), ProfileFactory()

    person = join(anna, elsewhere)

    assert (person.name, person.created_at) == ("Anna", NOON)
    assert together() == [[anna.pk, elsewhere.pk]]


def test_whoever_is_the_same_as_either_comes_along():
    profiles = ProfileFactory.create_batch(5)
    join(profiles[0], profiles[1])
    join(profiles[2], profiles[3])

    join(profiles[4], profiles[3])
    join(profiles[1], profiles[4])

    assert together() == [[profile.pk for profile in profiles]]


def test_what_is_joined_already_cannot_be_joined_again():
    one, other = ProfileFactory.create_batch(2)
    join(one, other)

    with pytest.raises(people.CannotBeJoined, match=r"These are the same person already\."):
        join(other, one)
    with pytest.raises(people.CannotBeJoined):
        join(one, one)

    assert together() == [[one.pk, other.pk]]


def test_a_profile_of_ours_is_nobodys():
    with pytest.raises(people.CannotBeJoined, match=r"A profile of ours is no customer\."):
        join(ProfileFactory(), ProfileFactory(is_ours=True))

    assert together() == []


def test_one_of_three_is_separated():
    one, other, third = ProfileFactory.create_batch(3)
    join(one, other)
    join(one, third)

    people.separate_profile(profile_id=other.pk)

    assert together() == [[one.pk, third.pk]]


def test_of_two_that_are_separated_nothing_remains():
    one, other = ProfileFactory.create_batch(2)
    join(one, other)

    people.separate_profile(profile_id=one.pk)

    assert together() == []
    with pytest.raises(people.NotJoined):
        people.separate_profile(profile_id=other.pk)


def write(channel: Channel, author: str, external_id: str = "1") -> None:
    ingest.store_items(channel=channel, items=[said(external_id, author=author)], at=NOON)


@pytest.mark.parametrize(
    ("kinds", "is_joined"),
    [
        (("email", "email"), True),
        (("bluesky", "bluesky"), True),
        (("email", "bluesky"), False),
        (("feed", "feed"), False),
    ],
)
def test_the_same_id_is_the_same_person_where_the_network_proves_it(kinds, is_joined):
    for kind in kinds:
        write(ChannelFactory(kind=kind), "anna@mail.example")

    assert [len(profiles) for profiles in together()] == ([2] if is_joined else [])


def test_a_third_mailbox_joins_the_same_person():
    for _ in range(3):
        write(ChannelFactory(kind="email"), "anna@mail.example")
    write(ChannelFactory(kind="email"), "bert@mail.example")

    assert [len(profiles) for profiles in together()] == [3]


def test_nobody_knows_who_mails_without_a_sender():
    for _ in range(2):
        write(ChannelFactory(kind="email"), "unknown")

    assert together() == []


def test_what_somebody_separated_stays_separated():
    mailboxes = ChannelFactory.create_batch(2, kind="email")
    for mailbox in mailboxes:
        write(mailbox, "anna@mail.example")
    people.separate_profile(profile_id=Profile.objects.get(channel=mailboxes[0]).pk)

    for mailbox in mailboxes:
        write(mailbox, "anna@mail.example", "2")

    assert together() == []
