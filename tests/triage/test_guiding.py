import pytest
from django.db import IntegrityError, transaction

from tests.factories.listening import ChannelFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON
from tests.factories.triage import ConversationFactory
from tests.support.guiding import GUIDE, SEEN, WORTH, said_by_person
from tests.support.hearing import hear, said
from tests.support.ruling import put_in_force
from triage.history.guide import sentences_of_walk
from triage.history.sentences import read_history
from triage.models import Conversation, Decision
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice, DecisionNotOpen
from triage.states import Disposition, Visibility

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


@pytest.fixture
def guided(owner):
    version = put_in_force(guide=GUIDE)
    AttestationFactory(user=owner, version=version)
    return version


@pytest.fixture
def heard(guided) -> Conversation:
    (conversation,) = hear(ChannelFactory(), said("1", "Another outage"))
    return conversation


def decide(conversation, owner, care, **change):
    choice = Choice(Disposition.CUSTOMER_SERVICE, 3, department=care, visibility=Visibility.PUBLIC, **change)
    return deciding.decide(
        conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=conversation.fence, at=NOON
    )


def test_a_decision_keeps_who_answered_what_with_the_evidence_of_the_machine(heard, owner, care):
    decision = decide(heard, owner, care, guide={"danger": "n", "worth": "1"})

    decision.refresh_from_db()
    assert decision.guide == [SEEN, said_by_person("danger", "n"), said_by_person("worth", "1")]


def test_a_person_may_answer_otherwise_than_the_machine(heard, owner, care):
    decision = decide(heard, owner, care, guide={"about-us": "n"})

    assert decision.guide == [said_by_person("about-us", "n")]


def test_a_walk_that_leads_nowhere_yet_is_kept_as_far_as_it_came(heard, owner, care):
    decision = decide(heard, owner, care, guide={"danger": "n"})

    assert decision.guide == [SEEN, said_by_person("danger", "n")]


@pytest.mark.parametrize("given", [None, {}, {"worth": "1"}, {"elsewhere": "y", "danger": "x"}])
def test_nothing_is_kept_of_a_walk_that_nobody_began(heard, owner, care, given):
    decision = decide(heard, owner, care, guide=given)

    assert decision.guide == []


def test_the_machine_alone_may_come_to_the_end(owner, care):
    question = {**WORTH, "answers": [{**WORTH["answers"][0], "when": {"words": ["outage"]}}, WORTH["answers"][1]]}
    AttestationFactory(user=owner, version=put_in_force(guide=[question]))
    (conversation,) = hear(ChannelFactory(), said("1", "Another outage"))

    decision = decide(conversation, owner, care, guide={})

    assert decision.guide == [{**SEEN, "question": "worth", "answer": "1"}]


def test_without_a_guide_nothing_is_kept(owner, care, policy):
    decision = decide(ConversationFactory(), owner, care, guide={"danger": "n"})

    assert decision.guide == []


def test_what_another_version_asked_is_passed_over(heard, owner, care):
    AttestationFactory(user=owner, version=put_in_force(guide=[WORTH]))

    decision = decide(heard, owner, care, guide={"about-us": "y", "danger": "n", "worth": "2"})

    assert decision.guide == [said_by_person("worth", "2")]


def test_a_decision_that_is_refused_keeps_no_walk(heard, owner, care):
    choice = Choice(Disposition.CUSTOMER_SERVICE, 3, department=care, visibility="public", guide={"danger": "n"})

    with pytest.raises(DecisionNotOpen):
        deciding.decide(conversation_id=heard.pk, choice=choice, triage_owner=owner, fence=7, at=NOON)

    assert not Decision.objects.exists()


def test_how_the_guide_was_walked_never_changes(heard, owner, care):
    decision = decide(heard, owner, care, guide={"danger": "n"})

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(guide=[])

    assert Decision.objects.get().guide == [SEEN, said_by_person("danger", "n")]


def test_the_history_tells_how_the_guide_was_walked_years_later(heard, owner, care, django_assert_num_queries):
    decision = decide(heard, owner, care, guide={"danger": "n", "worth": "1"})
    put_in_force(guide=[WORTH])
    told = [
        "Is it about us? Yes (filled in: “outage”).",
        "Is somebody in danger? No.",
        "Would an answer help? Yes.",
    ]

    lines = read_history(heard).lines

    assert [line.walk for line in lines] == [told, []]
    with django_assert_num_queries(0):
        assert sentences_of_walk(decision) == told


def test_an_answer_that_the_machine_gave_without_evidence_says_so(heard, owner, care):
    absent = {"key": "quiet", "text": "Is it calm?", "answers": [
        {"key": "y", "text": "Yes", "when": {"not": {"words": ["fire"]}}, "then": {"priority": 4}},
        {"key": "n", "text": "No", "then": {"priority": 1}},
    ]}  # fmt: skip
    AttestationFactory(user=owner, version=put_in_force(guide=[absent]))

    decision = decide(heard, owner, care, guide={})

    assert decision.guide == [{"question": "quiet", "answer": "y", "by": "machine", "evidence": []}]
    assert sentences_of_walk(decision) == ["Is it calm? Yes (filled in)."]
