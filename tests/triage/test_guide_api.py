import pytest

from tests.factories.listening import ChannelFactory
from tests.factories.policies import AttestationFactory
from tests.support.api import Program
from tests.support.guiding import GUIDE, SEEN, said_by_person
from tests.support.hearing import hear, said
from tests.support.ruling import put_in_force
from triage.models import Conversation, Decision

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

ANSWER = {"fence": 0, "disposition": "customer_service", "department": "care", "visibility": "public"}


@pytest.fixture
def heard(owner, care) -> Conversation:
    AttestationFactory(user=owner, version=put_in_force(guide=GUIDE))
    (conversation,) = hear(ChannelFactory(), said("1", "Another outage"))
    return conversation


def test_programs_walk_the_guide(owner, heard):
    walked = Program(owner).get(f"conversations/{heard.pk}/guide/?danger=n").json()

    assert [(step["question"], step["by"], step["sentence"]) for step in walked["steps"]] == [
        ("about-us", "machine", "Is it about us? Yes (filled in: “outage”)."),
        ("danger", "person", "Is somebody in danger? No."),
    ]
    assert walked["question"] == {
        "key": "worth",
        "text": "Would an answer help?",
        "help": "",
        "clause": None,
        "answers": [{"key": "1", "text": "Yes"}, {"key": "2", "text": "No"}],
    }
    assert walked["outcome"] is None


def test_programs_come_to_the_outcome(owner, heard):
    walked = Program(owner).get(f"conversations/{heard.pk}/guide/?about-us=y&danger=y&page=2").json()

    assert walked["question"] is None
    assert walked["outcome"] == {
        "disposition": "customer_service",
        "reason": "",
        "department": "care",
        "person": "",
        "visibility": "private",
        "priority": 1,
        "tags": ["danger"],
        "text": "Call the officer on duty.",
    }


def test_a_policy_without_a_guide_leads_nowhere(owner, care, policy):
    (conversation,) = hear(ChannelFactory(), said("1", "Another outage"))

    walked = Program(owner).get(f"conversations/{conversation.pk}/guide/").json()

    assert walked == {"policy_version": policy.pk, "steps": [], "question": None, "outcome": None}


def test_programs_send_their_answers_with_the_decision(owner, heard):
    sent = Program(owner).post(f"conversations/{heard.pk}/decisions/", {**ANSWER, "guide": {"danger": "n"}})

    assert sent.status_code == 201, sent.json()
    assert Decision.objects.get().guide == [SEEN, said_by_person("danger", "n")]
    (told,) = Program(owner).get(f"conversations/{heard.pk}/decisions/").json()["results"]
    assert told["guide"] == [
        {**SEEN, "sentence": "Is it about us? Yes (filled in: “outage”)."},
        {**said_by_person("danger", "n"), "sentence": "Is somebody in danger? No."},
    ]


@pytest.mark.parametrize("guide", ["y", ["danger"], {"danger": "yes"}, {"danger": {"y": 1}}])
def test_answers_in_another_shape_are_refused(owner, heard, guide):
    sent = Program(owner).post(f"conversations/{heard.pk}/decisions/", {**ANSWER, "guide": guide})

    assert sent.status_code == 400
    assert not Decision.objects.exists()
