import pytest

from listening.connectors import registry
from teams.models import Department, User
from teams.roles import Role
from tests.factories.listening import ProfileFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory, OrganisationFactory
from tests.factories.triage import ConversationFactory
from tests.support.network import Network
from triage.models import Conversation


@pytest.fixture
def network(monkeypatch) -> Network:
    made = Network()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


@pytest.fixture
def portal(policy, network, time_machine):
    time_machine.move_to(NOON, tick=False)
    OrganisationFactory()


@pytest.fixture
def care() -> Department:
    return DepartmentFactory(slug="care", name="Customer care")


@pytest.fixture
def owner(policy) -> User:
    user = AppointmentFactory(role=Role.TRIAGE_OWNER, user__name="Olga Owner").user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def agent(care, policy) -> User:
    user = MembershipFactory(department=care, user__name="Anna Alm", user__wants_email=False).user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def held(care, agent) -> Conversation:
    return ConversationFactory(
        claimed=True, department=care, holder=agent, profile=ProfileFactory(channel__kind="scripted", name="Cy Client")
    )


@pytest.fixture
def manager(policy) -> User:
    user = AppointmentFactory(role=Role.MANAGER, user__name="Mia Manager", user__wants_email=False).user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def legal(policy) -> User:
    user = MembershipFactory(department__name="Legal", user__name="Lea Legal", user__wants_email=False).user
    AttestationFactory(user=user, version=policy)
    return user
