from datetime import timedelta
from unittest import mock

import pytest

from listening.connectors.base import OutcomeUnknown, OutgoingReply, PermanentFailure, TemporaryFailure
from listening.models import Mention, WaitingMention
from listening.services import ingest
from policies.models import PolicyVersion
from teams.models import Notification
from tests.factories.listening import ProfileFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory, last_heard
from tests.support.hearing import hear, said
from tests.support.network import raising
from tests.support.sending import deliver, fresh, kinds
from triage.models import Conversation, Reply
from triage.services.arriving import intake
from triage.services.sending import delivery, outbox
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
        mock.patch("celery.Celery.send_task") as later,
        django_capture_on_commit_callbacks(execute=True),
    ):
        outbox.sweep(at=LATER)

    assert later.call_args_list == [
        mock.call("triage.deliver_reply", kwargs={"reply_id": due.pk}, retry=False),
        mock.call("triage.resolve_reply", kwargs={"reply_id": stuck.pk}, retry=False),
    ]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"deleted_at": LATER}, "What you answer was deleted by its author."),
        ({"edited_at": LATER}, "What you answer was edited by its author."),
    ],
)
def test_an_answer_to_what_its_author_changed_since_is_not_sent(reply, network, change, error):
    Mention.objects.filter(pk=reply.answers_id).update(**change)

    assert deliver(reply, network, LATER) is False

    stopped = fresh(reply)
    assert (stopped.state, stopped.error, network.posts) == (ReplyState.FAILED, error, [])
    assert kinds(reply.conversation) == ["reply_failed"]
    assert Notification.objects.get().user == reply.author


def test_an_edit_that_the_writer_saw_stops_nothing(reply, network):
    Mention.objects.filter(pk=reply.answers_id).update(edited_at=reply.queued_at)

    assert deliver(reply, network, LATER) is True


def test_copies_and_what_a_machine_sent_stop_no_answer(reply, network):
    newest = reply.answers
    item = said("copy", author="bert", repeats=newest.external_id)
    machine = said("machine", answers=newest.external_id, is_automatic=True)
    hear(newest.channel, item, machine)
    assert reply.conversation.entries.count() == 3

    assert deliver(reply, network, LATER) is True
