from datetime import timedelta
from typing import Any

import pytest

from socialhub.lib.errors import Invalid
from teams.models import Appointment, Notification, User
from teams.roles import Role
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory, last_heard
from tests.support.approving import LATER, TEXT, approve, ask, kinds, needs, state_of, told
from tests.support.hearing import hear, said
from triage.models import Approval, Conversation, Decision
from triage.services.approving import asks, standing, steps
from triage.services.approving.standing import Needed
from triage.services.decisions import deciding
from triage.services.pen import claims
from triage.services.seen import Seen
from triage.services.sending.replies import WorldChanged
from triage.states import Disposition

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


def test_asking_keeps_the_exact_text_and_tells_who_is_asked(held, policy, manager):
    needs(held, {"person": manager.pk})

    approval = ask(held, policy, f"  {TEXT}\n")

    assert approval.body == TEXT
    assert approval.digest == standing.digest_of(TEXT)
    assert (approval.fence, approval.answers, approval.policy_version) == (2, last_heard(held), policy)
    assert approval.expires_at == held.due_at
    assert [(step.person, step.author) for step in approval.steps.all()] == [(manager, held.holder)]
    assert kinds(held) == ["approval_asked"]
    assert told(manager) == ["approval_asked"]
    assert Notification.objects.get(user=manager).path == f"/approvals/{approval.pk}/"


def test_what_was_approved_until_a_deadline_that_has_passed_is_asked_anew(held, policy, manager):
    needs(held, {"person": manager.pk})
    first = ask(held, policy)
    Approval.objects.update(state=Approval.State.USED, expires_at=NOON)

    second = ask(held, policy)

    assert (second.state, second.expires_at) == ("asked", held.due_at)
    assert second != first


def test_asking_twice_is_one_asking(held, policy, manager):
    needs(held, {"person": manager.pk})

    assert ask(held, policy) == ask(held, policy)

    assert kinds(held) == ["approval_asked"]


def test_asking_for_another_text_withdraws_the_first(held, policy, manager):
    needs(held, {"person": manager.pk})
    first = ask(held, policy)
    approve(first, manager)

    second = ask(held, policy, "Another text.")

    assert state_of(first) == "withdrawn"
    assert state_of(second) == "asked"
    assert kinds(held) == ["approval_asked", "approval_given", "approval_withdrawn", "approval_asked"]


def test_asking_is_refused_where_nobody_is_needed(held, policy):
    with pytest.raises(asks.NoApprovalNeeded):
        ask(held, policy)

    assert not Approval.objects.exists()


def test_asking_is_refused_to_who_lost_the_pen(held, policy, manager):
    needs(held, {"person": manager.pk})

    with pytest.raises(claims.NotTheHolder):
        ask(held, policy, fence=1)

    assert not Approval.objects.exists()


def test_asking_after_the_deadline_holds_until_it_is_used(held, policy, manager):
    needs(held, {"person": manager.pk})
    Conversation.objects.filter(pk=held.pk).update(due_at=NOON)

    assert ask(held, policy).expires_at is None


def test_the_author_is_not_asked_themselves(held, policy, manager):
    needs(held, {"person": held.holder.pk}, {"person": manager.pk}, mode="all")

    approval = ask(held, policy)

    assert [step.person for step in approval.steps.all()] == [manager]


def test_asking_is_refused_where_only_the_author_is_asked(held, policy):
    needs(held, {"person": held.holder.pk})

    with pytest.raises(steps.NobodyToAsk):
        ask(held, policy)

    assert not Approval.objects.exists()
    assert kinds(held) == []


def test_asking_is_refused_where_nobody_can_speak_for_somebody(held, policy, manager):
    needs(held, {"department": DepartmentFactory().pk}, {"person": manager.pk}, mode="all")

    with pytest.raises(steps.NobodyToAsk):
        ask(held, policy)

    assert not Approval.objects.exists()


def test_the_author_withdraws_what_they_asked(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)

    asks.withdraw_approval(approval_id=approval.pk, author=held.holder, at=LATER)

    assert state_of(approval) == "withdrawn"
    assert kinds(held) == ["approval_asked", "approval_withdrawn"]
    assert list(steps.waiting_for(manager, at=LATER)) == []


def test_only_the_author_withdraws(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)

    with pytest.raises(asks.ApprovalNotOpen):
        asks.withdraw_approval(approval_id=approval.pk, author=manager, at=LATER)

    assert state_of(approval) == "asked"


def test_what_nobody_approved_in_time_expires_and_its_author_is_told(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)

    assert asks.expire(at=held.due_at) == 1
    assert asks.expire(at=held.due_at) == 0

    assert state_of(approval) == "expired"
    assert kinds(held) == ["approval_asked", "approval_expired"]
    assert told(held.holder) == ["approval_expired"]


def test_nothing_expires_before_the_deadline(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)

    assert asks.expire(at=held.due_at - timedelta(seconds=1)) == 0

    assert state_of(approval) == "asked"


def decide(conversation: Conversation, owner: User, needed: Needed, **more: Any) -> Decision:
    choice = deciding.Choice(Disposition.CUSTOMER_SERVICE, 3, visibility="public", approval=needed, **more)
    return deciding.decide(conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=0, at=NOON)


def test_a_decision_keeps_whose_word_is_needed(owner, care, manager):
    conversation = ConversationFactory()
    needed = Needed(Approval.Mode.IN_ORDER, ({"person": manager.pk}, {"department": care.pk}, {"role": "manager"}))

    decision = decide(conversation, owner, needed, department=care)

    assert decision.approval == {
        "mode": "in_order",
        "asked": [{"person": manager.pk}, {"department": care.pk}, {"role": "manager"}],
    }
    assert standing.approval_needed(conversation) == needed


@pytest.mark.parametrize(
    "asked",
    [
        (),
        ({"person": 0},),
        ({"department": 0},),
        ({"role": "lead"},),
        ({"role": "manager", "person": 0},),
        ({"role": "manager"}, {"role": "manager"}),
        ({},),
    ],
)
def test_a_decision_cannot_ask_for_the_word_of_nobody(owner, care, asked):
    conversation = ConversationFactory()

    with pytest.raises(Invalid):
        decide(conversation, owner, Needed(Approval.Mode.ANY, asked), department=care)

    assert not Decision.objects.exists()


def test_a_listener_cannot_be_asked(owner, care):
    listener = MembershipFactory(department=care, role=Role.LISTENER).user

    with pytest.raises(Invalid):
        decide(ConversationFactory(), owner, Needed(Approval.Mode.ANY, ({"person": listener.pk},)), department=care)

    assert not Decision.objects.exists()


def test_only_what_can_be_acted_on_waits_for_somebody(held, policy, manager, legal):
    needs(held, {"person": manager.pk}, {"person": legal.pk}, mode="in_order")
    approval = ask(held, policy)

    assert list(steps.waiting_for(manager, at=NOON)) == [approval]
    assert list(steps.waiting_for(legal, at=NOON)) == []
    assert list(steps.waiting_for(manager, at=held.due_at)) == []
    Appointment.objects.filter(user=manager).delete()
    assert list(steps.waiting_for(User.objects.get(pk=manager.pk), at=NOON)) == []


def test_asking_needs_the_world_as_the_writer_saw_it(held, policy, manager):
    needs(held, {"person": manager.pk})
    seen = Seen(2, last_heard(held).pk, policy.pk)
    hear(held.channel, said("next", answers=last_heard(held).external_id))

    with pytest.raises(WorldChanged):
        asks.ask_approval(conversation_id=held.pk, author=held.holder, body=TEXT, seen=seen, at=NOON)

    assert not Approval.objects.exists()
