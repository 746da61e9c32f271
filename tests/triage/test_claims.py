from datetime import timedelta

import pytest

from teams.models import Notification, User
from teams.roles import Role
from tests.factories.teams import NOON, AppointmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory
from triage.models import Conversation
from triage.services.pen import claims
from triage.services.pen.claims import AnswerUnderway, ConversationNotFree, NotTheHolder
from triage.states import DueFor, Priority, ReplyState, Stage

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def conversation(policy) -> Conversation:
    return ConversationFactory(assigned=True)


@pytest.fixture
def agent(conversation) -> User:
    return MembershipFactory(department=conversation.department, user__wants_email=False).user


def claim(conversation: Conversation, agent: User) -> int:
    return claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=LATER)


def release(conversation: Conversation, agent: User, fence: int) -> None:
    claims.release_conversation(conversation_id=conversation.pk, agent=agent, fence=fence, at=LATER)


def state(conversation: Conversation) -> tuple[object, ...]:
    conversation.refresh_from_db()
    return conversation.stage, conversation.holder, conversation.offered_to, conversation.fence


@pytest.mark.parametrize(
    ("priority", "minutes"),
    [(Priority.URGENT, 60), (Priority.HIGH, 240), (Priority.NORMAL, 1440), (Priority.LOW, 2880)],
)
def test_a_claim_gives_the_pen(conversation, agent, priority, minutes):
    Conversation.objects.update(priority=priority)

    fence = claim(conversation, agent)

    assert state(conversation) == (Stage.CLAIMED, agent, None, 2)
    assert fence == 2
    assert (conversation.claimed_at, conversation.due_at, conversation.due_for) == (
        LATER,
        LATER + timedelta(minutes=minutes),
        DueFor.ANSWER,
    )
    assert [(event.kind, event.actor, event.at) for event in conversation.events.all()] == [("claimed", agent, LATER)]


def test_the_first_claim_stays_the_first(conversation, agent):
    Conversation.objects.update(claimed_at=NOON)

    claim(conversation, agent)

    conversation.refresh_from_db()
    assert conversation.claimed_at == NOON


def test_a_conversation_that_is_offered_is_claimed_by_that_person(conversation, agent):
    Conversation.objects.update(offered_to=agent)

    claim(conversation, agent)

    assert state(conversation) == (Stage.CLAIMED, agent, None, 2)


def test_a_conversation_that_is_offered_to_another_is_refused(conversation, agent):
    other = UserFactory(name="Bo Berg")
    Conversation.objects.update(offered_to=other)

    with pytest.raises(ConversationNotFree, match="This conversation is offered to Bo Berg\\."):
        claim(conversation, agent)

    assert state(conversation) == (Stage.ASSIGNED, None, other, 1)
    assert not conversation.events.exists()


@pytest.mark.parametrize(
    ("trait", "columns", "sentence"),
    [
        ("claimed", {"holder__name": "Bo Berg"}, "Bo Berg holds this conversation."),
        ("waiting", {"holder__name": "Bo Berg"}, "Bo Berg holds this conversation."),
        ("closed", {}, "This conversation is closed."),
        (None, {}, "This conversation needs a decision first."),
    ],
)
def test_what_is_not_free_is_refused_with_the_truth(conversation, agent, trait, columns, sentence):
    department = {"department": conversation.department} if trait else {}
    other = ConversationFactory(**({trait: True} if trait else {}), **department, **columns)
    before = state(other)

    with pytest.raises(ConversationNotFree) as refused:
        claim(other, agent)

    assert str(refused.value) == sentence
    assert state(other) == before
    assert not other.events.exists()


@pytest.mark.parametrize("role", [None, Role.LISTENER])
def test_only_a_responder_of_the_department_claims(conversation, role):
    user = UserFactory() if role is None else MembershipFactory(department=conversation.department, role=role).user
    AppointmentFactory(user=user, role=Role.ADMINISTRATOR)
    MembershipFactory(user=user)

    with pytest.raises(ConversationNotFree, match="lies in the department's queue"):
        claim(conversation, user)

    assert state(conversation) == (Stage.ASSIGNED, None, None, 1)


def test_a_release_gives_the_pen_back_and_tells_the_department(conversation, agent):
    other = MembershipFactory(department=conversation.department, user__wants_email=False).user
    fence = claim(conversation, agent)

    release(conversation, agent, fence)

    assert state(conversation) == (Stage.ASSIGNED, None, None, 3)
    assert (conversation.due_at, conversation.due_for) == (LATER + timedelta(minutes=240), DueFor.CLAIM)
    assert list(conversation.events.order_by("pk").values_list("kind", flat=True)) == ["claimed", "released"]
    assert list(Notification.objects.values_list("user", "kind")) == [(other.pk, "queue")]


def test_a_waiting_conversation_is_released_too(conversation, agent):
    fence = claim(conversation, agent)
    Conversation.objects.update(stage=Stage.WAITING, due_at=None, due_for="")

    release(conversation, agent, fence)

    assert state(conversation) == (Stage.ASSIGNED, None, None, 3)


@pytest.mark.parametrize(("is_holder", "fence"), [(True, 1), (True, 3), (False, 2)])
def test_only_the_holder_of_now_releases(conversation, agent, is_holder, fence):
    claim(conversation, agent)

    with pytest.raises(NotTheHolder):
        release(conversation, agent if is_holder else UserFactory(), fence)

    assert state(conversation) == (Stage.CLAIMED, agent, None, 2)
    assert not Notification.objects.exists()


@pytest.mark.parametrize("answer", [ReplyState.QUEUED, ReplyState.SENDING, ReplyState.UNCERTAIN])
def test_the_pen_stays_while_an_answer_is_on_its_way(conversation, agent, answer):
    fence = claim(conversation, agent)
    ReplyFactory(conversation=conversation, author=agent, state=answer)

    with pytest.raises(AnswerUnderway):
        release(conversation, agent, fence)

    assert state(conversation) == (Stage.CLAIMED, agent, None, 2)
