"""People, departments, and who is what."""

from datetime import UTC, datetime
from typing import Any

import factory
from factory.django import DjangoModelFactory

from teams.models import Appointment, Department, Membership, Organisation, User
from teams.roles import Role
from teams.services import organisation

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


class OrganisationFactory(DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation

    pk = 1
    name = "Nordlys Energy"
    time_zone = "UTC"
    is_demo = False
    set_up_at = NOON

    @classmethod
    def _create(cls, model_class: type[Organisation], *args: Any, **kwargs: Any) -> Organisation:
        made = super()._create(model_class, *args, **kwargs)
        # Each process keeps what it read for some seconds.
        organisation.forget()
        return made


class DepartmentFactory(DjangoModelFactory[Department]):
    class Meta:
        model = Department

    name = factory.Sequence(lambda n: f"Department {n}")
    slug = factory.Sequence(lambda n: f"department-{n}")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@example.com")
    joined_at = NOON

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(*args, **kwargs)


class AppointmentFactory(DjangoModelFactory[Appointment]):
    class Meta:
        model = Appointment

    user = factory.SubFactory(UserFactory)
    role = Role.MANAGER


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    department = factory.SubFactory(DepartmentFactory)
    role = Role.RESPONDER
