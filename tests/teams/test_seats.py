import pytest
from django.db import IntegrityError, transaction

from socialhub.lib.errors import Invalid
from teams.models import AuditEntry, Seat
from teams.services import seats
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory, UserFactory
from tests.support.race import race


def give(place, actor):
    seats.give_seat(department_id=place.department_id, representative=place.user, actor=actor, at=NOON)


def test_the_first_seat_heads_the_team(administrator):
    first, second = MembershipFactory(), MembershipFactory()

    give(first, administrator)
    give(second, administrator)

    assert list(Seat.objects.order_by("pk").values_list("representative", "is_proponent")) == [
        (first.user_id, True),
        (second.user_id, False),
    ]
    assert AuditEntry.objects.count() == 2


def test_a_seat_passes_to_another_member(administrator):
    first = MembershipFactory()
    second = MembershipFactory(department=first.department)
    give(first, administrator)

    give(second, administrator)
    give(second, administrator)

    assert Seat.objects.get().representative == second.user
    assert Seat.objects.get().is_proponent
    assert AuditEntry.objects.count() == 2


@pytest.mark.parametrize("make", [UserFactory, lambda: MembershipFactory().user])
def test_only_a_member_represents_a_department(administrator, make):
    department = DepartmentFactory()

    with pytest.raises(Invalid):
        seats.give_seat(department_id=department.pk, representative=make(), actor=administrator, at=NOON)

    assert not Seat.objects.exists()
    assert not AuditEntry.objects.exists()


def test_nobody_with_a_closed_account_represents_a_department(administrator):
    place = MembershipFactory(user__is_active=False)

    with pytest.raises(Invalid):
        give(place, administrator)

    assert not Seat.objects.exists()


def test_another_proponent_is_named(administrator):
    first, second = MembershipFactory(), MembershipFactory()
    give(first, administrator)
    give(second, administrator)

    seats.name_proponent(department_id=second.department_id, actor=administrator, at=NOON)

    assert Seat.objects.get(is_proponent=True).representative == second.user
    assert AuditEntry.objects.latest("pk").verb == "proponent.named"


def test_the_proponents_seat_stays_while_others_sit(administrator):
    first, second = MembershipFactory(), MembershipFactory()
    give(first, administrator)
    give(second, administrator)

    with pytest.raises(seats.TeamNeedsProponent):
        seats.remove_seat(department_id=first.department_id, actor=administrator, at=NOON)

    assert Seat.objects.count() == 2


def test_seats_are_removed_the_last_one_too(administrator):
    first, second = MembershipFactory(), MembershipFactory()
    give(first, administrator)
    give(second, administrator)

    seats.remove_seat(department_id=second.department_id, actor=administrator, at=NOON)
    seats.remove_seat(department_id=first.department_id, actor=administrator, at=NOON)

    assert not Seat.objects.exists()
    with pytest.raises(seats.NoSeat):
        seats.remove_seat(department_id=first.department_id, actor=administrator, at=NOON)
    with pytest.raises(seats.NoSeat):
        seats.name_proponent(department_id=first.department_id, actor=administrator, at=NOON)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_first_seats_given_at_once_one_heads_the_team():
    actor = UserFactory()
    places = MembershipFactory.create_batch(4)

    outcomes = race(*[lambda place=place: give(place, actor) for place in places])

    assert outcomes == [None] * 4
    assert sorted(Seat.objects.values_list("is_proponent", flat=True)) == [False, False, False, True]


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_of_proponents_named_at_once_one_stays():
    actor = UserFactory()
    places = MembershipFactory.create_batch(4)
    for place in places:
        give(place, actor)

    outcomes = race(
        *[
            lambda place=place: seats.name_proponent(department_id=place.department_id, actor=actor, at=NOON)
            for place in places
        ]
    )

    assert outcomes == [None] * 4
    assert Seat.objects.filter(is_proponent=True).count() == 1


@pytest.mark.django_db
def test_the_database_knows_one_proponent():
    one, two = MembershipFactory(), MembershipFactory()
    Seat.objects.create(department=one.department, representative=one.user, is_proponent=True)

    with pytest.raises(IntegrityError, match="teams_seat_one_proponent"), transaction.atomic():
        Seat.objects.create(department=two.department, representative=two.user, is_proponent=True)
