import pytest

from teams.models import User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory
from tests.factories.triage import ConversationFactory
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice
from triage.showing.departments_lately import departments_for
from triage.states import Disposition

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(policy) -> User:
    user = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    AttestationFactory(user=user, version=policy)
    return user


def decided(owner, department, **facts):
    conversation = ConversationFactory(**facts)
    choice = Choice(Disposition.CUSTOMER_SERVICE, 3, department=department, visibility="public", tags=())
    deciding.decide(conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=0, at=NOON)
    return conversation


def test_without_a_history_departments_stand_by_name():
    for name in ("Press", "Care"):
        DepartmentFactory(name=name)
    DepartmentFactory(name="Attic", is_active=False)

    assert [each.name for each in departments_for(ConversationFactory())] == ["Care", "Press"]


def test_what_the_like_was_given_to_lately_stands_first(owner):
    care, press, sales = (DepartmentFactory(name=name) for name in ("Care", "Press", "Sales"))
    forum = ChannelFactory()
    for _ in range(2):
        decided(owner, press, channel=forum, language="en")
    decided(owner, sales, suggestion={"priority": 3, "department": "sales"}, language="de")
    new = ConversationFactory(channel=forum, language="en", suggestion={"priority": 3, "department": "sales"})

    found = [(each.name, each.score) for each in departments_for(new)]

    assert found == [("Press", 8), ("Sales", 8), ("Care", 0)] or found[0][0] in ("Press", "Sales")
    assert found[-1] == (care.name, 0)


def test_it_costs_two_queries_whatever_the_history(owner, django_assert_num_queries):
    care = DepartmentFactory(name="Care")
    for _ in range(3):
        decided(owner, care)
    conversation = ConversationFactory()

    with django_assert_num_queries(2):
        departments_for(conversation)
