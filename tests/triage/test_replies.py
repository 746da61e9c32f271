from dataclasses import replace
from datetime import timedelta
from unittest import mock
from uuid import uuid4

import pytest

from policies.models import PolicyVersion
from socialhub.lib.errors import Invalid
from teams.models import User
from tests.factories.listening import ProfileFactory
from tests.factories.policies import AttestationFactory, PolicyVersionFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, DraftFactory, ReplyFactory, last_heard
from tests.support.hearing import hear, said
from triage.models import Conversation, Draft, Event, Reply
from triage.services.gate import NotAttested
from triage.services.pen.claims import NotTheHolder
from triage.services.sending import replies
from triage.services.sending.replies import ReplyInFlight, Seen, WorldChanged
from triage.services.writing import drafts
from triage.states import ReplyState, Stage, Visibility

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def author() -> User:
    return UserFactory(wants_email=False)


@pytest.fixture
def conversation(policy, author, network) -> Conversation:
    AttestationFactory(user=author, version=policy)
    return ConversationFactory(
        claimed=True, holder=author, profile=ProfileFactory(channel__kind="scripted"), visibility=Visibility.PRIVATE
    )


@pytest.fixture
def seen(conversation, policy) -> Seen:
    return Seen(fence=2, mention_id=last_heard(conversation).pk, policy_version_id=policy.pk)


@pytest.fixture
def queue(conversation, author, seen):
    def act(**change: object) -> Reply:
        arguments = {
            "conversation_id": conversation.pk,
            "author": author,
            "body": "On our way.",
            "key": uuid4(),
            "seen": seen,
            "closes": False,
            "at": NOON,
        }
        return replies.queue_reply(**{**arguments, **change})

    return act


def new_policy(policy: PolicyVersion) -> PolicyVersion:
    PolicyVersion.objects.filter(pk=policy.pk).update(state="retired", in_force_until=LATER)
    return PolicyVersionFactory.published(in_force_from=LATER)


def customer_writes(conversation: Conversation) -> None:
    hear(conversation.channel, said("more", answers=last_heard(conversation).external_id))


def draft_of(user: User) -> str:
    return Draft.objects.get(author=user).body


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


# Drafts.


def test_a_draft_is_kept_once_for_each_writer(conversation, author):
    drafts.save_draft(conversation_id=conversation.pk, author=author, body="On", at=NOON)
    drafts.save_draft(conversation_id=conversation.pk, author=author, body="On our", at=LATER)
    drafts.save_draft(conversation_id=conversation.pk, author=UserFactory(), body="Me too", at=LATER)

    assert [(draft.body, draft.saved_at) for draft in Draft.objects.filter(author=author)] == [("On our", LATER)]
    assert Draft.objects.count() == 2


def test_a_draft_has_a_longest_length(conversation, author):
    drafts.save_draft(conversation_id=conversation.pk, author=author, body="x" * 10_000, at=NOON)

    with pytest.raises(Invalid, match="longer than 10,000 characters"):
        drafts.save_draft(conversation_id=conversation.pk, author=author, body="x" * 10_001, at=NOON)

    assert draft_of(author) == "x" * 10_000


# Queueing.


def test_an_answer_is_queued_as_its_writer_saw_the_world(queue, conversation, author, policy, seen):
    key = uuid4()

    reply = queue(key=key, body="  On our way. \n", closes=True)

    assert (reply.conversation, reply.author, reply.body, reply.key, reply.closes) == (
        conversation,
        author,
        "On our way.",
        key,
        True,
    )
    assert (reply.visibility, reply.answers_id, reply.policy_version, reply.state, reply.queued_at) == (
        Visibility.PRIVATE,
        seen.mention_id,
        policy,
        ReplyState.QUEUED,
        NOON,
    )
    assert [(event.kind, event.actor, event.data) for event in conversation.events.all()] == [
        ("reply_queued", author, {"reply": reply.pk})
    ]
    assert draft_of(author) == ""


def test_queueing_wakes_a_worker_only_after_commit(queue, django_capture_on_commit_callbacks):
    with (
        mock.patch("celery.Celery.send_task") as start,
        django_capture_on_commit_callbacks(execute=True),
    ):
        reply = queue()
        start.assert_not_called()

    assert start.call_args_list == [mock.call("triage.deliver_reply", kwargs={"reply_id": reply.pk}, retry=False)]


def test_the_same_key_is_the_same_answer(queue, conversation, author):
    key = uuid4()
    first = queue(key=key)

    again = queue(key=key)

    assert again == first
    assert Reply.objects.count() == 1
    assert kinds(conversation) == ["reply_queued"]
    assert draft_of(author) == ""


def test_the_same_answer_asked_for_again_leaves_what_was_begun_since(queue, conversation, author):
    key = uuid4()
    first = queue(key=key)
    drafts.save_draft(conversation_id=conversation.pk, author=author, body="And one more thing", at=LATER)

    assert queue(key=key) == first
    assert draft_of(author) == "And one more thing"


def test_the_same_key_keeps_a_draft_that_is_another_text(queue, author):
    key = uuid4()
    queue(key=key)

    queue(key=key, body="Something else")

    assert Reply.objects.get().body == "On our way."
    assert draft_of(author) == "Something else"


def test_the_key_of_another_answer_is_refused(queue, author):
    other = ReplyFactory()

    with pytest.raises(Invalid, match="This key belongs to another answer") as refused:
        queue(key=other.key)

    assert refused.value.field == "key"
    assert Reply.objects.get() == other
    assert draft_of(author) == "On our way."


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"seen": {"fence": 1}}, NotTheHolder),
        ({"seen": {"fence": 3}}, NotTheHolder),
        ({"seen": {"mention_id": 0}}, WorldChanged),
        ({"seen": {"policy_version_id": 0}}, WorldChanged),
        ({"body": "   "}, Invalid),
        ({"body": "x" * 101}, Invalid),
    ],
)
def test_a_refused_answer_stays_as_a_draft(queue, conversation, author, seen, change, refusal):
    if "seen" in change:
        change = {"seen": replace(seen, **change["seen"])}

    with pytest.raises(refusal):
        queue(**change)

    assert not Reply.objects.exists()
    assert not Event.objects.exists()
    assert draft_of(author) == change.get("body", "On our way.")


def test_the_length_is_counted_as_people_see_it(queue):
    family = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"

    assert queue(body=family * 100).body == family * 100


def test_a_channel_may_have_its_own_length(queue, conversation):
    conversation.channel.options = {"text_limit": 5}
    conversation.channel.save(update_fields=["options"])

    with pytest.raises(Invalid, match="The answer has 11 characters; this channel takes 5\\.") as refused:
        queue()

    assert refused.value.field == "body"
    assert not Reply.objects.exists()


def test_a_channel_without_a_network_takes_no_answer(queue, conversation):
    conversation.channel.kind = "import"
    conversation.channel.save(update_fields=["kind"])

    with pytest.raises(Invalid, match="This channel takes no answers"):
        queue()

    assert not Reply.objects.exists()


def test_only_the_holder_answers(queue, policy):
    other = UserFactory()
    AttestationFactory(user=other, version=policy)

    with pytest.raises(NotTheHolder):
        queue(author=other)

    assert not Reply.objects.exists()
    assert draft_of(other) == "On our way."


def test_nobody_answers_without_having_attested(queue, policy, author):
    newer = new_policy(policy)

    with pytest.raises(NotAttested):
        queue()
    assert not Reply.objects.exists()
    assert draft_of(author) == "On our way."

    AttestationFactory(user=author, version=newer)
    with pytest.raises(WorldChanged) as refused:
        queue()
    assert refused.value.changes == ["A new version of the policy has come into force."]
    assert not Reply.objects.exists()


def test_a_new_message_stops_the_answer(queue, conversation):
    customer_writes(conversation)

    with pytest.raises(WorldChanged) as refused:
        queue()

    assert refused.value.changes == ["There is a new message in this conversation."]
    assert not Reply.objects.exists()


@pytest.mark.parametrize("state", [ReplyState.QUEUED, ReplyState.SENDING, ReplyState.UNCERTAIN])
def test_one_answer_is_in_flight_at_a_time(queue, conversation, state):
    ReplyFactory(conversation=conversation, state=state)

    with pytest.raises(ReplyInFlight):
        queue()

    assert Reply.objects.count() == 1


@pytest.mark.parametrize("state", [ReplyState.FAILED, ReplyState.WITHDRAWN])
def test_an_answer_that_never_went_out_stands_in_nobodys_way(queue, conversation, state):
    ReplyFactory(conversation=conversation, state=state)

    assert queue().state == ReplyState.QUEUED


def test_the_holder_may_say_more_while_waiting(queue, conversation):
    Conversation.objects.filter(pk=conversation.pk).update(stage=Stage.WAITING, due_at=None, due_for="")

    assert queue().state == ReplyState.QUEUED


# Trying again.


@pytest.fixture
def failed(conversation, policy) -> Reply:
    return ReplyFactory(conversation=conversation, policy_version=policy, failed=True)


def retry(reply: Reply, author: User) -> None:
    replies.retry_reply(reply_id=reply.pk, author=author, at=LATER)


def test_a_failed_answer_is_queued_again(failed, author, django_capture_on_commit_callbacks):
    with (
        mock.patch("celery.Celery.send_task") as start,
        django_capture_on_commit_callbacks(execute=True),
    ):
        retry(failed, author)

    failed.refresh_from_db()
    assert (failed.state, failed.not_before_at, failed.attempt_count, failed.error) == (ReplyState.QUEUED, LATER, 0, "")
    assert [event.data for event in failed.conversation.events.all()] == [{"reply": failed.pk, "again": True}]
    assert start.call_args_list == [mock.call("triage.deliver_reply", kwargs={"reply_id": failed.pk}, retry=False)]


@pytest.mark.parametrize("state", [ReplyState.QUEUED, ReplyState.SENDING, ReplyState.UNCERTAIN, ReplyState.WITHDRAWN])
def test_only_a_failed_answer_is_tried_again(failed, author, state):
    Reply.objects.update(state=state)

    with pytest.raises(ReplyInFlight):
        retry(failed, author)

    failed.refresh_from_db()
    assert failed.state == state
    assert kinds(failed.conversation) == []


def test_a_failed_answer_waits_for_another_in_flight(failed, author):
    ReplyFactory(conversation=failed.conversation)

    with pytest.raises(ReplyInFlight):
        retry(failed, author)

    failed.refresh_from_db()
    assert failed.state == ReplyState.FAILED
    assert kinds(failed.conversation) == []


def test_only_the_holder_tries_again(failed, policy):
    other = UserFactory()
    AttestationFactory(user=other, version=policy)

    with pytest.raises(NotTheHolder):
        retry(failed, other)

    failed.refresh_from_db()
    assert failed.state == ReplyState.FAILED


def test_nobody_tries_again_without_having_attested(failed, author, policy):
    new_policy(policy)

    with pytest.raises(NotAttested):
        retry(failed, author)

    failed.refresh_from_db()
    assert failed.state == ReplyState.FAILED


def test_a_failed_answer_to_a_changed_world_becomes_a_draft(failed, author, policy):
    AttestationFactory(user=author, version=new_policy(policy))
    customer_writes(failed.conversation)

    with pytest.raises(WorldChanged) as refused:
        retry(failed, author)

    failed.refresh_from_db()
    assert refused.value.changes == [
        "There is a new message in this conversation.",
        "A new version of the policy has come into force.",
    ]
    assert failed.state == ReplyState.FAILED
    assert draft_of(author) == failed.body


def test_a_failed_answer_to_a_changed_world_leaves_another_draft(failed, author):
    DraftFactory(conversation=failed.conversation, author=author, body="Half a thought")
    customer_writes(failed.conversation)

    with pytest.raises(WorldChanged):
        retry(failed, author)

    assert draft_of(author) == "Half a thought"
