import pytest

from teams.models import Membership, User
from teams.roles import Role
from tests.factories.pen import ApprovalFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, MembershipFactory
from tests.factories.triage import DecisionFactory, ReplyFactory, last_heard
from tests.support.approving import LATER, TEXT, approve, ask, kinds, needs, send, state_of, told
from tests.support.hearing import hear, said
from triage.models import Approval, Draft, Reply
from triage.services.approving import emergency, standing
from triage.services.approving.standing import ApprovalNeeded, Needed
from triage.services.pen import claims
from triage.services.sending import delivery, replies
from triage.states import ReplyState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


def test_nobody_is_needed_where_the_decision_names_nobody(held, policy):
    DecisionFactory(conversation=held, policy_version=policy)

    assert standing.approval_needed(held) is None


def test_the_latest_decision_says_whose_word_is_needed(held, manager):
    needs(held, {"person": manager.pk})
    needs(held, {"role": "manager"}, mode="all")

    assert standing.approval_needed(held) == Needed(Approval.Mode.ALL, ({"role": "manager"},))


def test_nothing_is_sent_without_the_approval_that_is_needed(held, policy, manager):
    needs(held, {"person": manager.pk})

    with pytest.raises(ApprovalNeeded):
        send(held, policy)

    assert not Reply.objects.exists()
    assert Draft.objects.get().body == TEXT
    assert kinds(held) == []


def test_nothing_is_sent_while_approval_is_waited_for(held, policy, manager):
    needs(held, {"person": manager.pk})
    ask(held, policy)

    with pytest.raises(ApprovalNeeded, match="waits for approval"):
        send(held, policy)

    assert not Reply.objects.exists()


def test_the_approved_text_is_sent_and_its_approval_used_up(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    approve(approval, manager)

    reply = send(held, policy)

    assert reply.approval == approval
    assert state_of(approval) == "used"
    assert kinds(held) == ["approval_asked", "approval_given", "reply_queued"]
    assert told(held.holder) == ["approval_given"]


def test_another_text_than_the_approved_one_is_not_sent(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    approve(approval, manager)

    with pytest.raises(ApprovalNeeded, match="not the text that was approved"):
        send(held, policy, f"{TEXT} Really.")

    assert not Reply.objects.exists()
    assert state_of(approval) == "approved"


def test_an_approval_does_not_outlive_the_deadline(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    approve(approval, manager)

    with pytest.raises(ApprovalNeeded, match="until the deadline"):
        send(held, policy, at=held.due_at)

    assert not Reply.objects.exists()


def test_an_approval_is_void_once_the_pen_has_changed_hands(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    approve(approval, manager)
    claims.release_conversation(conversation_id=held.pk, agent=held.holder, fence=2, at=NOON)
    fence = claims.claim_conversation(conversation_id=held.pk, agent=held.holder, at=NOON)

    with pytest.raises(ApprovalNeeded):
        send(held, policy, fence=fence)

    assert state_of(approval) == "withdrawn"
    assert not Reply.objects.exists()


def test_a_new_message_makes_the_approval_worthless(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    approve(approval, manager)
    hear(held.channel, said("next", answers=last_heard(held).external_id))

    with pytest.raises(ApprovalNeeded, match="new message"):
        send(held, policy)

    assert not Reply.objects.exists()


def test_what_was_approved_still_holds_when_its_answer_never_left(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    approve(approval, manager)
    first = send(held, policy)
    Reply.objects.filter(pk=first.pk).update(state=ReplyState.WITHDRAWN)

    second = send(held, policy)

    assert (second.approval, second.pk != first.pk) == (approval, True)


def test_an_approval_is_good_for_one_answer(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    approve(approval, manager)
    first = send(held, policy)
    Reply.objects.filter(pk=first.pk).update(state=ReplyState.SENT, sent_at=LATER)

    with pytest.raises(ApprovalNeeded):
        send(held, policy)

    assert Reply.objects.count() == 1


def test_a_lead_sends_in_an_emergency_and_the_approvers_are_told(held, policy, manager):
    needs(held, {"person": manager.pk}, {"role": "manager"})
    Membership.objects.filter(user=held.holder).update(role=Role.LEAD)
    approval = ask(held, policy)

    reply = send(held, policy, author=User.objects.get(pk=held.holder.pk), emergency=" People are in danger. ")

    assert (reply.emergency, reply.approval) == ("People are in danger.", None)
    assert state_of(approval) == "withdrawn"
    assert kinds(held) == ["approval_asked", "reply_queued", "approval_skipped"]
    assert told(manager) == ["approval_asked", "approval_skipped"]


def test_who_leads_nothing_cannot_skip_approval(held, policy, manager):
    needs(held, {"person": manager.pk})

    with pytest.raises(emergency.MayNotSkip):
        send(held, policy, emergency="It is urgent.")

    assert not Reply.objects.exists()
    assert told(manager) == []


def test_a_reason_without_need_of_approval_is_not_kept(held, policy):
    assert send(held, policy, emergency="It is urgent.").emergency == ""


def test_a_failed_answer_goes_out_again_with_its_approval(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    approve(approval, manager)
    reply = send(held, policy)
    Reply.objects.filter(pk=reply.pk).update(state=ReplyState.FAILED)

    replies.retry_reply(reply_id=reply.pk, author=held.holder, at=LATER)

    reply.refresh_from_db()
    assert (reply.state, reply.approval) == (ReplyState.QUEUED, approval)


def test_an_answer_that_was_never_approved_is_not_sent_again(held, policy, manager):
    needs(held, {"person": manager.pk})
    reply = ReplyFactory(conversation=held, failed=True, policy_version=policy)

    with pytest.raises(ApprovalNeeded):
        replies.retry_reply(reply_id=reply.pk, author=held.holder, at=LATER)

    reply.refresh_from_db()
    assert reply.state == ReplyState.FAILED


@pytest.mark.parametrize("body", [TEXT, "Something else."])
def test_just_before_the_network_the_text_is_held_against_its_approval(held, policy, manager, network, body):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    approve(approval, manager)
    reply = send(held, policy)
    Reply.objects.filter(pk=reply.pk).update(body=body, not_before_at=LATER)

    is_out = delivery.deliver_reply(reply_id=reply.pk, at=LATER, connector=network)

    reply.refresh_from_db()
    assert is_out is (body == TEXT)
    assert reply.state == (ReplyState.SENT if body == TEXT else ReplyState.FAILED)


def test_what_needs_approval_and_has_none_stops_before_the_network(held, policy, manager, network):
    needs(held, {"person": manager.pk})
    reply = ReplyFactory(conversation=held, policy_version=policy)

    assert delivery.deliver_reply(reply_id=reply.pk, at=NOON, connector=network) is False

    reply.refresh_from_db()
    assert (reply.state, reply.error) == (ReplyState.FAILED, "It was not approved.")


def test_another_holder_cannot_use_what_somebody_else_had_approved(held, policy, care):
    other = MembershipFactory(department=care).user
    AttestationFactory(user=other, version=policy)
    needs(held, {"role": "manager"})
    ApprovalFactory(conversation=held, body=TEXT, policy_version=policy, state="approved", author=other)

    with pytest.raises(ApprovalNeeded):
        send(held, policy)

    assert not Reply.objects.exists()
