from datetime import timedelta

import pytest

from listening.models import Mention, MentionVersion
from teams.models import User
from teams.roles import Role
from tests.factories.listening import MentionFactory
from tests.factories.teams import NOON, AppointmentFactory, OrganisationFactory, UserFactory
from tests.factories.triage import ConversationFactory, EventFactory, ReplyFactory
from triage.models import Conversation, ThreadEntry
from triage.showing.entries import Thread
from triage.showing.thread import read_copies, read_thread
from triage.states import ReplyState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _organisation(policy):
    OrganisationFactory()


def speak(conversation: Conversation, text: str, **about: object) -> Mention:
    mention = MentionFactory(profile=conversation.profile, text=text, **about)
    ThreadEntry.objects.create(mention=mention, conversation=conversation)
    return mention


def read(conversation: Conversation, **where: int | None) -> Thread:
    reader = conversation.holder or User(pk=1)
    return read_thread(conversation, reader=reader, slug="everything", at=NOON, **where)


def texts(thread: Thread) -> list[str]:
    return [entry.text for entry in thread.entries if entry.kind == "mention"]


def test_a_long_thread_is_read_in_pages_from_its_end(django_assert_num_queries):
    conversation = ConversationFactory(snippet="first")
    spoken = [speak(conversation, f"number {n}") for n in range(150)]

    with django_assert_num_queries(3):
        latest = read(conversation)
    earlier = read(conversation, before=latest.earlier)

    assert texts(latest) == [f"number {n}" for n in range(50, 150)]
    assert latest.newest == spoken[-1].pk
    assert texts(earlier) == ["first", *(f"number {n}" for n in range(50))]
    assert (earlier.newest, earlier.earlier) == (spoken[49].pk, None)


def test_a_thread_of_one_page_has_no_other():
    conversation = ConversationFactory()
    for n in range(99):
        speak(conversation, f"number {n}")

    thread = read(conversation)

    assert (len(texts(thread)), thread.earlier) == (100, None)


def test_our_own_last_word_is_no_inbound_message():
    conversation = ConversationFactory()
    inbound = conversation.entries.get().mention_id
    speak(conversation, "Ours.", is_ours=True)

    assert read(conversation).newest == inbound


def test_what_is_on_its_way_stands_at_the_end_only(policy):
    conversation = ConversationFactory(claimed=True, holder=UserFactory())
    about = {"conversation": conversation, "policy_version": policy}
    ReplyFactory(**about, body="Taken back.", state=ReplyState.WITHDRAWN)
    ReplyFactory(**about, body="On our way.", queued_at=NOON + timedelta(minutes=1))
    speak(conversation, "And?", published_at=NOON + timedelta(minutes=2))

    assert texts(read(conversation)) == [conversation.snippet, "On our way.", "And?"]
    assert "On our way." not in texts(read(conversation, before=10**12))


def test_an_edited_message_shows_all_that_it_said_before(django_assert_num_queries):
    conversation = ConversationFactory()
    mention = conversation.entries.get().mention
    for minutes, text in enumerate(("Oldest.", "Older.")):
        MentionVersion.objects.create(mention=mention, text=text, replaced_at=NOON + timedelta(minutes=minutes))
    Mention.objects.update(edited_at=NOON + timedelta(minutes=1))

    with django_assert_num_queries(4):
        entry = read(conversation).entries[-1]

    assert (entry.edited_text, entry.versions) == (
        "Edited on 4 March 2026, 12:01; said before",
        ("Older.", "Oldest."),
    )


def test_a_deleted_message_says_since_when_and_stays():
    conversation = ConversationFactory(snippet="I hate you.")
    Mention.objects.update(deleted_at=NOON)

    thread = read(conversation)

    assert (texts(thread), thread.newest) == (["I hate you."], None)
    assert thread.entries[-1].deleted_text == (
        "Deleted by its author on 4 March 2026, 12:00; what it said stays visible here."
    )


def test_what_a_machine_sent_is_marked_and_cannot_be_answered():
    conversation = ConversationFactory()
    asked = conversation.entries.get().mention_id
    speak(conversation, "I am on holiday.", is_automatic=True)
    speak(conversation, "Address unknown.", is_automatic=True, raw={"bounce": True})

    thread = read(conversation)

    assert [entry.state_text for entry in thread.entries[1:]] == ["", "Sent by a machine", "Did not arrive"]
    assert thread.newest == asked


def test_copies_are_folded_away_and_read_apart(django_assert_num_queries):
    conversation = ConversationFactory(snippet="Nobody answers.", copy_count=2)
    for n in range(2):
        mention = MentionFactory(
            profile__channel=conversation.channel, profile__name=f"Fan {n}", text="Nobody answers!"
        )
        ThreadEntry.objects.create(mention=mention, conversation=conversation, is_copy=True)

    thread = read(conversation)
    with django_assert_num_queries(1):
        copies = read_copies(conversation, slug="everything", may_split=True)

    assert texts(thread) == ["Nobody answers."]
    assert [(copy.name, copy.text) for copy in copies] == [("Fan 1", "Nobody answers!"), ("Fan 0", "Nobody answers!")]
    assert copies[0].split_url == f"/conversations/{conversation.pk}/copies/{mention.pk}/split/?from=everything"
    assert read_copies(conversation, slug="everything", may_split=False)[0].split_url == ""


def test_a_conversation_without_copies_asks_for_none(django_assert_num_queries):
    conversation = ConversationFactory()

    with django_assert_num_queries(0):
        assert read_copies(conversation, slug="everything", may_split=True) == []


def test_the_pages_of_a_long_conversation_lead_to_one_another(client, policy):
    conversation = ConversationFactory(snippet="first")
    for n in range(100):
        speak(conversation, f"number {n}")
        EventFactory(conversation=conversation, kind="heard")
    EventFactory(conversation=conversation, kind="heard")
    client.force_login(AppointmentFactory(role=Role.TRIAGE_OWNER).user)
    address = f"/inbox/everything/{conversation.pk}/"

    latest = client.get(address).context["conversation"]
    earlier = client.get(latest.earlier_messages_url).context["conversation"]

    assert [entry.text for entry in earlier.entries if entry.kind == "mention"] == ["first"]
    assert (earlier.answer_block_url, earlier.can_answer, earlier.url) == (address, False, latest.earlier_messages_url)
    assert len(client.get(latest.earlier_history_url).context["conversation"].history) == 1


@pytest.mark.parametrize("place", ["messages_before=x", "history_before=99999999999999999999", "messages_before=-1"])
def test_a_place_that_nobody_was_led_to_is_not_found(client, policy, place):
    conversation = ConversationFactory()
    client.force_login(AppointmentFactory(role=Role.TRIAGE_OWNER).user)

    assert client.get(f"/inbox/everything/{conversation.pk}/?{place}").status_code == 404
