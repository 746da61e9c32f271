from datetime import timedelta
from functools import partial

import pytest

from policies.engine.rules import Policy
from policies.models import PolicyVersion
from policies.services import reading
from teams.models import Department, Notification, User
from teams.roles import Role
from tests.factories.policies import ClauseFactory, PolicyVersionFactory, RuleFactory, TargetFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory
from tests.support.race import race
from triage.models import ClockEnd, Conversation, Escalation, Event
from triage.services import escalating, recording, telling
from triage.services.pen import claims
from triage.services.pen.claims import ConversationNotFree
from triage.states import Stage

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

LATE = NOON + timedelta(hours=5)


@pytest.fixture
def policy() -> Policy:
    version = PolicyVersionFactory()
    RuleFactory(
        clause=ClauseFactory(version=version),
        kind="escalation",
        condition={"priority": [1, 2, 3, 4]},
        outcome={"step": "claim", "minutes": 0, "tell": [{"role": "triage_owner"}]},
    )
    TargetFactory(version=version)
    version.state, version.in_force_from = PolicyVersion.State.IN_FORCE, NOON
    version.save(update_fields=["state", "in_force_from"])
    return reading.policy_in_force()


@pytest.fixture
def owner() -> User:
    return AppointmentFactory(role=Role.TRIAGE_OWNER, user__wants_email=False).user


@pytest.fixture
def desk(policy) -> Department:
    return DepartmentFactory()


def test_telling_after_a_look_tells_twice(desk, owner):
    conversation = ConversationFactory(assigned=True, department=desk)

    def tell_by_check_then_act():
        if not conversation.escalations.exists():
            event = recording.record(
                conversation_id=conversation.pk, kind=Event.Kind.ESCALATED, actor=None, at=LATE, data={"told": []}
            )
            telling.tell_deadline(conversation, event, [owner], is_near=False)

    race(*[tell_by_check_then_act] * 2)

    assert Notification.objects.count() == 2


def test_of_many_sweeps_one_tells(desk, owner):
    ConversationFactory.create_batch(3, assigned=True, department=desk)

    outcomes = race(*[partial(escalating.sweep, at=LATE)] * 4)

    assert sum(outcomes) == 3
    assert Notification.objects.count() == Event.objects.count() == Escalation.objects.count() == 3


def test_a_claim_and_a_telling_leave_nothing_unread(desk, owner):
    agents = [MembershipFactory(department=desk).user for _ in range(4)]
    conversations = ConversationFactory.create_batch(4, assigned=True, department=desk)

    race(
        partial(escalating.sweep, at=LATE),
        *[
            partial(claims.claim_conversation, conversation_id=one.pk, agent=agent, at=LATE)
            for one, agent in zip(conversations, agents, strict=True)
        ],
    )

    # Whoever was told was told before the claim, which acknowledged it.
    assert not Notification.objects.filter(read_at=None).exists()
    assert not Escalation.objects.filter(event__isnull=False, acknowledged_at=None).exists()
    assert ClockEnd.objects.filter(step="claim", missed=True).count() == 4


def test_a_claim_ends_the_time_to_claim_once(desk):
    agents = [MembershipFactory(department=desk).user for _ in range(6)]
    conversation = ConversationFactory(assigned=True, department=desk)

    outcomes = race(
        *[partial(claims.claim_conversation, conversation_id=conversation.pk, agent=agent, at=LATE) for agent in agents]
    )

    assert sum(isinstance(outcome, ConversationNotFree) for outcome in outcomes) == 5
    assert ClockEnd.objects.count() == 1
    found = Conversation.objects.get()
    assert (found.stage, found.due_for, found.due_at) == (Stage.CLAIMED, "answer", LATE + timedelta(days=1))
