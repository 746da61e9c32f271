from datetime import datetime, timedelta

import pytest

from listening.models import Mention, WaitingMention
from tests.factories.listening import ChannelFactory, MentionFactory, ProfileFactory
from tests.factories.policies import everybody_attests
from tests.factories.teams import NOON, MembershipFactory, UserFactory
from triage.models import ClockEnd, Conversation
from triage.services.arriving import intake
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice
from triage.services.pen import claims
from triage.states import Disposition

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("policy")]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def customer():
    """Somebody on a channel that takes private answers for a day."""
    return ProfileFactory(channel=ChannelFactory(kind="practice", options={"private_days": 1}))


def say(customer, *, spoken_at: datetime, at: datetime = NOON, in_reply_to: Mention | None = None) -> Mention:
    mention = MentionFactory(
        profile=customer, published_at=spoken_at, in_reply_to=in_reply_to.external_id if in_reply_to else ""
    )
    WaitingMention.objects.get_or_create(mention=mention)
    intake.take_in_mentions(at=at, patient=True)
    return mention


def decide(care, *, visibility: str, at: datetime = NOON) -> Conversation:
    conversation = Conversation.objects.get()
    owner = UserFactory()
    everybody_attests()
    choice = Choice(Disposition.CUSTOMER_SERVICE, 3, department=care, visibility=visibility)
    deciding.decide(conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=conversation.fence, at=at)
    conversation.refresh_from_db()
    return conversation


@pytest.mark.parametrize(
    ("ago", "due_at"),
    [
        (timedelta(hours=22), NOON + 2 * HOUR),  # the window closes before the time to decide has passed
        (HOUR, NOON + 4 * HOUR),
        (2 * DAY, NOON + 4 * HOUR),  # it has closed already
    ],
)
def test_the_window_is_a_deadline_from_the_beginning(customer, ago, due_at):
    say(customer, spoken_at=NOON - ago)

    conversation = Conversation.objects.get()
    assert (conversation.due_at, conversation.due_for, conversation.step_due_at) == (due_at, "decide", NOON + 4 * HOUR)
    assert conversation.private_until == NOON - ago + DAY


def test_the_window_counts_for_a_private_answer_and_not_for_a_public_one(customer, care):
    say(customer, spoken_at=NOON - 22 * HOUR)

    assert decide(care, visibility="private").due_at == NOON + 2 * HOUR
    assert decide(care, visibility="public").due_at == NOON + 4 * HOUR


def test_who_claims_has_until_the_window_closes(customer, care):
    say(customer, spoken_at=NOON - 22 * HOUR)
    conversation = decide(care, visibility="private")
    agent = MembershipFactory(department=care).user

    claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=NOON + HOUR)

    conversation.refresh_from_db()
    assert (conversation.due_at, conversation.due_for) == (NOON + 2 * HOUR, "answer")
    assert conversation.step_due_at == NOON + 25 * HOUR
    assert list(ClockEnd.objects.order_by("pk").values_list("step", "due_at", "missed")) == [
        ("decide", NOON + 2 * HOUR, False),
        ("claim", NOON + 2 * HOUR, False),
    ]


def test_a_new_message_moves_the_window(customer, care):
    first = say(customer, spoken_at=NOON - 22 * HOUR)
    conversation = decide(care, visibility="private")
    agent = MembershipFactory(department=care).user
    claims.claim_conversation(conversation_id=conversation.pk, agent=agent, at=NOON)

    say(customer, spoken_at=NOON, at=NOON + HOUR, in_reply_to=first)

    conversation.refresh_from_db()
    assert conversation.private_until == NOON + DAY
    assert (conversation.due_at, conversation.step_due_at) == (NOON + DAY, NOON + DAY)


def test_a_network_without_a_window_sets_no_deadline(care):
    say(ProfileFactory(), spoken_at=NOON)

    conversation = Conversation.objects.get()
    assert (conversation.private_until, conversation.due_at) == (None, NOON + 4 * HOUR)
