import pytest

from policies.models import PolicyVersion
from teams.roles import Role
from tests.factories.policies import ClauseFactory, PolicyVersionFactory, ReviewFactory
from tests.factories.teams import NOON, AppointmentFactory, MembershipFactory, OrganisationFactory
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


def test_a_version_comes_with_its_guide():
    ends = {"key": "n", "text": "No", "then": {"text": "Leave it."}}
    yes = {"key": "y", "text": "Yes", "to": "spam", "when": {"words": ["fire"]}}
    PolicyVersionFactory.published(
        guide=[
            {"key": "danger", "text": "Danger?", "answers": [yes, ends]},
            {"key": "spam", "text": "Spam?", "help": "Look.", "answers": [ends, {**ends, "key": "y"}]},
        ]
    )

    guide = Program(MembershipFactory().user).get("policy/").json()["guide"]

    assert [(row["key"], row["help"], row["clause"]) for row in guide] == [("danger", "", ""), ("spam", "Look.", "")]
    assert guide[0]["answers"] == [{**yes, "then": None}, {**ends, "to": "", "when": None}]


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


@pytest.mark.parametrize(("state", "seen"), [("draft", 404), ("in_review", 200), ("approved", 200), ("scheduled", 200)])
def test_a_version_is_shown_to_its_reviewers_as_soon_as_they_are_asked(state, seen):
    PolicyVersionFactory.published(number=1)
    coming = PolicyVersionFactory(number=2)
    reviewer = ReviewFactory(version=coming, reviewer=MembershipFactory().user).reviewer
    scheduled_for = NOON if state == "scheduled" else None
    PolicyVersion.objects.filter(pk=coming.pk).update(state=state, scheduled_for=scheduled_for)

    assert Program(reviewer).get(f"policy/versions/{coming.pk}/").status_code == seen
    everybody = 200 if state == "scheduled" else 404
    assert Program(MembershipFactory().user).get(f"policy/versions/{coming.pk}/").status_code == everybody


def test_a_version_comes_with_its_rules_and_reviews():
    version = PolicyVersionFactory.published(number=1)
    draft = PolicyVersionFactory(number=2)
    review = ReviewFactory(version=draft)
    ReviewFactory(version=draft, reviewer=review.reviewer, verdict="approved", said_at=NOON, voided_at=NOON)
    editor = Program(AppointmentFactory(role=Role.POLICY_EDITOR).user)

    first = editor.get(f"policy/versions/{version.pk}/").json()["clauses"][0]
    assert (first["label"], first["rules"][0]["condition"]) == ("1", {"words": ["outage"]})
    [shown] = editor.get(f"policy/versions/{draft.pk}/").json()["reviews"]
    assert (shown["reviewer"]["id"], shown["department"], shown["verdict"]) == (review.reviewer.pk, None, "waiting")


def test_two_versions_are_compared():
    version = PolicyVersionFactory.published(number=1)
    draft = PolicyVersionFactory(number=2)
    kept = version.clauses.get(number=2)
    ClauseFactory(version=draft, key=kept.key, title="Be kind", body="Thank *all* people.")
    editor = Program(AppointmentFactory(role=Role.POLICY_EDITOR).user)

    answer = editor.get(f"policy/versions/{draft.pk}/changes/{version.pk}/").json()

    assert [(row["change"], row["old_label"], row["new_label"]) for row in answer["clauses"]] == [
        ("removed", "1", None),
        ("changed", "2", "1"),
    ]
    assert answer["clauses"][1]["body"] == [
        {"change": "same", "text": "Thank", "mark": ""},
        {"change": "added", "text": " ", "mark": ""},
        {"change": "added", "text": "all", "mark": "em"},
        {"change": "same", "text": " people.", "mark": ""},
    ]
    assert Program(MembershipFactory().user).get(f"policy/versions/{draft.pk}/changes/{version.pk}/").status_code == 404
