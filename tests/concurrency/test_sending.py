import threading
from datetime import timedelta
from uuid import uuid4

import pytest

from listening.services import ingest
from policies.models import PolicyVersion
from policies.services import publishing
from teams.models import User
from tests.factories.listening import ProfileFactory
from tests.factories.policies import (
    TARGETS,
    AttestationFactory,
    ClauseFactory,
    PolicyVersionFactory,
    RuleFactory,
    TargetFactory,
)
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory, last_heard
from tests.support.hearing import said
from tests.support.network import Killed, Network
from tests.support.race import SECONDS, race, until_somebody_waits
from triage.models import Conversation, Reply
from triage.services.arriving import intake
from triage.services.pen import claims
from triage.services.pen.claims import AnswerUnderway
from triage.services.sending import delivery, replies
from triage.services.sending.delivery import ReplyNotUncertain, Verdict
from triage.services.sending.replies import ReplyInFlight, Seen, WorldChanged
from triage.services.writing import conduct
from triage.states import ReplyState, Stage

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def version() -> PolicyVersion:
    return PolicyVersionFactory.published()


@pytest.fixture
def holder(version) -> User:
    user = UserFactory()
    AttestationFactory(user=user, version=version)
    return user


@pytest.fixture
def conversation(holder, network) -> Conversation:
    return ConversationFactory(claimed=True, holder=holder, profile=ProfileFactory(channel__kind="scripted"))


@pytest.fixture
def reply(conversation, version) -> Reply:
    return ReplyFactory(conversation=conversation, policy_version=version)


def send(
    conversation: Conversation, holder: User, version: PolicyVersion, key=None, mention: int | None = None
) -> Reply:
    seen = Seen(2, mention or last_heard(conversation).pk, version.pk)
    return replies.queue_reply(
        conversation_id=conversation.pk,
        author=holder,
        body="On our way.",
        key=key or uuid4(),
        seen=seen,
        closes=False,
        at=NOON,
    )


def deliver(reply: Reply, network: Network) -> bool:
    return delivery.deliver_reply(reply_id=reply.pk, at=NOON, connector=network)


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def test_the_same_key_twice_at_once_is_one_answer(conversation, holder, version):
    key = uuid4()

    outcomes = race(*[lambda: send(conversation, holder, version, key)] * 4)

    assert [outcome.pk for outcome in outcomes] == [Reply.objects.get().pk] * 4
    assert kinds(conversation) == ["reply_queued"]


def test_two_keys_at_once_are_one_answer_in_flight(conversation, holder, version):
    outcomes = race(*[lambda: send(conversation, holder, version)] * 4)

    assert sum(isinstance(outcome, ReplyInFlight) for outcome in outcomes) == 3
    assert Reply.objects.count() == 1
    assert kinds(conversation) == ["reply_queued"]


def test_a_key_that_two_conversations_use_at_once_belongs_to_one(holder, version, conversation):
    other = ConversationFactory(claimed=True, holder=holder, profile=conversation.profile)
    key = uuid4()

    outcomes = race(lambda: send(conversation, holder, version, key), lambda: send(other, holder, version, key))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Invalid", "Reply"]
    assert Reply.objects.count() == 1


def deliver_by_check_then_act(reply_id: int, network: Network, gate: threading.Barrier) -> None:
    """Deliver as it must not be done."""
    reply = Reply.objects.get(pk=reply_id)
    assert reply.state == ReplyState.QUEUED
    gate.wait()
    network.posts.append(reply)
    Reply.objects.filter(pk=reply_id).update(state=ReplyState.SENT, sent_at=NOON)


def test_the_naive_delivery_sends_twice(reply, network):
    gate = threading.Barrier(2, timeout=SECONDS)

    race(*[lambda: deliver_by_check_then_act(reply.pk, network, gate)] * 2)

    assert len(network.posts) == 2


def test_workers_at_once_send_an_answer_once(reply, network):
    outcomes = race(*[lambda: deliver(reply, network)] * 6)

    assert sorted(outcomes) == [False] * 5 + [True]
    assert [post.key for post in network.posts] == [reply.key]
    assert kinds(reply.conversation) == ["reply_sent", "waiting"]


@pytest.mark.parametrize("after", [False, True])
def test_sweepers_at_once_finish_what_a_dead_worker_began_exactly_once(reply, network, after):
    def die() -> None:
        network.before = network.after = lambda: None
        raise Killed

    network.before, network.after = (lambda: None, die) if after else (die, lambda: None)
    with pytest.raises(Killed):
        deliver(reply, network)

    def sweep() -> None:
        delivery.resolve_stuck(reply_id=reply.pk, at=LATER, connector=network)
        delivery.deliver_reply(reply_id=reply.pk, at=LATER, connector=network)

    outcomes = race(*[sweep] * 4)
    sweep()

    reply.refresh_from_db()
    assert outcomes == [None] * 4
    assert [post.key for post in network.posts] == [reply.key]
    assert reply.state == ReplyState.SENT
    assert kinds(reply.conversation) == ["reply_sent", "waiting"]


def test_of_people_who_settle_at_once_one_is_believed(conversation, version):
    reply = ReplyFactory(conversation=conversation, policy_version=version, uncertain=True)

    outcomes = race(
        *[
            lambda v=verdict: delivery.settle_reply(reply_id=reply.pk, verdict=v, actor=reply.author, at=NOON)
            for verdict in [Verdict.THERE, Verdict.NOT_THERE] * 2
        ]
    )

    reply.refresh_from_db()
    event = conversation.events.get(kind="reply_settled")
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, ReplyNotUncertain) for outcome in outcomes) == 3
    assert reply.state == (ReplyState.SENT if event.data["verdict"] == "there" else ReplyState.FAILED)


@pytest.mark.parametrize("turn", range(3))
def test_a_release_and_a_send_at_once_leave_one_of_both(conversation, holder, version, turn):
    sent, released = race(
        lambda: send(conversation, holder, version),
        lambda: claims.release_conversation(conversation_id=conversation.pk, agent=holder, fence=2, at=NOON),
    )

    conversation.refresh_from_db()
    if isinstance(sent, Reply):
        assert isinstance(released, AnswerUnderway)
        assert (conversation.stage, conversation.holder) == (Stage.CLAIMED, holder)
    else:
        assert (released, Reply.objects.count(), conversation.stage) == (None, 0, Stage.ASSIGNED)


@pytest.mark.parametrize("turn", range(3))
def test_a_send_and_a_new_message_at_once_never_stop_the_clock(conversation, holder, version, network, turn):
    newest = last_heard(conversation)
    ingest.store_items(
        channel=conversation.channel, items=[said("more", answers=newest.external_id, minute=-1)], at=NOON
    )

    def send_and_deliver() -> object:
        reply = send(conversation, holder, version, mention=newest.pk)
        return deliver(reply, network)

    sent, taken_in = race(send_and_deliver, lambda: intake.take_in_mentions(at=NOON))

    conversation.refresh_from_db()
    assert taken_in == 1
    assert isinstance(sent, bool | WorldChanged)
    # Whatever came first: the message that nobody read keeps the clock running.
    assert (conversation.stage, conversation.holder) == (Stage.CLAIMED, holder)
    assert conversation.due_at is not None


@pytest.mark.parametrize("turn", range(3))
def test_an_answer_heard_back_while_it_is_recorded_is_there_once(reply, network, turn):
    channel = reply.conversation.channel
    heard_back = said("post-1", "We are on our way.", answers=reply.answers.external_id, ours=True)

    def hear_back() -> int:
        ingest.store_items(channel=channel, items=[heard_back], at=NOON)
        return intake.take_in_mentions(at=NOON)

    sent, taken_in = race(lambda: deliver(reply, network), hear_back)
    again = intake.take_in_mentions(at=NOON)

    reply.refresh_from_db()
    conversation = Conversation.objects.get()
    assert sent is True
    assert (taken_in in (0, 1), again) == (True, 0)
    assert (conversation.mention_count, conversation.entries.count()) == (2, 2)
    assert reply.mention.external_id == "post-1"


def test_what_a_version_forbids_does_not_leave_once_it_is_in_force(reply, network, conversation, holder, version):
    draft = drafted("On our way")
    outcomes = race(
        lambda: delivery.deliver_reply(reply_id=reply.pk, at=LATER, connector=network),
        lambda: publishing.publish_version(version_id=draft.pk, publisher=holder, at=LATER, reason="Now."),
    )

    reply.refresh_from_db()
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert (reply.state, len(network.posts)) in [("sent", 1), ("failed", 0)]
    if reply.state == ReplyState.FAILED:
        assert reply.error == "A new version of the policy has come into force."


def test_no_version_comes_in_force_between_the_look_at_the_policy_and_the_claim(reply, network, version, holder):
    draft = drafted("On our way")
    looked, published = threading.Event(), threading.Event()
    judge = conduct.why_not

    def look_then_wait(*args, **given):
        found = judge(*args, **given)
        looked.set()
        # Publishing waits for the claim; were it not to wait, it would be done by now.
        until_somebody_waits(unless=published)
        assert not published.is_set()
        return found

    def publish():
        assert looked.wait(SECONDS)
        publishing.publish_version(version_id=draft.pk, publisher=holder, at=LATER, reason="Now.")
        published.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conduct, "why_not", look_then_wait)
        outcomes = race(lambda: delivery.deliver_reply(reply_id=reply.pk, at=LATER, connector=network), publish)

    assert outcomes == [True, None]
    assert PolicyVersion.objects.in_force().get() == draft
    assert [post.text for post in network.posts] == ["We are on our way."]


def drafted(forbidden: str) -> PolicyVersion:
    """Return a draft that lets nobody say ``forbidden``."""
    draft = PolicyVersionFactory()
    clause = ClauseFactory(version=draft)
    outcome = {"verdict": "block", "message": "Never."}
    RuleFactory(clause=clause, kind="conduct", condition={"answer_words": [forbidden]}, outcome=outcome)
    for priority in TARGETS:
        TargetFactory(version=draft, priority=priority)
    return draft
