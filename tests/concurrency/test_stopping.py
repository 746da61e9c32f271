import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from listening.models import Channel
from policies.models import PolicyVersion
from teams.models import User
from tests.factories.listening import ChannelFactory, ProfileFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, OrganisationFactory, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory
from tests.support.network import Network
from tests.support.race import SECONDS, race, until_somebody_waits
from triage.models import Draft, Reply, SendingStop
from triage.services.pen import claims
from triage.services.sending import delivery, stopping, withdrawing
from triage.services.sending.stopping import Reach, StandsAlready
from triage.services.sending.withdrawing import TooLate
from triage.states import ReplyState

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def version() -> PolicyVersion:
    OrganisationFactory()
    return PolicyVersionFactory.published()


@pytest.fixture
def channel(network) -> Channel:
    return ChannelFactory(kind="scripted")


@pytest.fixture
def owner() -> User:
    return UserFactory()


@pytest.fixture
def queue(channel, version) -> Callable[[], Reply]:
    def act() -> Reply:
        conversation = ConversationFactory(claimed=True, profile=ProfileFactory(channel=channel))
        return ReplyFactory(conversation=conversation, policy_version=version)

    return act


def deliver(reply: Reply, network: Network) -> bool:
    return delivery.deliver_reply(reply_id=reply.pk, at=NOON, connector=network)


def withdraw(reply: Reply) -> None:
    withdrawing.withdraw_reply(reply_id=reply.pk, actor=reply.author, at=NOON)


def stop(owner: User) -> SendingStop:
    return stopping.stop_sending(reach=Reach(), reason="Taken over.", actor=owner, at=NOON)


def queued() -> set[int]:
    return set(Reply.objects.filter(state=ReplyState.QUEUED).values_list("pk", flat=True))


# Taking back, and the worker that claims.


def withdraw_by_check_then_act(reply_id: int, checked: threading.Event, sent: threading.Event) -> None:
    """Withdraw as it must not be done."""
    assert Reply.objects.get(pk=reply_id).state == ReplyState.QUEUED
    checked.set()
    assert sent.wait(SECONDS)
    Reply.objects.filter(pk=reply_id).update(state=ReplyState.WITHDRAWN, sent_at=None)


def test_the_naive_withdrawal_takes_back_what_is_out(queue, network):
    reply = queue()
    checked, sent = threading.Event(), threading.Event()

    def deliver_once_checked() -> None:
        assert checked.wait(SECONDS)
        deliver(reply, network)
        sent.set()

    race(lambda: withdraw_by_check_then_act(reply.pk, checked, sent), deliver_once_checked)

    assert (len(network.posts), Reply.objects.get().state) == (1, ReplyState.WITHDRAWN)


@pytest.mark.parametrize("turn", range(5))
def test_of_a_withdrawal_and_a_worker_one_wins(queue, network, turn):
    reply = queue()

    taken, *sent = race(lambda: withdraw(reply), *[lambda: deliver(reply, network)] * 2)

    state = Reply.objects.get().state
    if taken is None:
        assert (state, sent, network.posts) == (ReplyState.WITHDRAWN, [False, False], [])
        assert Draft.objects.get().body == reply.body
    else:
        assert isinstance(taken, TooLate)
        assert (state, sorted(sent), len(network.posts)) == (ReplyState.SENT, [False, True], 1)
        assert not Draft.objects.exists()


def test_taking_back_many_times_at_once_is_one_event(queue):
    reply = queue()

    outcomes = race(*[lambda: withdraw(reply)] * 4)

    assert outcomes == [None] * 4
    assert list(reply.conversation.events.values_list("kind", flat=True)) == ["reply_withdrawn"]


# Stopping, and the workers that claim.


def stop_without_a_lock(owner: User) -> SendingStop:
    """Stop as it must not be done."""
    return SendingStop.objects.create(reason="Taken over.", stopped_by=owner, stopped_at=NOON)


def stopped_between_looking_and_claiming(
    monkeypatch, act: Callable[[User], object], owner: User, reply: Reply, network: Network
) -> tuple[set[int], ReplyState]:
    """Stop while a worker has looked and not claimed yet; return what was queued then, and what became of it."""
    has_looked, has_stopped = threading.Event(), threading.Event()
    look = stopping.is_stopped

    def look_and_wait(reply_id: int) -> bool:
        found = look(reply_id)
        has_looked.set()
        # A stop that waits for us cannot come while we wait for it.
        until_somebody_waits(unless=has_stopped)
        return found

    monkeypatch.setattr(stopping, "is_stopped", look_and_wait)

    def stop_once_looked() -> set[int]:
        assert has_looked.wait(SECONDS)
        act(owner)
        waiting = queued()
        has_stopped.set()
        return waiting

    waiting, _sent = race(stop_once_looked, lambda: deliver(reply, network))
    return waiting, Reply.objects.get().state


def test_the_naive_stop_lets_a_worker_begin_after_it(queue, owner, network, monkeypatch):
    reply = queue()

    waiting, state = stopped_between_looking_and_claiming(monkeypatch, stop_without_a_lock, owner, reply, network)

    assert (waiting, state) == ({reply.pk}, ReplyState.SENT)


def test_a_stop_waits_for_a_claim_that_is_being_made(queue, owner, network, monkeypatch):
    reply = queue()

    waiting, state = stopped_between_looking_and_claiming(monkeypatch, stop, owner, reply, network)

    assert (waiting, state) == (set(), ReplyState.SENT)


@pytest.mark.parametrize("turn", range(3))
def test_no_worker_begins_once_the_stop_stands(queue, owner, network, turn):
    replies = [queue() for _ in range(6)]

    def stop_and_look() -> set[int]:
        stop(owner)
        return queued()

    held, *_sent = race(stop_and_look, *[lambda one=one: deliver(one, network) for one in replies])

    assert held == queued()
    assert len(network.posts) + len(held) == len(replies)


def test_of_many_stops_of_one_place_one_stands(owner, version):
    outcomes = race(*[lambda: stop(owner)] * 4)

    assert sum(isinstance(outcome, StandsAlready) for outcome in outcomes) == 3
    assert SendingStop.objects.count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_what_waited_for_the_lifting_never_goes_out_unasked(queue, owner, network, turn):
    replies = [queue() for _ in range(4)]
    stopped = stop(owner)

    held, *sent = race(
        lambda: stopping.lift_stop(stop_id=stopped.pk, actor=owner, at=LATER),
        *[lambda one=one: deliver(one, network) for one in replies],
        *[lambda one=one: withdraw(one) for one in replies[:2]],
    )

    states = sorted(Reply.objects.values_list("state", flat=True))
    assert network.posts == []
    assert sent == [False] * 4 + [None] * 2
    assert (held in (2, 3, 4), set(states) <= {ReplyState.FAILED, ReplyState.WITHDRAWN}) == (True, True)


@pytest.mark.parametrize("turn", range(3))
def test_what_a_stop_held_is_given_back_once_however_the_pen_moves(queue, owner, turn):
    replies = [queue() for _ in range(4)]
    stopped = stop(owner)

    def release(reply: Reply) -> None:
        claims.release_conversation(conversation_id=reply.conversation_id, agent=reply.author, fence=2, at=LATER)

    held, *released = race(
        lambda: stopping.lift_stop(stop_id=stopped.pk, actor=owner, at=LATER),
        *[lambda one=one: release(one) for one in replies],
    )

    told = [list(reply.conversation.events.order_by("pk").values_list("kind", flat=True)) for reply in replies]
    assert released == [None] * 4
    assert sorted(Draft.objects.values_list("body", flat=True)) == [reply.body for reply in replies]
    assert sum("reply_failed" in kinds for kinds in told) == held
    assert sum("reply_withdrawn" in kinds for kinds in told) == 4 - held
