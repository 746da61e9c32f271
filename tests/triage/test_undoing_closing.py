from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teams.models import Department, User
from teams.roles import Role
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory
from triage.models import Conversation, Event
from triage.services import closing, undoing_closing
from triage.services.decisions.undoing import NotUndoable
from triage.states import Stage

pytestmark = pytest.mark.django_db

SOON = NOON + timedelta(minutes=3)


@pytest.fixture
def care() -> Department:
    return DepartmentFactory(slug="care")


@pytest.fixture
def agent(policy, care) -> User:
    user = MembershipFactory(department=care, role=Role.RESPONDER).user
    AttestationFactory(user=user, version=policy)
    return user


def close(conversation: Conversation, actor: User) -> Conversation:
    closing.close_conversation(
        conversation_id=conversation.pk, actor=actor, outcome="resolved", fence=conversation.fence, at=NOON
    )
    conversation.refresh_from_db()
    return conversation


def undo(conversation: Conversation, actor: User, *, at=SOON, fence: int | None = None) -> None:
    undoing_closing.undo_closing(
        conversation_id=conversation.pk,
        actor=actor,
        fence=conversation.fence if fence is None else fence,
        at=at,
    )
    conversation.refresh_from_db()


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def test_who_held_it_has_it_again(care, agent):
    conversation = close(ConversationFactory(claimed=True, department=care, holder=agent), agent)

    undo(conversation, agent)

    assert (conversation.stage, conversation.holder, conversation.outcome) == (Stage.CLAIMED, agent, "")
    assert kinds(conversation) == [Event.Kind.CLOSED, Event.Kind.REOPENED, Event.Kind.CLAIMED]


def test_what_lay_in_a_queue_lies_there_again(care, agent):
    conversation = close(ConversationFactory(assigned=True, department=care), agent)

    undo(conversation, agent)

    assert (conversation.stage, conversation.holder, conversation.department) == (Stage.ASSIGNED, None, care)


def test_what_was_not_decided_needs_a_decision_again(owner):
    conversation = close(ConversationFactory(), owner)

    undo(conversation, owner)

    assert conversation.stage == Stage.NEW


def test_who_has_no_room_finds_it_in_its_queue(care, agent):
    conversation = close(ConversationFactory(claimed=True, department=care, holder=agent), agent)
    User.objects.filter(pk=agent.pk).update(capacity=1)
    ConversationFactory(claimed=True, department=care, holder=agent)
    agent.refresh_from_db()

    undo(conversation, agent)

    assert (conversation.stage, conversation.holder) == (Stage.ASSIGNED, None)


def test_nobody_takes_back_what_another_closed_or_too_late_or_what_went_on(care, agent):
    other = MembershipFactory(department=care, role=Role.RESPONDER).user
    conversation = close(ConversationFactory(assigned=True, department=care), agent)
    before = kinds(conversation)

    for actor, change in (
        (other, {}),
        (agent, {"at": NOON + timedelta(hours=2)}),
        (agent, {"fence": conversation.fence - 1}),
    ):
        with pytest.raises(NotUndoable):
            undo(conversation, actor, **change)

    conversation.refresh_from_db()
    assert (conversation.stage, kinds(conversation)) == (Stage.CLOSED, before)


def test_what_was_taken_back_once_is_open(care, agent):
    conversation = close(ConversationFactory(assigned=True, department=care), agent)
    fence = conversation.fence
    undo(conversation, agent)

    with pytest.raises(NotUndoable):
        undo(conversation, agent, fence=fence)

    conversation.refresh_from_db()
    assert conversation.stage == Stage.ASSIGNED


def test_who_gets_the_pen_back_is_locked_before_the_conversation(care, agent):
    User.objects.filter(pk=agent.pk).update(capacity=5)
    agent.refresh_from_db()
    conversation = close(ConversationFactory(claimed=True, department=care, holder=agent), agent)

    with CaptureQueriesContext(connection) as queries:
        undo(conversation, agent)

    locked = [query["sql"] for query in queries if "FOR UPDATE" in query["sql"] or "FOR NO KEY UPDATE" in query["sql"]]
    assert 'FROM "teams_user"' in locked[0]
    assert 'FROM "triage_conversation"' in locked[1]
    assert conversation.holder == agent
