from datetime import timedelta

import pytest

from policies.models import PolicyVersion
from teams.models import Department, Notification, User
from teams.roles import Role
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory, EventFactory
from triage.models import Conversation
from triage.services.pen import claims, offering
from triage.states import Stage

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def desk(policy) -> Department:
    return DepartmentFactory(offering=Department.Offering.IN_TURN)


def person(desk: Department, version: PolicyVersion, *, capacity: int | None = None, **how: object) -> User:
    user = MembershipFactory(department=desk, user__capacity=capacity, user__wants_email=False, **how).user
    AttestationFactory(user=user, version=version)
    return user


def waiting(desk: Department, minutes: int = 0, **columns: object) -> Conversation:
    return ConversationFactory(
        assigned=True, department=desk, last_inbound_at=NOON - timedelta(minutes=minutes), **columns
    )


def offer(desk: Department, at=LATER) -> int:
    return offering.offer_waiting(department_id=desk.pk, at=at)


def offered(*conversations: Conversation) -> list[User | None]:
    for conversation in conversations:
        conversation.refresh_from_db()
    return [conversation.offered_to for conversation in conversations]


def test_everybody_has_a_turn(desk, policy):
    anna, bo = person(desk, policy), person(desk, policy)
    first, second, third = waiting(desk, 3), waiting(desk, 2), waiting(desk, 1)

    assert offer(desk) == 3
    assert offer(desk) == 0

    assert offered(first, second, third) == [anna, bo, anna]
    event = first.events.get()
    assert (event.kind, event.actor, event.data) == ("offered", None, {"to": anna.pk})
    assert list(Notification.objects.filter(user=bo).values_list("kind", "conversation_id")) == [("given", second.pk)]


def test_the_next_turn_begins_where_the_last_ended(desk, policy):
    anna, bo = person(desk, policy), person(desk, policy)
    waiting(desk)
    offer(desk)
    next_one = waiting(desk)

    offer(desk, LATER + timedelta(minutes=1))

    assert offered(next_one) == [bo]
    last_one = waiting(desk)
    offer(desk, LATER + timedelta(minutes=2))
    assert offered(last_one) == [anna]


def test_whoever_has_the_fewest_is_offered_the_next(desk, policy):
    Department.objects.update(offering=Department.Offering.LEAST_LOADED)
    anna, bo = person(desk, policy), person(desk, policy)
    ConversationFactory.create_batch(2, claimed=True, holder=anna)
    ConversationFactory(waiting=True, holder=bo)
    first, second, third = waiting(desk, 3), waiting(desk, 2), waiting(desk, 1)

    offer(desk)

    assert offered(first, second, third) == [bo, bo, anna]


def test_who_frees_up_gets_the_longest_waiting_not_the_newest(desk, policy):
    anna = person(desk, policy, capacity=1)
    held = ConversationFactory(claimed=True, department=desk, holder=anna)
    newest, oldest = waiting(desk, 1), waiting(desk, 60)
    assert offer(desk) == 0

    claims.release_conversation(conversation_id=held.pk, agent=anna, fence=2, at=LATER)

    assert offer(desk) == 1
    assert offered(newest, oldest, held) == [None, anna, None]


def test_the_urgent_comes_before_what_waits_longer(desk, policy):
    person(desk, policy, capacity=1)
    old, urgent = waiting(desk, 60), waiting(desk, 1, priority=1)

    offer(desk)

    assert offered(old)[0] is None
    assert offered(urgent)[0] is not None


def test_who_cannot_answer_now_is_skipped(desk, policy):
    person(desk, policy, role=Role.LISTENER)
    person(desk, policy, user__is_active=False)
    MembershipFactory(department=desk)
    full = person(desk, policy, capacity=2)
    ConversationFactory(claimed=True, holder=full)
    ConversationFactory(assigned=True, offered_to=full)
    conversation = waiting(desk)

    assert offer(desk) == 0

    assert offered(conversation) == [None]
    assert not conversation.events.exists()


def test_nobody_is_offered_what_they_have_just_let_go(desk, policy):
    anna = person(desk, policy)
    conversation = waiting(desk)
    EventFactory(conversation=conversation, kind="released", actor=anna)

    assert offer(desk) == 0

    EventFactory(conversation=conversation, kind="decided")
    assert offer(desk) == 1
    assert offered(conversation) == [anna]


def test_an_offer_that_nobody_takes_goes_to_the_next_and_then_to_everybody(desk, policy):
    anna, bo = person(desk, policy), person(desk, policy)
    conversation = waiting(desk)
    offer(desk)
    allowed = timedelta(minutes=240)

    assert offer(desk, LATER + allowed - timedelta(seconds=1)) == 0
    assert offered(conversation) == [anna]
    assert offer(desk, LATER + allowed) == 1
    assert offered(conversation) == [bo]
    assert offer(desk, LATER + 2 * allowed) == 0
    assert offered(conversation) == [None]
    assert [event.data for event in conversation.events.order_by("pk")] == [
        {"to": anna.pk},
        {"to": None, "from": anna.pk},
        {"to": bo.pk},
        {"to": None, "from": bo.pk},
    ]


def test_what_a_person_gave_to_a_person_stays_theirs(desk, policy):
    anna = person(desk, policy)
    conversation = waiting(desk, offered_to=anna)
    EventFactory(conversation=conversation, kind="decided")

    assert offer(desk, LATER + timedelta(days=30)) == 0

    assert offered(conversation) == [anna]


def test_without_a_rule_nothing_is_offered(desk, policy):
    Department.objects.update(offering="")
    person(desk, policy)
    conversation = waiting(desk)

    assert offer(desk) == 0
    offering.offer_everywhere(at=LATER)

    assert offered(conversation) == [None]


def test_the_sweep_offers_in_every_department_with_a_rule(desk, policy):
    anna = person(desk, policy)
    conversation = waiting(desk)

    offering.offer_everywhere(at=LATER)

    assert offered(conversation) == [anna]


def test_the_one_who_is_offered_claims(desk, policy):
    anna, bo = person(desk, policy), person(desk, policy)
    conversation = waiting(desk)
    offer(desk)

    with pytest.raises(claims.ConversationNotFree):
        claims.claim_conversation(conversation_id=conversation.pk, agent=bo, at=LATER)
    claims.claim_conversation(conversation_id=conversation.pk, agent=anna, at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.holder, conversation.offered_to) == (Stage.CLAIMED, anna, None)
