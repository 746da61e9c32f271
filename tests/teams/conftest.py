import pytest

from teams.models import Organisation, User
from teams.roles import Role
from tests.factories.teams import AppointmentFactory, OrganisationFactory, UserFactory


@pytest.fixture
def company(db) -> Organisation:
    return OrganisationFactory()


@pytest.fixture
def administrator(company) -> User:
    user = UserFactory(name="Ada Holm", is_staff=True, is_superuser=True)
    AppointmentFactory(user=user, role=Role.ADMINISTRATOR)
    return user


@pytest.fixture
def manager(company) -> User:
    return AppointmentFactory(role=Role.MANAGER).user
