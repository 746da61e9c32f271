import threading
from datetime import timedelta

import pytest

from teams.models import User
from teams.roles import Role
from tests.factories.policies import PolicyVersionFactory, everybody_attests
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory
from tests.support.race import SECONDS, race
from triage.models import Conversation, Decision, Event
from triage.services import closing, recording
from triage.services.closing import NotClosed, NotOpen
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice, DecisionNotOpen
from triage.services.pen import claims
from triage.services.pen.claims import ConversationNotFree
from triage.states import Disposition, DueFor, Stage

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _policy():
    PolicyVersionFactory.published()


def claim(conversation: Conversation, agent: User) -> int:
    return claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=NOON)


def claim_by_check_then_act(conversation_id: int, agent: User, gate: threading.Barrier) -> None:
    """Claim as it must not be done."""
    conversation = Conversation.objects.get(pk=conversation_id)
    assert conversation.stage == Stage.ASSIGNED
    gate.wait()
    conversation.stage, conversation.holder, conversation.due_for = Stage.CLAIMED, agent, DueFor.ANSWER
    conversation.save()
    recording.record(conversation_id=conversation_id, kind=Event.Kind.CLAIMED, actor=agent, at=NOON)


def test_the_naive_claim_lets_both_win():
    conversation = ConversationFactory(assigned=True)
    agents = [MembershipFactory(department=conversation.department).user for _ in range(2)]
    gate = threading.Barrier(2, timeout=SECONDS)

    outcomes = race(*[lambda a=a: claim_by_check_then_act(conversation.pk, a, gate) for a in agents])

    assert outcomes == [None, None]
    assert conversation.events.count() == 2


def test_one_of_many_wins_the_claim():
    conversation = ConversationFactory(assigned=True)
    agents = [MembershipFactory(department=conversation.department).user for _ in range(8)]

    outcomes = race(*[lambda a=a: claim(conversation, a) for a in agents])

    conversation.refresh_from_db()
    assert outcomes.count(2) == 1
    assert sum(isinstance(outcome, ConversationNotFree) for outcome in outcomes) == 7
    assert conversation.events.get().actor == conversation.holder == agents[outcomes.index(2)]
    assert conversation.fence == 2


def test_one_person_who_claims_twice_at_once_wins_once():
    conversation = ConversationFactory(assigned=True)
    agent = MembershipFactory(department=conversation.department).user

    outcomes = race(*[lambda: claim(conversation, agent)] * 4)

    assert outcomes.count(2) == 1
    assert conversation.events.count() == 1


def decide(conversation: Conversation, owner: User, choice: Choice, fence: int) -> Decision:
    return deciding.decide(conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=fence, at=NOON)


def triage_owner() -> User:
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    everybody_attests()
    return owner


def test_one_of_many_decisions_counts():
    conversation = ConversationFactory()
    departments = DepartmentFactory.create_batch(6)
    owners = [triage_owner() for _ in departments]

    outcomes = race(
        *[
            lambda o=owner, d=department: decide(
                conversation, o, Choice(Disposition.PUBLIC_RESPONSE, 2, department=d, visibility="public"), 0
            )
            for owner, department in zip(owners, departments, strict=True)
        ]
    )

    conversation.refresh_from_db()
    decision = Decision.objects.get()
    assert sum(isinstance(outcome, DecisionNotOpen) for outcome in outcomes) == 5
    assert (conversation.department, conversation.fence) == (decision.department, 1)
    assert [concern.department for concern in conversation.concerns.all()] == [decision.department]


@pytest.mark.parametrize("turn", range(3))
def test_a_claim_and_a_new_decision_at_once_leave_one_of_both(turn):
    conversation = ConversationFactory(assigned=True)
    agent = MembershipFactory(department=conversation.department).user
    owner = triage_owner()
    elsewhere = Choice(Disposition.PUBLIC_RESPONSE, 1, department=DepartmentFactory(), visibility="public")

    claimed, decided = race(lambda: claim(conversation, agent), lambda: decide(conversation, owner, elsewhere, 1))

    conversation.refresh_from_db()
    if isinstance(claimed, int):
        assert isinstance(decided, DecisionNotOpen)
        assert (conversation.stage, conversation.holder) == (Stage.CLAIMED, agent)
    else:
        assert isinstance(claimed, ConversationNotFree)
        assert (conversation.stage, conversation.department) == (Stage.ASSIGNED, elsewhere.department)
    assert (conversation.fence, conversation.events.count()) == (2, 1)


def test_a_claim_goes_by_the_priority_that_was_decided_a_moment_before():
    conversation = ConversationFactory(assigned=True, priority=4)
    agent = MembershipFactory(department=conversation.department).user
    owner = triage_owner()
    urgent = Choice(Disposition.PUBLIC_RESPONSE, 1, department=conversation.department, visibility="public")

    claimed, _decided = race(lambda: claim(conversation, agent), lambda: decide(conversation, owner, urgent, 1))

    conversation.refresh_from_db()
    assert isinstance(claimed, int)
    assert (conversation.due_at - NOON) == timedelta(minutes={4: 2880, 1: 60}[conversation.priority])


def test_one_of_many_closings_counts():
    conversation = ConversationFactory(assigned=True)
    agents = [MembershipFactory(department=conversation.department).user for _ in range(5)]
    everybody_attests()

    outcomes = race(
        *[
            lambda a=a: closing.close_conversation(
                conversation_id=conversation.pk, actor=a, outcome="resolved", fence=1, at=NOON
            )
            for a in agents
        ]
    )

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, NotOpen) for outcome in outcomes) == 4
    assert conversation.events.count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_reopening_and_closing_at_once_end_in_one_order_or_the_other(turn):
    conversation = ConversationFactory(closed=True)
    people = [MembershipFactory(department=conversation.department).user for _ in range(4)]
    everybody_attests()

    def reopen(person: User) -> None:
        closing.reopen_conversation(conversation_id=conversation.pk, actor=person, at=NOON)

    def close(person: User) -> None:
        fence = Conversation.objects.values_list("fence", flat=True).get(pk=conversation.pk)
        closing.close_conversation(
            conversation_id=conversation.pk, actor=person, outcome="informed", fence=fence, at=NOON
        )

    outcomes = race(
        lambda: reopen(people[0]), lambda: close(people[1]), lambda: reopen(people[2]), lambda: close(people[3])
    )

    conversation.refresh_from_db()
    kinds = list(conversation.events.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["reopened", "closed", "reopened", "closed"][: len(kinds)]
    assert conversation.stage == (Stage.ASSIGNED if kinds[-1] == "reopened" else Stage.CLOSED)
    assert conversation.fence == 3 + len(kinds)
    assert outcomes.count(None) == len(kinds)
    assert all(outcome is None or isinstance(outcome, NotOpen | NotClosed) for outcome in outcomes)
