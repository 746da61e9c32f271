from datetime import timedelta

import pytest

from tests.factories.policies import AttestationFactory, PolicyVersionFactory
from tests.factories.teams import NOON, MembershipFactory
from tests.factories.triage import ConversationFactory
from tests.support.race import race
from triage.models import Conversation, HandOver
from triage.services import closing, snoozing, undoing_waiting
from triage.services.decisions.undoing import NotUndoable
from triage.services.pen import handing_over, taking_over
from triage.services.pen.handing_over import HandOverNotOpen

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

SOON = NOON + timedelta(minutes=1)


@pytest.fixture
def held() -> Conversation:
    version = PolicyVersionFactory.published()
    agent = MembershipFactory().user
    AttestationFactory(user=agent, version=version)
    return ConversationFactory(
        claimed=True, department=agent.memberships.get().department, holder=agent, due_under=version.pk
    )


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def test_waiting_is_taken_back_once(held):
    closing.wait_for_customer(conversation_id=held.pk, agent=held.holder, fence=held.fence, at=NOON)

    outcomes = race(
        *[lambda: undoing_waiting.undo_waiting(conversation_id=held.pk, actor=held.holder, fence=held.fence, at=SOON)]
        * 4
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", *["NotUndoable"] * 3]
    assert kinds(held) == ["waiting", "waiting_undone"]


@pytest.mark.parametrize("turn", range(3))
def test_waiting_is_taken_back_by_its_holder_or_taken_over_by_a_lead(held, turn):
    closing.wait_for_customer(conversation_id=held.pk, agent=held.holder, fence=held.fence, at=NOON)
    lead = MembershipFactory(department=held.department, role="lead").user

    undone, taken = race(
        lambda: undoing_waiting.undo_waiting(conversation_id=held.pk, actor=held.holder, fence=held.fence, at=SOON),
        lambda: taking_over.take_over(
            conversation_id=held.pk, actor=lead, reason="Ill", to_queue=True, give_to=None, fence=held.fence, at=SOON
        ),
    )

    held.refresh_from_db()
    assert not isinstance(taken, Exception)
    assert (held.stage, held.holder) == ("assigned", None)
    assert (
        kinds(held) == ["waiting", "taken_over"]
        if isinstance(undone, NotUndoable)
        else [
            "waiting",
            "waiting_undone",
            "taken_over",
        ]
    )


def test_what_was_brought_back_is_put_aside_again_once(held):
    snoozing.snooze(conversation_id=held.pk, until=None, reach=None, fence=held.fence, actor=held.holder, at=NOON)
    snoozing.wake(conversation_id=held.pk, actor=held.holder, at=NOON)

    outcomes = race(
        *[lambda: snoozing.snooze_again(conversation_id=held.pk, actor=held.holder, fence=held.fence, at=SOON)] * 4
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", *["NotUndoable"] * 3]
    assert kinds(held) == ["snoozed", "woken", "snoozed"]


@pytest.mark.parametrize("turn", range(3))
def test_an_asking_is_taken_back_or_accepted(held, turn):
    taker = MembershipFactory(department=held.department).user
    asked = handing_over.ask(
        conversation_id=held.pk, giver=held.holder, taker=taker, note="", fence=held.fence, at=NOON
    )

    withdrawn, accepted = race(
        lambda: handing_over.withdraw(hand_over_id=asked.pk, giver=held.holder, at=SOON),
        lambda: handing_over.accept(hand_over_id=asked.pk, taker=taker, at=SOON),
    )

    assert [isinstance(one, HandOverNotOpen) for one in (withdrawn, accepted)].count(True) == 1
    held_by = Conversation.objects.get(pk=held.pk).holder
    asked.refresh_from_db()
    assert (held_by, asked.answer) in [(taker, HandOver.Answer.ACCEPTED), (held.holder, HandOver.Answer.WITHDRAWN)]
