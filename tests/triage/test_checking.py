import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from listening.models import WaitingMention
from tests.factories.listening import MentionFactory, ProfileFactory
from tests.factories.teams import NOON, UserFactory
from tests.support.sending import deliver
from triage.models import Conversation, Reply
from triage.services import checking
from triage.services.arriving import intake
from triage.services.checking import Difference
from triage.services.decisions import deciding
from triage.services.pen import claims
from triage.services.seen import Seen
from triage.services.sending import replies
from triage.states import Disposition, Visibility

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def answered(policy, care, owner, agent, network) -> Conversation:
    mention = MentionFactory(profile=ProfileFactory(channel__kind="scripted"))
    WaitingMention.objects.create(mention=mention)
    intake.take_in_everything(at=NOON)
    conversation = Conversation.objects.get()
    choice = deciding.Choice(
        disposition=Disposition.CUSTOMER_SERVICE, priority=2, department=care, visibility=Visibility.PUBLIC
    )
    deciding.decide(conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=0, at=NOON)
    fence = claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=NOON)
    reply = replies.queue_reply(
        conversation_id=conversation.pk,
        author=agent,
        body="We are on our way.",
        key=uuid.uuid4(),
        seen=Seen(fence, mention.pk, policy.pk),
        closes=False,
        at=NOON,
    )
    deliver(reply, network, at=LATER)
    return Conversation.objects.get()


def test_the_record_tells_what_the_tables_say(answered):
    assert answered.stage == "waiting"
    assert list(checking.differences()) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("fence", 9),
        ("priority", 4),
        ("disposition", "public_response"),
        ("visibility", "private"),
        ("claimed_at", LATER),
    ],
)
def test_a_column_that_somebody_changed_is_found(answered, column, value):
    recorded = getattr(answered, column)
    Conversation.objects.update(**{column: value})

    assert list(checking.differences()) == [Difference(answered.pk, column, recorded, value)]


def test_a_holder_whom_no_event_made_is_found(answered, agent):
    stranger = UserFactory()
    Conversation.objects.update(holder=stranger)

    assert list(checking.differences()) == [Difference(answered.pk, "holder_id", agent.pk, stranger.pk)]


def test_an_answer_that_left_without_an_event_is_found(answered):
    reply = Reply.objects.get()
    Reply.objects.update(state="uncertain", sent_at=None)

    assert list(checking.differences()) == [Difference(answered.pk, f"answer {reply.pk}", "sent", "uncertain")]


def test_an_answer_of_which_nothing_is_recorded_is_found(answered):
    known = Reply.objects.get()
    Reply.objects.filter(pk=known.pk).update(id=known.pk + 1)

    assert [(one.what, one.recorded, one.stands) for one in checking.differences()] == [
        (f"answer {known.pk}", "sent", None),
        (f"answer {known.pk + 1}", None, "sent"),
    ]


def test_what_a_worker_has_in_hand_is_no_difference(answered):
    Reply.objects.update(state="sending", sent_at=None)

    assert [one.stands for one in checking.differences()] == ["queued"]


@pytest.mark.parametrize("conversation_count", [1, 3])
def test_many_conversations_cost_as_many_queries_as_one(policy, conversation_count, django_assert_num_queries):
    for mention in MentionFactory.create_batch(conversation_count):
        WaitingMention.objects.create(mention=mention)
    intake.take_in_everything(at=NOON)

    # The conversations with their events, and that there are no more.
    with django_assert_num_queries(2):
        assert list(checking.differences()) == []


def test_the_command_says_that_all_is_well(answered, capsys):
    call_command("check_events")

    assert capsys.readouterr().out == "Conversations looked at: 1. Differences: 0.\n"


def test_the_command_names_each_difference_and_fails(answered, capsys):
    Conversation.objects.update(fence=9, outcome="")

    with pytest.raises(CommandError, match=r"Conversations looked at: 1\. Differences: 1\."):
        call_command("check_events")

    assert capsys.readouterr().out == f"Conversation {answered.pk}: fence is 9, but by its events 2.\n"


def test_the_command_looks_at_one_conversation(answered, capsys):
    Conversation.objects.update(fence=9)

    call_command("check_events", conversation=answered.pk + 1)

    assert capsys.readouterr().out == "Conversations looked at: 0. Differences: 0.\n"
