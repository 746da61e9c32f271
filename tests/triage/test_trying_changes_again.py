from datetime import timedelta
from uuid import uuid4

import pytest

from listening.connectors import registry
from teams.roles import Role
from tests.factories.pen import SendingStopFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import MembershipFactory
from tests.support.changing import LATER, ChangingNetwork, correct, out, remove
from tests.support.hearing import hear, said
from tests.support.sending import deliver, fresh, kinds
from triage.models import Draft, Reply
from triage.services.gate import NotAttested
from triage.services.pen import claims
from triage.services.pen.claims import NotTheHolder
from triage.services.seen import Seen
from triage.services.sending import correcting, replies, resending, stopping, withdrawing
from triage.services.sending.replies import ReplyInFlight, WorldChanged
from triage.services.sending.withdrawing import TooLate
from triage.states import Failure, ReplyKind, ReplyState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


@pytest.fixture
def network(monkeypatch) -> ChangingNetwork:
    made = ChangingNetwork()
    monkeypatch.setitem(registry.CONNECTORS, "scripted", made)
    return made


@pytest.fixture
def answer(held, policy) -> Reply:
    return out(held, policy)


@pytest.fixture
def lead(care, policy):
    user = MembershipFactory(department=care, role=Role.LEAD, user__name="Lou Lead", user__wants_email=False).user
    AttestationFactory(user=user, version=policy)
    return user


def test_an_answer_and_a_change_do_not_go_out_at_once(answer, agent, held, policy):
    correct(answer, agent)

    with pytest.raises(ReplyInFlight):
        remove(answer, agent)
    with pytest.raises(ReplyInFlight):
        replies.queue_reply(
            conversation_id=held.pk,
            author=agent,
            body="And more.",
            key=uuid4(),
            seen=Seen(2, held.entries.order_by("pk").first().mention_id, policy.pk),
            closes=False,
            at=LATER,
        )
    with pytest.raises(claims.AnswerUnderway):
        claims.release_conversation(conversation_id=held.pk, agent=agent, fence=2, at=LATER)

    assert answer.changes.count() == 1


def test_a_change_is_taken_back_before_it_leaves(answer, agent, lead, network, settings):
    settings.SEND_UNDO_SECONDS = 10
    change = correct(answer, agent)

    assert deliver(change, network, LATER + timedelta(seconds=9)) is False
    withdrawing.withdraw_reply(reply_id=change.pk, actor=lead, at=LATER)

    assert fresh(change).state == ReplyState.WITHDRAWN
    assert kinds(answer.conversation) == ["change_queued", "change_withdrawn"]
    assert not Draft.objects.exists()
    assert deliver(change, network, LATER + timedelta(seconds=10)) is False
    assert network.calls == []


def test_what_is_done_is_not_taken_back(answer, agent, network):
    change = correct(answer, agent)
    deliver(change, network, LATER)

    with pytest.raises(TooLate):
        withdrawing.withdraw_reply(reply_id=change.pk, actor=agent, at=LATER)

    assert fresh(change).state == ReplyState.SENT


def test_a_stop_holds_changes_and_lifting_it_asks_again(answer, agent, network, manager):
    stop = SendingStopFactory(stopped_by=manager)
    change = correct(answer, agent)

    assert deliver(change, network, LATER) is False
    assert fresh(change).state == ReplyState.QUEUED
    stopping.lift_stop(stop_id=stop.pk, actor=manager, at=LATER)

    assert (fresh(change).state, fresh(change).failure) == (ReplyState.FAILED, Failure.STOPPED)
    assert not Draft.objects.exists()
    assert network.calls == []


def test_a_new_try_replaces_a_failed_one(answer, agent):
    first = correct(answer, agent)
    Reply.objects.filter(pk=first.pk).update(state=ReplyState.FAILED)

    second = remove(answer, agent)

    assert fresh(first).state == ReplyState.WITHDRAWN
    assert answer.conversation.events.last().data["instead_of"] == [first.pk]
    assert second.state == ReplyState.QUEUED


def test_a_new_answer_leaves_a_failed_change_alone(answer, agent, held, policy):
    change = correct(answer, agent)
    Reply.objects.filter(pk=change.pk).update(state=ReplyState.FAILED)

    replies.queue_reply(
        conversation_id=held.pk,
        author=agent,
        body="And more.",
        key=uuid4(),
        seen=Seen(2, answer.answers_id, policy.pk),
        closes=False,
        at=LATER,
    )

    assert fresh(change).state == ReplyState.FAILED


def test_a_failed_change_is_never_sent_as_an_answer(answer, agent, policy, network):
    change = correct(answer, agent)
    Reply.objects.filter(pk=change.pk).update(state=ReplyState.FAILED, failure=Failure.CHANGED)

    with pytest.raises(ReplyInFlight):
        resending.send_anyway(reply_id=change.pk, author=agent, seen=Seen(2, answer.answers_id, policy.pk), at=LATER)
    with pytest.raises(ReplyInFlight):
        replies.retry_reply(reply_id=change.pk, author=agent, fence=2, at=LATER)

    assert Reply.objects.filter(kind=ReplyKind.ANSWER).get() == answer


def test_a_retry_looks_at_the_world_again(answer, agent, held):
    change = correct(answer, agent)
    Reply.objects.filter(pk=change.pk).update(state=ReplyState.FAILED)
    hear(held.channel, said("news", answers="ours-1", minute=1))

    with pytest.raises(WorldChanged) as refusal:
        correcting.retry_change(reply_id=change.pk, author=agent, fence=2, at=LATER)

    assert refusal.value.changes == ["There is a new message in this conversation."]
    assert fresh(change).state == ReplyState.FAILED


def test_a_retry_is_for_who_may_change(answer, agent, care, policy):
    change = correct(answer, agent)
    colleague = MembershipFactory(department=care).user

    with pytest.raises(NotAttested):
        correcting.retry_change(reply_id=change.pk, author=colleague, fence=2, at=LATER)
    AttestationFactory(user=colleague, version=policy)
    with pytest.raises(NotTheHolder):
        correcting.retry_change(reply_id=change.pk, author=colleague, fence=2, at=LATER)
    with pytest.raises(NotTheHolder):
        correcting.retry_change(reply_id=change.pk, author=agent, fence=1, at=LATER)
    with pytest.raises(ReplyInFlight):
        correcting.retry_change(reply_id=change.pk, author=agent, fence=2, at=LATER)

    assert kinds(answer.conversation) == ["change_queued"]
