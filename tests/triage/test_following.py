import pytest

from teams.models import Department, User
from teams.roles import Role
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory
from tests.factories.triage import ConversationFactory
from triage.models import Conversation, Decision
from triage.services.decisions import deciding, following
from triage.services.decisions.deciding import Choice
from triage.services.decisions.following import SuggestionChanged, SuggestionIncomplete
from triage.states import Disposition, Stage

pytestmark = pytest.mark.django_db

WHOLE = {
    "priority": 2,
    "disposition": "customer_service",
    "department": "care",
    "visibility": "private",
    "tags": ["order"],
}
UNANSWERED = {"priority": 4, "disposition": "no_response", "reason": "spam"}


@pytest.fixture
def owner(policy) -> User:
    user = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def care() -> Department:
    return DepartmentFactory(slug="care")


def follow(conversation: Conversation, owner: User, seal: str | None = None) -> Decision:
    return following.follow(
        conversation_id=conversation.pk,
        triage_owner=owner,
        fence=conversation.fence,
        seal=following.seal_of(conversation.suggestion) if seal is None else seal,
        at=NOON,
    )


def test_an_answer_is_decided_as_suggested(owner, care):
    conversation = ConversationFactory(suggestion=WHOLE)

    decision = follow(conversation, owner)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.department, conversation.priority) == (Stage.ASSIGNED, care, 2)
    assert (decision.visibility, decision.tags, decision.follows_suggestion) == ("private", ["order"], True)
    assert decision.departure == ""


def test_no_answer_is_decided_as_suggested(owner):
    conversation = ConversationFactory(suggestion=UNANSWERED)

    decision = follow(conversation, owner)

    conversation.refresh_from_db()
    assert (conversation.stage, decision.reason, decision.follows_suggestion) == (Stage.CLOSED, "spam", True)


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ({}, "does not say what to do"),
        ({**WHOLE, "disposition": ""}, "does not say what to do"),
        ({**WHOLE, "department": ""}, "names no department"),
        ({**WHOLE, "visibility": ""}, "whether in public"),
        ({**UNANSWERED, "reason": ""}, "why nobody answers"),
        ({**WHOLE, "department": "gone"}, "is closed"),
    ],
)
def test_what_a_suggestion_leaves_open_is_refused(owner, care, lacking, said):
    conversation = ConversationFactory(suggestion=lacking)

    with pytest.raises(SuggestionIncomplete, match=said):
        follow(conversation, owner)

    conversation.refresh_from_db()
    assert conversation.stage == Stage.NEW
    assert not Decision.objects.exists()


def test_another_suggestion_than_the_one_that_was_seen_is_refused(owner, care):
    conversation = ConversationFactory(suggestion=WHOLE)
    seen = following.seal_of(WHOLE)
    Conversation.objects.filter(pk=conversation.pk).update(suggestion={**WHOLE, "visibility": "public"})

    with pytest.raises(SuggestionChanged):
        follow(conversation, owner, seal=seen)

    assert not Decision.objects.exists()


def test_what_somebody_decided_meanwhile_stays(owner, care):
    conversation = ConversationFactory(suggestion=WHOLE)
    choice = Choice(Disposition.NO_RESPONSE, 3, reason="spam")
    deciding.decide(conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=0, at=NOON)

    with pytest.raises(deciding.DecisionNotOpen):
        follow(conversation, owner)

    assert Decision.objects.get().disposition == Disposition.NO_RESPONSE


def test_who_practises_follows_nothing(owner, care):
    conversation = ConversationFactory(suggestion=WHOLE, learner=owner)

    with pytest.raises(SuggestionIncomplete):
        follow(conversation, owner)

    assert not Decision.objects.exists()
