import pytest

from policies.models import PolicyVersion
from teams.models import Organisation, User
from teams.roles import Role
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import AppointmentFactory, OrganisationFactory, UserFactory


@pytest.fixture
def company(db) -> Organisation:
    return OrganisationFactory()


@pytest.fixture
def editor(company) -> User:
    return AppointmentFactory(user=UserFactory(name="Eva Falk"), role=Role.POLICY_EDITOR).user


@pytest.fixture
def reader(company) -> User:
    return AppointmentFactory(role=Role.MANAGER).user


@pytest.fixture
def in_force(company) -> PolicyVersion:
    return PolicyVersionFactory.published(number=1)
