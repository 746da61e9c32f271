from uuid import uuid4

import pytest

from listening.connectors import registry
from listening.models import Mention
from socialhub.lib.errors import Invalid
from teams.roles import Role
from tests.factories.policies import AttestationFactory
from tests.factories.teams import AppointmentFactory, MembershipFactory
from tests.support.approving import approve, kinds, needs, state_of, told
from tests.support.changing import LATER, NEW, OLD, ChangingNetwork, change_of, correct, out, remove
from tests.support.hearing import hear, said
from tests.support.sending import deliver, fresh
from triage.models import Approval, Conversation, Draft, Reply
from triage.services.approving import asks, changes, verdicts
from triage.services.approving.asks import ApprovalNotOpen, NoApprovalNeeded
from triage.services.approving.emergency import MayNotSkip
from triage.services.approving.standing import ApprovalNeeded
from triage.services.approving.verdicts import NotAsked
from triage.services.seen import Seen
from triage.services.sending import replies, withdrawing
from triage.services.sending.replies import ReplyInFlight, WorldChanged
from triage.states import ReplyState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


@pytest.fixture
def network(monkeypatch) -> ChangingNetwork:
    made = ChangingNetwork()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


@pytest.fixture
def answer(held, policy, manager) -> Reply:
    needs(held, {"person": manager.pk})
    return out(held, policy)


def ask(answer: Reply, author, words: str = NEW, **more) -> Approval:
    change = change_of(answer, words, **more)
    return changes.ask_approval_of_change(change=change, author=author, at=LATER)


def test_a_correction_needs_the_word_of_its_own(answer, agent, manager, network):
    with pytest.raises(ApprovalNeeded):
        correct(answer, agent)

    approval = ask(answer, agent)
    assert (approval.original, approval.kind, approval.body) == (answer, "correction", NEW)
    assert told(manager) == ["approval_asked"]
    approve(approval, manager)
    change = correct(answer, agent)

    assert change.approval == approval
    assert state_of(approval) == "used"
    assert deliver(change, network, LATER) is True
    assert Mention.objects.get(pk=answer.mention_id).text == NEW
    assert kinds(answer.conversation) == ["approval_asked", "approval_given", "change_queued", "reply_corrected"]


def test_a_removal_is_approved_with_its_reason(answer, agent, manager, network):
    approval = ask(answer, agent, "It was wrong.", kind="removal")
    approve(approval, manager)

    with pytest.raises(ApprovalNeeded):
        remove(answer, agent, "Another reason.")
    with pytest.raises(ApprovalNeeded):
        correct(answer, agent, "It was wrong.")
    assert not answer.changes.exists()

    assert deliver(remove(answer, agent), network, LATER) is True
    assert network.shown == {}


def test_the_word_for_a_change_lets_no_answer_out_and_the_other_way_round(answer, agent, manager, held, policy):
    approve(ask(answer, agent), manager)
    seen = Seen(2, answer.answers_id, policy.pk)

    with pytest.raises(ApprovalNeeded):
        replies.queue_reply(
            conversation_id=held.pk, author=agent, body=NEW, key=uuid4(), seen=seen, closes=False, at=LATER
        )
    other = asks.ask_approval(conversation_id=held.pk, author=agent, body="Else.", seen=seen, at=LATER)
    approve(other, manager)
    with pytest.raises(ApprovalNeeded):
        correct(answer, agent, "Else.")

    assert Reply.objects.get() == answer
    assert Approval.objects.filter(state="approved").count() == 2


def test_a_text_that_was_changed_behind_its_approval_does_not_leave(answer, agent, manager, network):
    approve(ask(answer, agent), manager)
    change = correct(answer, agent)
    Reply.objects.filter(pk=change.pk).update(body="Something else.")

    assert deliver(change, network, LATER) is False

    assert fresh(change).error == "Its text is not the one that was approved."
    assert network.calls == []


def test_what_was_taken_back_is_still_approved(answer, agent, manager):
    approve(ask(answer, agent), manager)
    first = correct(answer, agent)
    withdrawing.withdraw_reply(reply_id=first.pk, actor=agent, at=LATER)

    second = correct(answer, agent)

    assert second.approval == first.approval


def test_asking_again_for_the_same_asks_once_and_for_another_withdraws(answer, agent):
    first = ask(answer, agent)

    assert ask(answer, agent) == first
    second = ask(answer, agent, "It was wrong.", kind="removal")

    assert (state_of(first), state_of(second)) == ("withdrawn", "asked")
    assert kinds(answer.conversation) == ["approval_asked", "approval_withdrawn", "approval_asked"]


def test_nothing_is_asked_where_nobodys_word_is_needed(held, policy, agent):
    answer = out(held, policy)

    with pytest.raises(NoApprovalNeeded):
        ask(answer, agent)

    assert not Approval.objects.exists()


def test_nothing_is_asked_while_something_is_on_its_way(answer, agent, manager):
    approve(ask(answer, agent), manager)
    correct(answer, agent)

    with pytest.raises(ReplyInFlight):
        ask(answer, agent, "More.")

    assert Approval.objects.count() == 1


def test_an_approver_may_propose_another_text_for_a_correction(answer, agent, manager, network):
    approval = ask(answer, agent)
    verdicts.approve_with_edit(
        approval_id=approval.pk, approver=manager, body="We open at ten, sorry.", note="", at=LATER
    )

    taken = asks.take_edit(approval_id=approval.pk, author=agent, at=LATER)

    assert (taken.kind, taken.original, taken.state) == ("correction", answer, "approved")
    assert not Draft.objects.exists()
    assert deliver(correct(answer, agent, "We open at ten, sorry."), network, LATER) is True


def test_an_approver_proposes_no_text_for_a_removal(answer, agent, manager):
    approval = ask(answer, agent, "It was wrong.", kind="removal")

    with pytest.raises(Invalid) as refusal:
        verdicts.approve_with_edit(approval_id=approval.pk, approver=manager, body="Else.", note="", at=LATER)

    assert str(refusal.value) == "A removal has no text to change: approve it or reject it."
    assert state_of(approval) == "asked"


def test_nobody_approves_their_own_change(held, policy, care, agent):
    needs(held, {"department": care.pk})
    lead = MembershipFactory(department=care, role=Role.LEAD).user
    AttestationFactory(user=lead, version=policy)
    approval = ask(out(held, policy), lead)

    with pytest.raises(NotAsked):
        approve(approval, lead)
    approve(approval, agent)

    assert state_of(approval) == "approved"


def test_a_new_message_stops_the_word(answer, agent, manager, held):
    approval = ask(answer, agent)
    hear(held.channel, said("news", answers="ours-1", minute=1))

    with pytest.raises(WorldChanged):
        approve(approval, manager)

    assert state_of(approval) == "asked"


def test_the_word_holds_though_what_was_answered_is_deleted(answer, agent, manager):
    approval = ask(answer, agent)
    Mention.objects.filter(pk=answer.answers_id).update(deleted_at=LATER)

    approve(approval, manager)

    assert correct(answer, agent).state == ReplyState.QUEUED


def test_a_change_of_hands_voids_the_asking(answer, agent, manager):
    approval = ask(answer, agent)
    Conversation.objects.update(fence=9)

    with pytest.raises(ApprovalNotOpen):
        asks.take_edit(approval_id=approval.pk, author=agent, at=LATER)
    with pytest.raises(ApprovalNeeded):
        correct(answer, agent)


def test_a_lead_may_do_it_without_the_word_and_everybody_is_told(answer, agent, care, manager, policy, network):
    lead = MembershipFactory(department=care, role=Role.LEAD).user
    AttestationFactory(user=lead, version=policy)

    change = remove(answer, lead, emergency="It names a customer.")

    assert (change.approval, change.emergency) == (None, "It names a customer.")
    assert told(manager) == ["approval_skipped"]
    assert deliver(change, network, LATER) is True
    assert kinds(answer.conversation) == ["change_queued", "approval_skipped", "reply_removed"]


def test_nobody_else_may_skip_it(answer, policy):
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    AttestationFactory(user=owner, version=policy)

    with pytest.raises(MayNotSkip):
        remove(answer, owner, emergency="It names a customer.")

    assert not answer.changes.exists()
    assert Mention.objects.get(pk=answer.mention_id).text == OLD
