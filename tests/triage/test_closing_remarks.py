from datetime import datetime, timedelta

import pytest

from listening.models import Mention, WaitingMention
from policies.models import PolicyVersion
from teams.models import Notification
from tests.factories.listening import MentionFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, ReplyFactory
from triage.history.sentences import sentences
from triage.models import Conversation, Event
from triage.services import closing
from triage.services.arriving import intake
from triage.services.sending import outbox
from triage.states import ReplyState, Stage

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
THANKED = "The customer said thank you: no new work, so nothing was reopened and no clock started."


def say(conversation: Conversation, text: str, *, at: datetime = LATER) -> Mention:
    first = conversation.entries.order_by("mention").first()
    mention = MentionFactory(
        profile=conversation.profile, text=text, in_reply_to=first.mention.external_id, published_at=at
    )
    WaitingMention.objects.get_or_create(mention=mention)
    intake.take_in_mentions(at=at, patient=True)
    conversation.refresh_from_db()
    return mention


def test_a_thank_you_does_not_end_the_waiting(held):
    Conversation.objects.filter(pk=held.pk).update(stage=Stage.WAITING, due_at=None, due_for="", resolve_left=30)

    mention = say(held, "Thank you so much! 🙏")

    assert (held.stage, held.due_at, held.resolve_left) == (Stage.WAITING, None, 30)
    assert (held.snippet, held.mention_count) == (mention.text, 2)
    event = held.events.get()
    assert (event.kind, event.data) == (Event.Kind.HEARD, {"mention": mention.pk, "thanks": True})
    assert sentences([event])[event.pk] == THANKED
    assert not Notification.objects.exists()


def test_a_thank_you_does_not_reopen(policy, care):
    conversation = ConversationFactory(closed=True, department=care, last_outbound_at=NOON)

    say(conversation, "Tak!")

    assert (conversation.stage, conversation.outcome) == (Stage.CLOSED, "resolved")


def test_thanks_for_an_answer_that_nobody_gave_is_heard(policy, care):
    conversation = ConversationFactory(closed=True, department=care)

    say(conversation, "Thank you.")

    assert conversation.stage == Stage.ASSIGNED


@pytest.mark.parametrize("text", ["Thanks, but it is still dark.", "Thanks. When?", "Thanks for nothing"])
def test_whatever_says_more_reopens(policy, care, text):
    conversation = ConversationFactory(closed=True, department=care, last_outbound_at=NOON)

    say(conversation, text)

    assert conversation.stage == Stage.ASSIGNED


def test_the_policy_can_have_thanks_heard(held):
    PolicyVersion.objects.filter(state="in_force").update(state="retired", in_force_until=NOON)
    version = PolicyVersion.objects.create(number=9000, title="Strict", passes_over_thanks=False, created_at=NOON)
    version.state, version.in_force_from = PolicyVersion.State.IN_FORCE, NOON
    version.save(update_fields=["state", "in_force_from"])
    Conversation.objects.filter(pk=held.pk).update(stage=Stage.WAITING, due_at=None, due_for="")

    say(held, "Thanks!")

    assert held.stage == Stage.CLAIMED


def test_people_reopen_after_a_thank_you(policy, care):
    conversation = ConversationFactory(closed=True, department=care, last_outbound_at=NOON)
    say(conversation, "Thanks!")

    closing.reopen_conversation(conversation_id=conversation.pk, actor=UserFactory(), at=LATER)

    conversation.refresh_from_db()
    assert conversation.stage == Stage.ASSIGNED


@pytest.mark.parametrize(("text", "stage"), [("Thanks!", Stage.WAITING), ("Thanks, but no.", Stage.CLAIMED)])
def test_a_thank_you_that_comes_while_the_answer_leaves_stops_no_clock(held, network, text, stage):
    reply = ReplyFactory(conversation=held, policy_version=PolicyVersion.objects.get(state="in_force"))

    network.after = lambda: say(held, text)

    outbox.deliver(reply_id=reply.pk, at=LATER)

    reply.refresh_from_db()
    held.refresh_from_db()
    assert reply.state == ReplyState.SENT
    assert held.stage == stage
