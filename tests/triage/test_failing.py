from datetime import timedelta

import pytest

from listening.connectors.base import AuthorisationFailure, PermanentFailure, QuotaSpent, RateLimited, TemporaryFailure
from teams.models import Notification
from teams.roles import Role
from tests.factories.teams import NOON, AppointmentFactory
from tests.factories.triage import ConversationFactory, ReplyFactory
from tests.support.network import raising
from tests.support.sending import deliver, fresh, kinds
from triage.models import Draft, Reply
from triage.services.sending import failing
from triage.states import Failure, ReplyState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


@pytest.fixture
def reply(held, policy) -> Reply:
    return ReplyFactory(conversation=held, policy_version=policy)


@pytest.mark.parametrize("failure", [RateLimited, QuotaSpent])
@pytest.mark.parametrize(("told", "seconds"), [(None, 300), (0, 10), (-5, 10), (90, 90), (5 * 3600, 5 * 3600)])
def test_a_network_that_asks_to_wait_is_waited_for(reply, network, failure, told, seconds):
    network.before = raising(failure("Slow down.", retry_after=told))

    deliver(reply, network)

    waiting = fresh(reply)
    assert (waiting.state, waiting.failure, waiting.error) == (ReplyState.QUEUED, Failure.SLOW, "Slow down.")
    assert waiting.not_before_at == NOON + timedelta(seconds=seconds)
    assert waiting.quick_failures == 0
    assert kinds(reply.conversation) == []


@pytest.mark.parametrize("told", [6 * 3600 + 1, 10**15])
def test_a_wait_beyond_some_hours_is_a_persons_work(reply, network, agent, told):
    network.before = raising(RateLimited("Come back tomorrow.", retry_after=told))

    deliver(reply, network)

    assert (fresh(reply).state, fresh(reply).failure) == (ReplyState.FAILED, Failure.SLOW)
    assert Draft.objects.get(author=agent).body == reply.body


def test_waits_do_not_use_up_the_tries(reply, network):
    at = NOON
    network.before = raising(RateLimited("Slow down.", retry_after=60))
    for _ in range(8):
        deliver(reply, network, at)
        at = fresh(reply).not_before_at
    network.before = raising(TemporaryFailure("The network is down."))

    deliver(reply, network, at)

    tried = fresh(reply)
    assert (tried.state, tried.attempt_count, tried.quick_failures) == (ReplyState.QUEUED, 9, 1)
    assert tried.not_before_at == at + failing.QUICK[0]


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (PermanentFailure("The post is gone."), Failure.PERMANENT),
        (AuthorisationFailure("The token was revoked."), Failure.AUTHORISATION),
    ],
)
def test_what_the_network_refuses_is_a_draft_again(reply, network, agent, error, failure):
    network.before = raising(error)

    deliver(reply, network)

    assert (fresh(reply).state, fresh(reply).failure, fresh(reply).error) == (ReplyState.FAILED, failure, str(error))
    assert Draft.objects.get(author=agent).body == reply.body
    assert reply.conversation.events.get().data == {"reply": reply.pk, "failure": failure}


def test_a_refused_sign_in_is_told_to_administrators_once(reply, held, agent, policy, network):
    administrator = AppointmentFactory(role=Role.ADMINISTRATOR, user__wants_email=False).user
    other = ReplyFactory(
        conversation=ConversationFactory(claimed=True, holder=agent, profile=held.profile), policy_version=policy
    )
    network.before = raising(AuthorisationFailure("The token was revoked."))

    deliver(reply, network)
    deliver(other, network)

    told = Notification.objects.get(kind="sending_refused")
    assert (told.user, told.path) == (administrator, f"/channels/{held.channel_id}/")
    assert told.subject == f"{held.channel.name}: The token was revoked."
    assert Notification.objects.filter(kind="reply_failed", user=agent).count() == 2


def test_what_was_tried_before_is_looked_for_before_it_is_sent_again(reply, network):
    # It had arrived, though the network said that it had not.
    network.after = raising(TemporaryFailure("Gateway time-out."))
    deliver(reply, network)
    at = fresh(reply).not_before_at

    assert deliver(reply, network, at) is True

    assert [post.key for post in network.posts] == [reply.key]
    assert network.looked_for == [reply.key]
    assert (fresh(reply).state, fresh(reply).failure) == (ReplyState.SENT, "")


def test_where_the_network_cannot_be_asked_now_nothing_is_sent_again(reply, network):
    network.before = raising(TemporaryFailure("Down."))
    deliver(reply, network)
    network.before, network.cannot_look = lambda: None, TemporaryFailure("Still down.")
    at = fresh(reply).not_before_at

    assert deliver(reply, network, at) is False

    assert (network.posts, fresh(reply).state, fresh(reply).quick_failures) == ([], ReplyState.QUEUED, 2)


def test_where_the_network_remembers_no_keys_its_word_counts(reply, network):
    network.before = raising(TemporaryFailure("Down."))
    deliver(reply, network)
    network.before, network.cannot_look = lambda: None, PermanentFailure("It cannot be asked.")

    assert deliver(reply, network, fresh(reply).not_before_at) is True
    assert len(network.posts) == 1
