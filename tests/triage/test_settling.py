from datetime import timedelta

import pytest

from listening.connectors.base import OutgoingReply, TemporaryFailure
from tests.factories.listening import ProfileFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory
from tests.support.network import Network
from tests.support.sending import fresh, kinds
from triage.models import Conversation, Reply
from triage.services.sending import delivery, outbox
from triage.states import ReplyState, Stage

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def conversation(policy) -> Conversation:
    profile = ProfileFactory(channel__kind="scripted", channel__our_handles=["@nordlys"])
    return ConversationFactory(claimed=True, profile=profile, holder=UserFactory(wants_email=False))


@pytest.fixture
def reply(conversation, policy) -> Reply:
    return ReplyFactory(conversation=conversation, policy_version=policy)


# What a person finds out.


@pytest.fixture
def uncertain(conversation, policy) -> Reply:
    return ReplyFactory(conversation=conversation, policy_version=policy, uncertain=True)


def settle(reply: Reply, verdict: delivery.Verdict) -> None:
    delivery.settle_reply(reply_id=reply.pk, verdict=verdict, actor=reply.author, at=LATER)


def test_an_answer_found_there_counts_as_sent(uncertain):
    settle(uncertain, delivery.Verdict.THERE)

    settled = fresh(uncertain)
    assert (settled.state, settled.sent_at, settled.error) == (ReplyState.SENT, LATER, "")
    assert (settled.conversation.stage, settled.conversation.first_answered_at) == (Stage.WAITING, LATER)
    assert kinds(settled.conversation) == ["reply_settled", "waiting"]
    assert settled.conversation.events.first().data == {"reply": uncertain.pk, "verdict": "there"}


def test_an_answer_not_found_there_has_failed_and_may_be_retried(uncertain):
    settle(uncertain, delivery.Verdict.NOT_THERE)

    settled = fresh(uncertain)
    assert (settled.state, settled.claimed_at, settled.conversation.stage) == (ReplyState.FAILED, None, Stage.CLAIMED)
    assert kinds(settled.conversation) == ["reply_settled"]


@pytest.mark.parametrize("verdict", list(delivery.Verdict))
def test_what_is_settled_is_not_settled_again(uncertain, verdict):
    settle(uncertain, delivery.Verdict.THERE)

    with pytest.raises(delivery.ReplyNotUncertain):
        settle(uncertain, verdict)

    assert fresh(uncertain).state == ReplyState.SENT
    assert kinds(uncertain.conversation) == ["reply_settled", "waiting"]


def look_again(reply: Reply, network: Network) -> None:
    delivery.look_again(reply_id=reply.pk, at=LATER, connector=network)


def test_looking_again_finds_an_answer(uncertain, network):
    network.posts = [OutgoingReply(uncertain.key, "We are on our way.", "1", "public")]

    look_again(uncertain, network)

    assert (fresh(uncertain).state, fresh(uncertain).mention.external_id) == (ReplyState.SENT, "post-1")
    assert fresh(uncertain).conversation.stage == Stage.WAITING


def test_looking_again_finds_that_an_answer_is_not_there(uncertain, network):
    look_again(uncertain, network)

    assert (fresh(uncertain).state, fresh(uncertain).error) == (ReplyState.FAILED, "The network does not have it.")


def test_looking_again_may_tell_nothing(uncertain, network):
    network.cannot_look = TemporaryFailure("Down.")

    with pytest.raises(delivery.StillUnknown, match="The network cannot tell: Down\\."):
        look_again(uncertain, network)

    assert fresh(uncertain).state == ReplyState.UNCERTAIN
    assert kinds(uncertain.conversation) == []


def test_looking_again_at_what_was_settled_changes_nothing(reply, network):
    with pytest.raises(delivery.ReplyNotUncertain):
        look_again(reply, network)

    assert (fresh(reply).state, network.looked_for) == (ReplyState.QUEUED, [])


def test_looking_again_gives_way_to_whoever_settles_first(uncertain, network):
    look = network.look

    def settle_first(*arguments):
        settle(uncertain, delivery.Verdict.NOT_THERE)
        return look(*arguments)

    network.look = settle_first

    with pytest.raises(delivery.ReplyNotUncertain):
        look_again(uncertain, network)

    assert fresh(uncertain).state == ReplyState.FAILED


def test_looking_again_speaks_to_the_connector_of_the_channel(uncertain, network):
    outbox.look_again(reply_id=uncertain.pk, at=LATER)

    assert (fresh(uncertain).state, network.looked_for) == (ReplyState.FAILED, [uncertain.key])
