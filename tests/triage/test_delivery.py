from datetime import timedelta
from unittest import mock

import pytest

from listening.connectors.base import OutcomeUnknown, OutgoingReply, PermanentFailure, TemporaryFailure
from listening.models import Mention, Profile, WaitingMention
from listening.services import ingest
from policies.models import PolicyVersion
from teams.models import Notification
from tests.factories.listening import ProfileFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory, last_heard
from tests.support.hearing import hear, said
from tests.support.network import Killed, Network, raising
from triage import tasks
from triage.models import Conversation, Reply
from triage.services import delivery, intake, outbox
from triage.states import DueFor, Outcome, ReplyState, Stage

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def conversation(policy) -> Conversation:
    profile = ProfileFactory(channel__kind="scripted", channel__our_handles=["@nordlys"])
    return ConversationFactory(claimed=True, profile=profile, holder=UserFactory(wants_email=False))


@pytest.fixture
def reply(conversation, policy) -> Reply:
    return ReplyFactory(conversation=conversation, policy_version=policy)


def fresh(reply: Reply) -> Reply:
    return Reply.objects.select_related("conversation").get(pk=reply.pk)


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def deliver(reply: Reply, network: Network, at=NOON) -> bool:
    return delivery.deliver_reply(reply_id=reply.pk, at=at, connector=network)


def hear_customer(conversation: Conversation, *, at=NOON, minute: int = 1) -> Mention:
    """Let the customer write again."""
    newest = last_heard(conversation)
    item = said(f"again-{newest.pk}", "One more thing.", answers=newest.external_id, minute=minute)
    hear(conversation.channel, item, at=at)
    return last_heard(conversation)


def test_a_queued_answer_is_sent_and_recorded(reply, network):
    assert deliver(reply, network, LATER) is True

    sent = fresh(reply)
    conversation = sent.conversation
    assert network.posts == [
        OutgoingReply(
            key=reply.key, text="We are on our way.", in_reply_to=reply.answers.external_id, visibility="public"
        )
    ]
    assert network.settings == [{"channel_id": conversation.channel_id, "our_handles": ["@nordlys"]}]
    assert (sent.state, sent.sent_at, sent.attempt_count, sent.error) == (ReplyState.SENT, LATER, 1, "")
    assert (conversation.stage, conversation.holder_id, conversation.due_at, conversation.due_for) == (
        Stage.WAITING,
        reply.author_id,
        None,
        "",
    )
    assert (conversation.first_answered_at, conversation.last_outbound_at, conversation.mention_count) == (
        LATER,
        LATER,
        2,
    )
    assert kinds(conversation) == ["reply_sent", "waiting"]
    assert [event.actor for event in conversation.events.all()] == [reply.author, reply.author]


def test_a_sent_answer_is_a_mention_of_ours_that_nobody_takes_in_again(reply, network):
    deliver(reply, network)

    mention = fresh(reply).mention
    assert (mention.external_id, mention.is_ours, mention.text, mention.url, mention.in_reply_to) == (
        "post-1",
        True,
        "We are on our way.",
        "https://network.example/1",
        reply.answers.external_id,
    )
    assert (mention.profile.handle, mention.profile.is_ours) == ("@nordlys", True)
    assert mention.entry.conversation_id == reply.conversation_id
    assert not WaitingMention.objects.exists()

    again = ingest.store_items(channel=mention.channel, items=[said("post-1", mention.text, ours=True)], at=LATER)
    assert again.known_count == 1
    assert intake.take_in_mentions(at=LATER) == 0


def test_delivering_twice_sends_once(reply, network):
    deliver(reply, network)

    assert deliver(reply, network) is False
    assert len(network.posts) == 1
    assert kinds(reply.conversation) == ["reply_sent", "waiting"]


def test_an_answer_that_closes_closes_and_gives_the_pen_back(conversation, policy, network):
    reply = ReplyFactory(conversation=conversation, policy_version=policy, closes=True)

    deliver(reply, network, LATER)

    conversation.refresh_from_db()
    assert (
        conversation.stage,
        conversation.outcome,
        conversation.closed_at,
        conversation.holder,
        conversation.fence,
    ) == (
        Stage.CLOSED,
        Outcome.RESOLVED,
        LATER,
        None,
        3,
    )
    assert kinds(conversation) == ["reply_sent", "closed"]


@pytest.mark.parametrize(
    ("closes", "stage", "events"),
    [(False, Stage.WAITING, ["reply_sent"]), (True, Stage.CLOSED, ["reply_sent", "closed"])],
)
def test_a_further_answer_while_waiting_does_what_its_writer_said(conversation, policy, network, closes, stage, events):
    Conversation.objects.update(stage=Stage.WAITING, due_at=None, due_for="")
    reply = ReplyFactory(conversation=conversation, policy_version=policy, closes=closes)

    deliver(reply, network)

    conversation.refresh_from_db()
    assert conversation.stage == stage
    assert kinds(conversation) == events


def test_the_first_answer_stays_the_first(conversation, policy, network):
    deliver(ReplyFactory(conversation=conversation, policy_version=policy), network)

    deliver(ReplyFactory(conversation=conversation, policy_version=policy), network, LATER)

    conversation.refresh_from_db()
    assert (conversation.first_answered_at, conversation.last_outbound_at) == (NOON, LATER)


def test_an_answer_waits_until_its_time(reply, network):
    Reply.objects.update(not_before_at=LATER)

    assert deliver(reply, network, LATER - timedelta(seconds=1)) is False
    assert network.posts == []
    assert deliver(reply, network, LATER) is True


@pytest.mark.parametrize("state", [ReplyState.SENDING, ReplyState.FAILED, ReplyState.UNCERTAIN, ReplyState.WITHDRAWN])
def test_only_a_queued_answer_is_sent(reply, network, state):
    Reply.objects.update(state=state)

    assert deliver(reply, network) is False
    assert network.posts == []


def test_an_answer_does_not_go_out_when_the_customer_wrote_meanwhile(reply, network):
    hear_customer(reply.conversation)

    assert deliver(reply, network, LATER) is False

    stopped = fresh(reply)
    assert network.posts == []
    assert (stopped.state, stopped.error) == (ReplyState.FAILED, "There is a new message in this conversation.")
    assert stopped.conversation.stage == Stage.CLAIMED
    assert Notification.objects.filter(kind="reply_failed").get().user == reply.author


def test_an_answer_does_not_go_out_under_another_policy_than_its_writer_saw(reply, policy, network):
    PolicyVersion.objects.filter(pk=policy.pk).update(state="retired", in_force_until=LATER)
    PolicyVersionFactory.published(in_force_from=LATER)

    assert deliver(reply, network, LATER) is False
    assert network.posts == []
    assert (fresh(reply).state, fresh(reply).error) == (
        ReplyState.FAILED,
        "A new version of the policy has come into force.",
    )


def test_what_the_customer_says_while_the_answer_leaves_keeps_the_clock_running(reply, network):
    due_at = reply.conversation.due_at
    # Said before the answer was queued, heard while it was on its way.
    network.after = lambda: hear_customer(reply.conversation, minute=-5)

    assert deliver(reply, network, LATER) is True

    conversation = fresh(reply).conversation
    assert (conversation.stage, conversation.due_at, conversation.due_for) == (Stage.CLAIMED, due_at, DueFor.ANSWER)
    assert conversation.first_answered_at == LATER


def test_an_answer_is_out_where_the_network_hears_it_back_before_we_record_it(reply, network):
    channel = reply.conversation.channel

    def hear_back():
        item = said("post-1", "We are on our way.", answers=reply.answers.external_id, ours=True)
        ingest.store_items(channel=channel, items=[item], at=NOON)

    network.after = hear_back

    assert deliver(reply, network) is True

    assert intake.take_in_mentions(at=NOON) == 0
    assert fresh(reply).mention.external_id == "post-1"
    assert fresh(reply).conversation.mention_count == 2
    assert fresh(reply).conversation.entries.count() == 2


def test_an_answer_heard_back_and_taken_in_before_we_record_it_is_counted_once(reply, network):
    channel = reply.conversation.channel
    network.after = lambda: hear(
        channel, said("post-1", "We are on our way.", answers=reply.answers.external_id, ours=True)
    )

    assert deliver(reply, network) is True
    assert fresh(reply).conversation.mention_count == 2
    assert fresh(reply).conversation.stage == Stage.WAITING


def test_a_temporary_failure_is_tried_again_ever_later_and_then_told(reply, network):
    network.before = raising(TemporaryFailure("The network is down."))
    at, pauses = NOON, []
    for _ in range(5):
        assert deliver(reply, network, at) is False
        tried = fresh(reply)
        if tried.state == ReplyState.QUEUED:
            assert (tried.claimed_at, tried.error) == (None, "The network is down.")
            pauses.append((tried.not_before_at - at).total_seconds())
            at = tried.not_before_at

    assert pauses == [10, 60, 600, 3600]
    assert (tried.state, tried.attempt_count) == (ReplyState.FAILED, 5)
    assert kinds(reply.conversation) == ["reply_failed"]
    assert list(Notification.objects.values_list("user", "kind")) == [(reply.author_id, "reply_failed")]


@pytest.mark.parametrize(("retry_after", "seconds"), [(0, 0), (30, 30), (-5, 0), (3600, 3600)])
def test_a_temporary_failure_waits_as_long_as_the_network_asks(reply, network, retry_after, seconds):
    network.before = raising(TemporaryFailure("Slow down.", retry_after=retry_after))

    deliver(reply, network)

    assert (fresh(reply).state, fresh(reply).not_before_at) == (ReplyState.QUEUED, NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize("retry_after", [3601, 10**15])
def test_a_network_that_asks_for_too_long_a_pause_needs_a_person(reply, network, retry_after):
    network.before = raising(TemporaryFailure("Come back later.", retry_after=retry_after))

    deliver(reply, network)

    assert (fresh(reply).state, fresh(reply).error) == (ReplyState.FAILED, "Come back later.")


def test_a_permanent_failure_is_told_to_the_author(reply, network):
    network.before = raising(PermanentFailure("The post is gone."))

    assert deliver(reply, network) is False

    assert (fresh(reply).state, fresh(reply).error) == (ReplyState.FAILED, "The post is gone.")
    assert fresh(reply).conversation.stage == Stage.CLAIMED
    assert kinds(reply.conversation) == ["reply_failed"]
    assert list(Notification.objects.values_list("user", "kind")) == [(reply.author_id, "reply_failed")]


def test_an_unknown_outcome_is_put_before_a_person_and_never_resent(reply, network):
    network.after = raising(OutcomeUnknown("The line broke."))

    assert deliver(reply, network) is False
    assert (fresh(reply).state, fresh(reply).error) == (ReplyState.UNCERTAIN, "The line broke.")
    assert kinds(reply.conversation) == ["reply_uncertain"]
    assert deliver(reply, network, LATER) is False
    assert len(network.posts) == 1


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
    assert network.looked_for == [reply.key]
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
        delivery._sent(fresh(reply), network._receipt(1), LATER)

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


# The sweep.


def test_the_sweep_starts_what_is_due_and_what_is_stuck(conversation, policy, django_capture_on_commit_callbacks):
    def another(**columns):
        return ReplyFactory(conversation=ConversationFactory(claimed=True), policy_version=policy, **columns)

    due = another()
    another(not_before_at=LATER + timedelta(seconds=1))
    stuck = another(state=ReplyState.SENDING, claimed_at=LATER - delivery.STUCK_AFTER - timedelta(seconds=1))
    another(state=ReplyState.SENDING, claimed_at=LATER - delivery.STUCK_AFTER)
    another(failed=True)
    another(uncertain=True)

    with (
        mock.patch.object(tasks.deliver_reply, "apply_async") as deliver_later,
        mock.patch.object(tasks.resolve_reply, "apply_async") as resolve_later,
        django_capture_on_commit_callbacks(execute=True),
    ):
        outbox.sweep(at=LATER)

    assert deliver_later.call_args_list == [mock.call(kwargs={"reply_id": due.pk}, retry=False)]
    assert resolve_later.call_args_list == [mock.call(kwargs={"reply_id": stuck.pk}, retry=False)]


def test_the_tasks_speak_to_the_connector_of_the_channel(reply, network, time_machine):
    time_machine.move_to(LATER, tick=False)
    kill(reply, network, after=False)

    tasks.resolve_reply(reply_id=reply.pk)
    assert fresh(reply).state == ReplyState.QUEUED
    tasks.deliver_reply(reply_id=reply.pk)

    assert fresh(reply).state == ReplyState.SENT
    assert Mention.objects.filter(is_ours=True).count() == 1
    assert Profile.objects.filter(is_ours=True).count() == 1


def test_looking_again_speaks_to_the_connector_of_the_channel(uncertain, network):
    outbox.look_again(reply_id=uncertain.pk, at=LATER)

    assert (fresh(uncertain).state, network.looked_for) == (ReplyState.FAILED, [uncertain.key])
