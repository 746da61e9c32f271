import pytest

from teams.roles import Role
from tests.factories.teams import AppointmentFactory, DepartmentFactory, MembershipFactory, OrganisationFactory


@pytest.fixture
def care(db):
    OrganisationFactory()
    return DepartmentFactory(name="Customer service", slug="care")


@pytest.fixture
def press(care):
    return DepartmentFactory(name="Press", slug="press")


@pytest.fixture
def listener(care):
    return MembershipFactory(department=care, role=Role.LISTENER).user


@pytest.fixture
def manager(care):
    return AppointmentFactory(role=Role.MANAGER).user
