from datetime import timedelta

import pytest

from insights.models import Timing
from insights.services import rollups
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory, EventFactory
from triage.history.sentences import read_history
from triage.models import Conversation
from triage.replaying import Happened, replay
from triage.services import closing, undoing_waiting
from triage.services.decisions.undoing import NotUndoable
from triage.services.pen import claims
from triage.services.pen.capacity import AtCapacity
from triage.states import DueFor, Stage

pytestmark = pytest.mark.django_db

SOON = NOON + timedelta(minutes=30)


@pytest.fixture
def agent(policy):
    user = MembershipFactory(department=DepartmentFactory(slug="care")).user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def waiting(agent, policy) -> Conversation:
    """A conversation that its holder let wait by mistake, two hours before its deadline."""
    due = {"due_at": NOON + timedelta(hours=2), "step_due_at": NOON + timedelta(hours=2), "due_for": "answer"}
    department = agent.memberships.get().department
    held = ConversationFactory(claimed=True, department=department, holder=agent, due_under=policy.pk, **due)
    closing.wait_for_customer(conversation_id=held.pk, agent=agent, fence=held.fence, at=NOON)
    held.refresh_from_db()
    return held


def undo(conversation: Conversation, actor, *, at=SOON, fence: int | None = None) -> None:
    undoing_waiting.undo_waiting(
        conversation_id=conversation.pk, actor=actor, fence=conversation.fence if fence is None else fence, at=at
    )
    conversation.refresh_from_db()


def test_the_clock_goes_on_as_if_it_had_never_stopped(waiting, agent):
    undo(waiting, agent)

    assert (waiting.stage, waiting.holder, waiting.worked_at) == (Stage.CLAIMED, agent, SOON)
    assert (waiting.due_at, waiting.due_for) == (NOON + timedelta(hours=2), DueFor.ANSWER)
    assert (waiting.step_left, waiting.resolve_left) == (None, None)
    assert read_history(waiting).lines[0].text == f"{agent.name} goes on: it is not the customer’s turn."


def test_the_record_and_the_counts_know_it(waiting, agent):
    opened = EventFactory(conversation=waiting, kind="opened", at=NOON - timedelta(hours=1))
    undo(waiting, agent)

    happened = [Happened(one.kind, one.actor_id, one.at, one.data) for one in waiting.events.order_by("pk")]
    assert replay(happened, decisions={}, voices=frozenset()).stage == Stage.CLAIMED
    rollups.roll_up(at=SOON)
    assert Timing.objects.get(conversation_id=waiting.pk).waiting_since == opened.at


def test_whoever_has_taken_another_has_no_room_to_go_on(waiting, agent):
    agent.capacity = 1
    agent.save()
    other = ConversationFactory(assigned=True, department=waiting.department)
    claims.claim_conversation(conversation_id=other.pk, agent=agent, at=SOON)

    with pytest.raises(AtCapacity):
        undo(waiting, agent)

    waiting.refresh_from_db()
    assert waiting.stage == Stage.WAITING
    assert not waiting.events.filter(kind="waiting_undone").exists()


@pytest.mark.parametrize("gone_on", ["again", "taken", "stale", "late", "another", "answered"])
def test_what_somebody_has_gone_on_with_stays(waiting, agent, gone_on):
    actor, at, fence = agent, SOON, None
    if gone_on == "again":
        undo(waiting, agent)
    elif gone_on == "taken":
        Conversation.objects.filter(pk=waiting.pk).update(holder=MembershipFactory().user)
    elif gone_on == "stale":
        fence = waiting.fence - 1
    elif gone_on == "late":
        at = NOON + timedelta(hours=1, seconds=1)
    elif gone_on == "another":
        actor = MembershipFactory().user
    else:
        # Its answer has left, and the step was done.
        Conversation.objects.filter(pk=waiting.pk).update(step_left=None)
    before = Conversation.objects.values().get(pk=waiting.pk)
    events = waiting.events.count()

    with pytest.raises(NotUndoable):
        undo(waiting, actor, at=at, fence=fence)

    assert Conversation.objects.values().get(pk=waiting.pk) == before
    assert waiting.events.count() == events
