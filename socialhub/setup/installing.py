"""Everything that a new installation begins with, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from policies.services import starting
from teams.changes import Verb
from teams.models import Appointment, Membership, User
from teams.roles import Role
from teams.services import audit, departments, organisation


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the first visitor chose; ``departments`` are pairs of kind and name."""

    organisation: str
    time_zone: str
    language: str
    name: str
    email: str
    password: str
    departments: Sequence[tuple[str, str]]
    answers_for_first: bool


def set_up(*, beginning: Beginning, at: datetime) -> User:
    """Make the organisation, its departments, its first administrator and its policy; return that person.

    Of several who do this at once, one wins and the others change nothing.

    :raises AlreadySetUp: somebody was faster.
    """
    with transaction.atomic():
        organisation.create_organisation(
            name=beginning.organisation,
            time_zone=beginning.time_zone,
            language=beginning.language,
            is_demo=False,
            at=at,
        )
        administrator = User.objects.create_superuser(
            beginning.email, beginning.password, name=beginning.name, time_zone="", joined_at=at
        )
        audit.note(actor=administrator, verb=Verb.SET_UP, subject=beginning.organisation, at=at)
        Appointment.objects.bulk_create(
            [Appointment(user=administrator, role=role) for role in (Role.ADMINISTRATOR, Role.TRIAGE_OWNER)]
        )
        made = [
            departments.add_department(name=name, kind=kind, listens_for=[], actor=administrator, at=at)
            for kind, name in beginning.departments
        ]
        if beginning.answers_for_first and made:
            Membership.objects.create(user=administrator, department=made[0], role=Role.RESPONDER)
        slugs: dict[str, str] = {}
        for department in made:
            slugs.setdefault(department.kind, department.slug)
        starting.publish_starter(author=administrator, departments=slugs, at=at)
    return administrator
