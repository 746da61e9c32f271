"""Who is what: roles in the company, and places in departments."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict
from teams.changes import Verb
from teams.models import Appointment, Department, Membership, Seat, User
from teams.roles import Role
from teams.services import audit


class LastAdministrator(Conflict):
    """Nobody would be left to look after the installation."""

    code = "last_administrator"


class RepresentsDepartment(Conflict):
    """The person has the department's seat on the cross-functional team."""

    code = "represents_department"


def keep_an_administrator(*, without: int) -> None:
    """Refuse when nobody but ``without`` could administer; call it in the transaction of the change.

    Locks the rows of all administrators in the order of their ids: of two who
    remove each other at once, the second waits here and then sees the first.

    :raises LastAdministrator: there is no other administrator who can sign in.
    """
    rows = Appointment.objects.filter(role=Role.ADMINISTRATOR).order_by("pk")
    locked = list(rows.select_for_update(of=("self",)).values_list("user", flat=True))
    # A person who is no administrator can go, whoever else is one.
    if without not in locked:
        return
    others = User.objects.active().filter(appointments__role=Role.ADMINISTRATOR).exclude(pk=without)
    if not others.exists():
        raise LastAdministrator(
            _("This is the last administrator who can sign in. Make somebody else administrator first.")
        )


def set_company_roles(*, person_id: int, roles: Collection[str], actor: User, at: datetime) -> None:
    """Give somebody exactly these roles in the company; the right to Django's admin follows the administrators'.

    :raises LastAdministrator: nobody would be left to look after the installation.
    """
    with transaction.atomic():
        if Role.ADMINISTRATOR not in roles:
            keep_an_administrator(without=person_id)
        person = User.objects.select_for_update().get(pk=person_id)
        held = set(person.appointments.values_list("role", flat=True))
        for role in sorted(held - set(roles)):
            person.appointments.filter(role=role).delete()
            _note(Verb.ROLE_TAKEN, person, role, actor, at)
        for role in sorted(set(roles) - held):
            Appointment.objects.create(user=person, role=role)
            _note(Verb.ROLE_GIVEN, person, role, actor, at)
        person.is_staff = person.is_superuser = Role.ADMINISTRATOR in roles
        person.save(update_fields=["is_staff", "is_superuser"])


def place_member(*, person_id: int, department_id: int, role: str, actor: User, at: datetime) -> None:
    """Give somebody a place in a department, change it, or with an empty ``role`` take it away.

    :raises RepresentsDepartment: the person represents the department on the team.
    """
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=person_id)
        # The lock keeps a seat from being given to who is leaving.
        department = Department.objects.select_for_update(no_key=True).get(pk=department_id)
        place = Membership.objects.filter(user=person, department=department).first()
        if (place.role if place else "") == role:
            return
        if role:
            Membership.objects.update_or_create(user=person, department=department, defaults={"role": role})
            words = {"role": Role(role).label, "department": department.name}
            audit.note(actor=actor, verb=Verb.MEMBER_PLACED, subject=person.name, at=at, **words)
            return
        if Seat.objects.filter(department=department, representative=person).exists():
            raise RepresentsDepartment(
                _("%(name)s represents this department on the cross-functional team. Name somebody else there first.")
                % {"name": person.name}
            )
        Membership.objects.filter(user=person, department=department).delete()
        audit.note(actor=actor, verb=Verb.MEMBER_REMOVED, subject=person.name, at=at, department=department.name)


def _note(verb: Verb, person: User, role: str, actor: User, at: datetime) -> None:
    audit.note(actor=actor, verb=verb, subject=person.name, at=at, role=Role(role).label, person=person.pk)
