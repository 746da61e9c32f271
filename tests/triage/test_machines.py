from datetime import timedelta

import pytest

from listening.models import Channel, Mention, WaitingMention
from teams.models import Notification
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory, UserFactory
from tests.support.hearing import hear, said
from triage.models import Conversation
from triage.states import DueFor, Outcome, Stage

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def channel(policy) -> Channel:
    return ChannelFactory()


def at_stage(conversation: Conversation, stage: Stage) -> Conversation:
    """Put a conversation where somebody has worked on it."""
    columns: dict[str, object] = {"stage": stage, "department": DepartmentFactory(), "fence": 2}
    if stage in (Stage.CLAIMED, Stage.WAITING):
        columns["holder"] = UserFactory(wants_email=False)
    if stage == Stage.CLOSED:
        columns |= {"outcome": Outcome.RESOLVED, "closed_at": NOON}
    if stage in (Stage.WAITING, Stage.CLOSED):
        columns |= {"due_at": None, "due_for": ""}
    else:
        columns["due_for"] = DueFor.ANSWER
    Conversation.objects.filter(pk=conversation.pk).update(**columns)
    conversation.refresh_from_db()
    return conversation


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def told() -> list[tuple[int, str]]:
    return list(Notification.objects.order_by("pk").values_list("user", "kind"))


def test_what_a_machine_sent_opens_nothing_and_stays_stored(channel):
    hear(channel, said("1", is_automatic=True), said("2", answers="1", is_automatic=True, minute=1))

    assert not Conversation.objects.exists()
    assert Mention.objects.count() == 2
    assert not WaitingMention.objects.exists()


def test_an_answer_to_what_a_machine_sent_brings_it_along(channel):
    hear(channel, said("1", is_automatic=True))

    (conversation,) = hear(channel, said("2", "What is this?", answers="1", author="bert", minute=1))

    assert (conversation.mention_count, conversation.author_name, conversation.snippet) == (
        2,
        "Bert",
        "What is this?",
    )


def test_what_a_machine_answers_is_no_answer_of_the_customer(channel):
    conversation = at_stage(hear(channel, said("1", "Cold!"))[0], Stage.CLOSED)

    hear(channel, said("2", "I am on holiday.", answers="1", is_automatic=True, minute=2), at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.snippet, conversation.mention_count) == (Stage.CLOSED, "Cold!", 2)
    assert conversation.last_inbound_at == NOON
    assert kinds(conversation) == ["opened", "heard"]
    assert told() == []


def test_our_answer_before_a_machines_is_the_last_word(channel):
    (conversation,) = hear(
        channel,
        said("1"),
        said("2", answers="1", ours=True, minute=1),
        said("3", answers="2", is_automatic=True, minute=2),
    )

    assert (conversation.stage, conversation.outcome, conversation.mention_count) == (
        Stage.CLOSED,
        Outcome.ELSEWHERE,
        3,
    )


def bounce(answers: str):
    return said("9", "Address unknown.", answers=answers, is_automatic=True, minute=9, raw={"bounce": True})


def test_the_holder_is_told_that_an_answer_came_back(channel):
    conversation = at_stage(hear(channel, said("1"))[0], Stage.CLAIMED)

    hear(channel, bounce("1"), at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.snippet) == (Stage.CLAIMED, "The heating is cold.")
    assert kinds(conversation) == ["opened", "bounced"]
    assert told() == [(conversation.holder_id, "reply_failed")]


def test_an_answer_that_came_back_ends_the_waiting(channel):
    conversation = at_stage(hear(channel, said("1"))[0], Stage.WAITING)

    hear(channel, bounce("1"), at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.due_for) == (Stage.CLAIMED, DueFor.ANSWER)
    assert told() == [(conversation.holder_id, "reply_failed")]


def test_an_answer_that_came_back_reopens_to_the_department(channel):
    conversation = at_stage(hear(channel, said("1"))[0], Stage.CLOSED)
    responder = MembershipFactory(department=conversation.department, user__wants_email=False).user

    hear(channel, bounce("1"), at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.last_inbound_at) == (Stage.ASSIGNED, NOON)
    assert kinds(conversation) == ["opened", "bounced", "reopened"]
    assert told() == [(responder.pk, "queue")]


def test_a_message_of_ours_that_came_back_to_nobody_opens_nothing(channel):
    hear(channel, said("1", ours=True))
    hear(channel, bounce("1"))

    assert not Conversation.objects.exists()
