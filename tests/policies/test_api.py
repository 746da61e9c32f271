import pytest

from teams.roles import Role
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import AppointmentFactory, MembershipFactory, OrganisationFactory
from tests.support.api import Program

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _organisation():
    OrganisationFactory()


def test_the_policy_in_force_comes_with_its_clauses_and_times():
    version = PolicyVersionFactory.published(number=4, title="How we answer")

    answer = Program(MembershipFactory().user).get("policy/").json()

    assert (answer["id"], answer["number"], answer["state"]) == (version.pk, 4, "in_force")
    assert [(clause["number"], clause["title"]) for clause in answer["clauses"]] == [
        (1, "Answer outages first"),
        (2, "Be kind"),
    ]
    assert [target["priority"] for target in answer["targets"]] == [1, 2, 3, 4]


def test_without_a_policy_in_force_there_is_none():
    PolicyVersionFactory()

    assert Program(MembershipFactory().user).get("policy/").status_code == 404


def test_a_draft_is_shown_to_those_who_may_edit_it():
    in_force = PolicyVersionFactory.published(number=1)
    draft = PolicyVersionFactory(number=2)
    editor = Program(AppointmentFactory(role=Role.POLICY_EDITOR).user)
    reader = Program(MembershipFactory().user)

    assert [row["id"] for row in editor.get("policy/versions/").json()["results"]] == [draft.pk, in_force.pk]
    assert [row["id"] for row in reader.get("policy/versions/").json()["results"]] == [in_force.pk]
    assert editor.get(f"policy/versions/{draft.pk}/").status_code == 200
    assert reader.get(f"policy/versions/{draft.pk}/").status_code == 404
