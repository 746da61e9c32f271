import pytest
from django.urls import reverse

from policies.models import PolicyVersion
from teams.models import User
from tests.factories.listening import MentionFactory
from tests.factories.teams import NOON, MembershipFactory
from tests.factories.triage import ConversationFactory, ReplyFactory, last_heard
from triage.models import Conversation
from triage.services.writing.alike import find_alike
from triage.states import ReplyState

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


def answered(said: str, answer: str, **more) -> Conversation:
    conversation = ConversationFactory(claimed=True, snippet=said, **more)
    ReplyFactory(
        conversation=conversation,
        body=answer,
        state=ReplyState.SENT,
        sent_at=NOON,
        policy_version=PolicyVersion.objects.in_force().get(),
        answers=last_heard(conversation),
        mention=MentionFactory(profile=conversation.profile, is_ours=True, text=answer),
    )
    return conversation


@pytest.fixture
def asked() -> Conversation:
    return ConversationFactory(snippet="Does the Tavolund table come with a spare leg?")


def bodies(conversation: Conversation, reader: User) -> list[str]:
    return [one.reply.body for one in find_alike(conversation, reader=reader)]


def test_answers_to_messages_alike_are_found_the_likest_first(asked, owner):
    answered("Is there a spare leg for my table?", "We send you one.")
    answered("Where is a spare leg for the Tavolund table?", "In the box below the top.")
    answered("When do you open on Sunday?", "We do not.")

    assert bodies(asked, owner) == ["In the box below the top.", "We send you one."]


def test_only_what_the_reader_may_see_is_found(asked, owner):
    other = answered("Is there a spare leg for my table?", "We send you one.")
    outsider = MembershipFactory().user

    assert bodies(asked, outsider) == []
    assert bodies(asked, MembershipFactory(department=other.department).user) == ["We send you one."]


def test_at_most_three_are_shown_and_one_of_each_conversation(asked, owner):
    for number in range(5):
        answered("Is there a spare leg for my table?", f"Yes {number}.")

    assert len(bodies(asked, owner)) == 3


def test_what_did_not_go_out_was_not_answered(asked, owner):
    conversation = ConversationFactory(claimed=True, snippet="Is there a spare leg for my table?")
    ReplyFactory(conversation=conversation, answers=last_heard(conversation), failed=True)

    assert bodies(asked, owner) == []


def test_the_fold_asks_for_them_when_it_opens(client, asked, owner):
    answered("Is there a spare leg for my table?", "We send you one.")
    client.force_login(owner)
    url = reverse("triage:alike", args=[asked.pk])

    page = client.get(reverse("triage:open", args=["needs-decision", asked.pk])).content.decode()
    part = client.get(url, headers={"HX-Request": "true"}).content.decode()

    assert f'hx-get="{url}"' in page
    assert "We send you one." not in page
    assert "We send you one." in part
    assert "<html" not in part
    assert "We send you one." in client.get(url).content.decode()


def test_words_without_a_letter_find_nothing(owner):
    answered("!!! 123", "What?")

    assert bodies(ConversationFactory(snippet="!!! 123 🙂"), owner) == []


def test_the_panel_shows_the_persons_latest_conversations_and_how_they_ended(client, asked, owner):
    ConversationFactory(profile=asked.profile, closed=True, snippet="My order is late.")
    client.force_login(owner)

    part = client.get(reverse("triage:author", args=[asked.pk]), headers={"HX-Request": "true"}).content.decode()

    assert "My order is late." in part
    assert "Solved" in part
