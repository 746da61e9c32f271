from datetime import timedelta

import pytest

from listening.connectors.base import PermanentFailure, TemporaryFailure
from listening.models import Mention, Profile
from teams.models import Notification
from tests.factories.listening import ProfileFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory
from tests.support.network import Killed, Network, raising
from tests.support.sending import deliver, fresh, kinds
from triage import tasks
from triage.models import Conversation, Reply
from triage.services.sending import delivery
from triage.states import Outcome, ReplyState, Stage

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def conversation(policy) -> Conversation:
    profile = ProfileFactory(channel__kind="scripted", channel__our_handles=["@nordlys"])
    return ConversationFactory(claimed=True, profile=profile, holder=UserFactory(wants_email=False))


@pytest.fixture
def reply(conversation, policy) -> Reply:
    return ReplyFactory(conversation=conversation, policy_version=policy)


# A worker that dies: before the network has the answer, or after it, before we recorded it.


def kill(reply: Reply, network: Network, *, after: bool) -> None:
    """Let a worker die while it is sending."""
    dying = raising(Killed())
    network.before, network.after = (network.before, dying) if after else (dying, network.after)
    with pytest.raises(Killed):
        deliver(reply, network)
    network.before = network.after = lambda: None


def resolve(reply: Reply, network: Network, at=LATER) -> None:
    delivery.resolve_stuck(reply_id=reply.pk, at=at, connector=network)


@pytest.mark.parametrize("after", [False, True])
def test_an_answer_whose_worker_died_goes_out_exactly_once(reply, network, after):
    kill(reply, network, after=after)
    assert (fresh(reply).state, deliver(reply, network, LATER)) == (ReplyState.SENDING, False)

    resolve(reply, network)
    deliver(reply, network, LATER)

    assert [post.key for post in network.posts] == [reply.key]
    assert network.looked_for == [reply.key] * (1 if after else 2)
    assert fresh(reply).state == ReplyState.SENT
    assert fresh(reply).conversation.stage == Stage.WAITING


def test_a_worker_is_given_time_before_it_counts_as_dead(reply, network):
    kill(reply, network, after=True)

    resolve(reply, network, NOON + delivery.STUCK_AFTER)

    assert (fresh(reply).state, network.looked_for) == (ReplyState.SENDING, [])


@pytest.mark.parametrize("problem", [TemporaryFailure("Down."), PermanentFailure("It cannot be asked.")])
def test_where_the_network_cannot_tell_a_person_is_asked(reply, network, problem):
    kill(reply, network, after=True)
    network.cannot_look = problem

    resolve(reply, network)

    assert (fresh(reply).state, fresh(reply).error) == (ReplyState.UNCERTAIN, str(problem))
    assert len(network.posts) == 1
    assert list(Notification.objects.values_list("user", "kind")) == [(reply.author_id, "reply_failed")]


def test_resolving_what_is_not_stuck_changes_nothing(reply, network):
    resolve(reply, network)

    assert (fresh(reply).state, network.looked_for) == (ReplyState.QUEUED, [])


@pytest.mark.parametrize("meanwhile", [ReplyState.QUEUED, ReplyState.UNCERTAIN, ReplyState.FAILED])
def test_a_worker_thought_dead_that_comes_back_with_a_receipt_is_believed(reply, network, meanwhile):
    network.after = lambda: Reply.objects.update(state=meanwhile, claimed_at=None)

    assert deliver(reply, network) is True

    assert (fresh(reply).state, fresh(reply).mention.external_id) == (ReplyState.SENT, "post-1")
    assert deliver(reply, network, LATER) is False
    assert len(network.posts) == 1


def test_a_receipt_that_comes_after_another_changes_nothing(reply, network):
    def another_worker():
        network.after = lambda: None
        Reply.objects.update(claimed_at=LATER)
        delivery._sent(fresh(reply), None, network._receipt(1), LATER)

    network.after = another_worker

    assert deliver(reply, network) is False
    assert fresh(reply).sent_at == LATER
    assert kinds(reply.conversation) == ["reply_sent", "waiting"]
    assert Mention.objects.filter(is_ours=True).count() == 1


def test_a_worker_thought_dead_that_comes_back_with_a_failure_is_ignored(reply, network):
    def taken_over_and_failing():
        Reply.objects.update(claimed_at=LATER)
        raise PermanentFailure("Refused.")

    network.before = taken_over_and_failing

    assert deliver(reply, network) is False
    assert (fresh(reply).state, fresh(reply).claimed_at, fresh(reply).error) == (ReplyState.SENDING, LATER, "")
    assert kinds(reply.conversation) == []
    assert not Notification.objects.exists()


def test_a_late_receipt_leaves_a_conversation_that_was_closed_meanwhile(reply, network):
    network.after = lambda: (
        Reply.objects.update(state=ReplyState.FAILED),
        Conversation.objects.update(
            stage=Stage.CLOSED, outcome=Outcome.INFORMED, closed_at=NOON, due_at=None, due_for="", holder=None
        ),
    )

    assert deliver(reply, network, LATER) is True
    assert (fresh(reply).state, fresh(reply).conversation.stage) == (ReplyState.SENT, Stage.CLOSED)


def test_the_tasks_speak_to_the_connector_of_the_channel(reply, network, time_machine):
    time_machine.move_to(LATER, tick=False)
    kill(reply, network, after=False)

    tasks.resolve_reply(reply_id=reply.pk)
    assert fresh(reply).state == ReplyState.QUEUED
    tasks.deliver_reply(reply_id=reply.pk)

    assert fresh(reply).state == ReplyState.SENT
    assert Mention.objects.filter(is_ours=True).count() == 1
    assert Profile.objects.filter(is_ours=True).count() == 1
