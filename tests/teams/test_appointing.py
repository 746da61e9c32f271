import threading

import pytest
from django.db import IntegrityError, transaction

from teams.models import Appointment, AuditEntry, Membership, User
from teams.roles import Role
from teams.services import appointing, people
from tests.factories.teams import (
    NOON,
    AppointmentFactory,
    DepartmentFactory,
    MembershipFactory,
    UserFactory,
)
from tests.support.race import SECONDS, race


def set_roles(person, roles, actor):
    appointing.set_company_roles(person_id=person.pk, roles=roles, actor=actor, at=NOON)


def roles_of(person):
    return sorted(Appointment.objects.filter(user=person).values_list("role", flat=True))


def test_roles_are_set_exactly_and_noted(administrator):
    person = UserFactory(name="Mia Krüger")
    AppointmentFactory(user=person, role=Role.MANAGER)

    set_roles(person, [Role.TRIAGE_OWNER, Role.POLICY_EDITOR], administrator)

    assert roles_of(person) == ["policy_editor", "triage_owner"]
    assert [(entry.verb, entry.detail["role"]) for entry in AuditEntry.objects.order_by("pk")] == [
        ("role.taken", "Manager"),
        ("role.given", "Policy editor"),
        ("role.given", "Triage owner"),
    ]


def test_the_right_to_the_admin_follows_the_administrators(administrator):
    person = UserFactory()

    set_roles(person, [Role.ADMINISTRATOR], administrator)
    person.refresh_from_db()
    assert (person.is_staff, person.is_superuser) == (True, True)

    set_roles(person, [Role.MANAGER], administrator)
    person.refresh_from_db()
    assert (person.is_staff, person.is_superuser) == (False, False)


def test_the_last_administrator_keeps_the_role(administrator):
    closed = UserFactory(is_active=False)
    AppointmentFactory(user=closed, role=Role.ADMINISTRATOR)

    with pytest.raises(appointing.LastAdministrator):
        set_roles(administrator, [Role.MANAGER], administrator)

    assert roles_of(administrator) == ["administrator"]
    assert not AuditEntry.objects.exists()


def test_the_last_administrator_keeps_the_account(administrator):
    with pytest.raises(appointing.LastAdministrator):
        people.close_account(person_id=administrator.pk, actor=administrator, at=NOON)

    administrator.refresh_from_db()
    assert administrator.is_active
    assert not AuditEntry.objects.exists()


def test_another_administrator_may_go(administrator):
    other = AppointmentFactory(role=Role.ADMINISTRATOR).user

    people.close_account(person_id=other.pk, actor=administrator, at=NOON)

    other.refresh_from_db()
    assert not other.is_active
    assert AuditEntry.objects.get().verb == "person.deactivated"


def two_administrators():
    return [AppointmentFactory(role=Role.ADMINISTRATOR).user for _ in range(2)]


def check_then_remove(person, gate):
    with transaction.atomic():
        others = User.objects.active().filter(appointments__role=Role.ADMINISTRATOR).exclude(pk=person.pk)
        is_safe = others.exists()
        gate.wait()
        if is_safe:
            Appointment.objects.filter(user=person).delete()


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_the_naive_removal_leaves_nobody():
    one, two = two_administrators()
    gate = threading.Barrier(2, timeout=SECONDS)

    race(lambda: check_then_remove(one, gate), lambda: check_then_remove(two, gate))

    assert Appointment.objects.count() == 0


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "remove",
    [
        lambda person, actor: set_roles(person, [], actor),
        lambda person, actor: people.close_account(person_id=person.pk, actor=actor, at=NOON),
    ],
)
def test_two_administrators_who_remove_each_other_leave_one(remove):
    for _round in range(5):
        Appointment.objects.all().delete()
        one, two = two_administrators()

        outcomes = race(lambda one=one, two=two: remove(two, one), lambda one=one, two=two: remove(one, two))

        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastAdministrator", "NoneType"]
        left = User.objects.active().filter(appointments__role=Role.ADMINISTRATOR)
        assert left.count() == 1


def test_a_place_is_given_changed_and_taken(administrator):
    person = UserFactory(name="Mia Krüger")
    department = DepartmentFactory(name="Customer service")

    for role in ("responder", "listener", "listener", ""):
        appointing.place_member(
            person_id=person.pk, department_id=department.pk, role=role, actor=administrator, at=NOON
        )

    assert not Membership.objects.exists()
    assert [(entry.verb, entry.detail.get("role")) for entry in AuditEntry.objects.order_by("pk")] == [
        ("member.placed", "Responder"),
        ("member.placed", "Listener"),
        ("member.removed", None),
    ]


def test_a_representative_stays_a_member(administrator):
    from teams.services import seats

    place = MembershipFactory()
    seats.give_seat(department_id=place.department_id, representative=place.user, actor=administrator, at=NOON)

    with pytest.raises(appointing.RepresentsDepartment):
        appointing.place_member(
            person_id=place.user_id, department_id=place.department_id, role="", actor=administrator, at=NOON
        )

    assert Membership.objects.get() == place


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("write", "constraint"),
    [
        (lambda u, d: Appointment.objects.create(user=u, role="responder"), "teams_appointment_company_role"),
        (lambda u, d: [Appointment.objects.create(user=u, role="manager") for _ in "ab"], "teams_appointment_once"),
        (
            lambda u, d: Membership.objects.create(user=u, department=d, role="manager"),
            "teams_membership_department_role",
        ),
        (
            lambda u, d: [Membership.objects.create(user=u, department=d, role="listener") for _ in "ab"],
            "teams_membership_once",
        ),
    ],
)
def test_the_database_refuses_impossible_roles(write, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write(UserFactory(), DepartmentFactory())
