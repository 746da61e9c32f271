import pytest

from insights.models import Takeaway
from teams.roles import Role
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory, OrganisationFactory
from tests.factories.triage import ConcernFactory, ConversationFactory
from tests.support.api import Program
from triage.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def care():
    OrganisationFactory()
    return DepartmentFactory(slug="care")


@pytest.fixture
def program(care):
    return Program(MembershipFactory(department=care, role=Role.LISTENER).user)


@pytest.fixture
def conversation(care):
    return ConcernFactory(conversation=ConversationFactory(), department=care).conversation


def test_a_listener_writes_down_a_takeaway(program, conversation):
    body = {"department": "care", "kind": "idea", "text": "Draw a map."}

    written = program.post(f"conversations/{conversation.pk}/takeaways/", body)

    assert written.status_code == 201
    assert written.json()["text"] == "Draw a map."
    assert written.json()["department"]["slug"] == "care"
    assert program.get(f"conversations/{conversation.pk}/takeaways/").json()["results"] == [written.json()]
    assert program.get("takeaways/?department=care&kind=idea").json()["results"] == [written.json()]
    assert program.get("takeaways/?kind=risk").json()["results"] == []
    assert [event.kind for event in Event.objects.all()] == ["takeaway"]


def test_a_listener_does_not_write_for_another_department(program, conversation):
    DepartmentFactory(slug="press")
    body = {"department": "press", "kind": "idea", "text": "Draw a map."}

    answer = program.post(f"conversations/{conversation.pk}/takeaways/", body)

    assert answer.status_code == 403
    assert not Takeaway.objects.exists()
    assert not Event.objects.exists()


def test_takeaways_of_hidden_conversations_are_hidden(program, care, conversation):
    hidden = ConversationFactory(assigned=True)
    author = MembershipFactory(department=hidden.department).user
    Takeaway.objects.create(
        conversation=hidden,
        department=hidden.department,
        author=author,
        kind="risk",
        text="Secret",
        at=NOON,
    )

    assert program.get("takeaways/").json()["results"] == []
    assert program.get(f"conversations/{hidden.pk}/takeaways/").status_code == 404
