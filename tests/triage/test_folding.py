from datetime import timedelta

import pytest

from insights.services import rollups
from listening.models import Channel, Mention
from teams.models import Notification
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, DepartmentFactory, UserFactory
from tests.factories.triage import ConcernFactory
from tests.insights.counting import totals
from tests.support.hearing import hear, said
from triage.history.sentences import sentence
from triage.models import Conversation, ThreadEntry
from triage.services.threads import folding
from triage.states import DueFor, Outcome, Stage

pytestmark = pytest.mark.django_db

TEXT = "Win a free Tavolund table now, just send your password to this address!"
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def channel(policy) -> Channel:
    return ChannelFactory()


def places() -> list[tuple[str, str]]:
    """Return each conversation that holds something as its messages and its folded copies."""
    found = []
    for conversation in Conversation.objects.order_by("pk"):
        entries = conversation.entries.select_related("mention").order_by("mention__external_id")
        spoken = " ".join(entry.mention.external_id for entry in entries if not entry.is_copy)
        folded = " ".join(entry.mention.external_id for entry in entries if entry.is_copy)
        assert (conversation.mention_count, conversation.copy_count) == (len(spoken.split()), len(folded.split()))
        if spoken or folded:
            found.append((spoken, folded))
    return found


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def wave(count: int, begin: int = 2):
    return [said(str(n), f"RT @anna: {TEXT}", author=f"bot {n}", minute=n) for n in range(begin, begin + count)]


def test_a_wave_of_the_same_text_is_one_decision(channel):
    (conversation,) = hear(channel, said("1", TEXT), *wave(5))

    assert places() == [("1", "2 3 4 5 6")]
    assert (conversation.author_name, conversation.snippet) == ("Anna", TEXT)
    assert conversation.last_inbound_at == NOON
    assert kinds(conversation) == ["opened", "copied"]
    assert sentence(conversation.events.last()) == "5 copies came in."


def test_copies_that_come_later_reopen_nothing_and_tell_nobody(channel):
    (conversation,) = hear(channel, said("1", TEXT))
    Conversation.objects.update(
        stage=Stage.CLOSED, outcome=Outcome.NO_ANSWER, closed_at=NOON, due_at=None, due_for="", department=None
    )

    hear(channel, *wave(2), at=LATER)
    hear(channel, *wave(1, begin=4), at=LATER)

    conversation.refresh_from_db()
    assert places() == [("1", "2 3 4")]
    assert (conversation.stage, conversation.fence) == (Stage.CLOSED, 0)
    assert kinds(conversation) == ["opened", "copied", "copied"]
    assert not Notification.objects.exists()


def test_copies_tell_no_holder(channel):
    (conversation,) = hear(channel, said("1", TEXT))
    Conversation.objects.update(
        stage=Stage.CLAIMED, department=DepartmentFactory(), holder=UserFactory(), due_for=DueFor.ANSWER
    )

    hear(channel, *wave(2), at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.copy_count, conversation.snippet) == (Stage.CLAIMED, 2, TEXT)
    assert not Notification.objects.exists()


def test_what_the_network_calls_a_repetition_is_folded_whatever_it_says(channel):
    hear(channel, said("1", "Short."))
    hear(channel, said("2", "Short.", author="bert", repeats="1"))

    assert places() == [("1", "2")]


def test_the_first_speaks_for_all_that_repeat_what_nobody_heard(channel):
    hear(channel, said("2", author="bert", repeats="1"), said("3", author="cleo", repeats="1", minute=1))
    hear(channel, said("4", author="dora", repeats="1", minute=2))

    assert places() == [("2", "3 4")]
    assert Conversation.objects.get().author_name == "Bert"


def test_an_original_that_comes_late_joins_its_repetitions(channel):
    hear(channel, said("2", author="bert", repeats="1"), said("3", author="cleo", repeats="1", minute=1))
    hear(channel, said("1", "Hear me!"))

    assert places() == [("1 2", "3")]


def test_two_conversations_that_an_original_joins_add_up_their_copies(channel):
    hear(channel, said("2", author="bert", repeats="1"), said("3", author="cleo", repeats="1", minute=1))
    hear(channel, said("5", answers="4"), said("6", author="dora", repeats="5", minute=1))
    hear(channel, said("1", answers="4"))

    assert places() == [("1 2 5", "3 6")]


def test_that_somebody_passes_on_what_we_said_opens_nothing(channel):
    hear(channel, said("1", ours=True), said("2", author="bert", repeats="1"))
    hear(channel, said("3", author="cleo", repeats="1"))

    assert places() == []


def test_an_answer_to_a_copy_is_somebodys_word(channel):
    hear(channel, said("1", TEXT), *wave(2))
    Conversation.objects.update(stage=Stage.CLOSED, outcome=Outcome.NO_ANSWER, closed_at=NOON, due_at=None, due_for="")

    hear(channel, said("9", "Is this you?", answers="3", author="eve", minute=30), at=LATER)

    conversation = Conversation.objects.get()
    assert places() == [("1 9", "2 3")]
    assert conversation.stage == Stage.NEW


def test_the_same_complaint_in_two_threads_stays_where_it_was_said(channel):
    hear(channel, said("1"), said("2", TEXT, answers="1"))
    hear(channel, said("3", author="bert"), said("4", TEXT, answers="3", author="bert"))

    assert places() == [("1 2", ""), ("3 4", "")]


def test_every_copy_is_counted_as_heard_once(channel, django_capture_on_commit_callbacks):
    hear(channel, said("1", TEXT), *wave(5))
    (conversation,) = Conversation.objects.all()
    folding.split_copy(conversation_id=conversation.pk, mention_id=mention_of("4"), actor=UserFactory(), at=LATER)

    rollups.roll_up(at=NOON)

    assert totals()["heard"] == 6


def mention_of(external_id: str) -> int:
    return Mention.objects.get(external_id=external_id).pk


def test_what_is_no_copy_becomes_a_conversation_of_its_own(channel):
    (conversation,) = hear(channel, said("1", TEXT), *wave(2))
    olga = UserFactory(name="Olga Owner")

    opened = folding.split_copy(conversation_id=conversation.pk, mention_id=mention_of("3"), actor=olga, at=LATER)

    other = Conversation.objects.get(pk=opened)
    assert places() == [("1", "2"), ("3", "")]
    assert (other.stage, other.opened_at, other.author_name) == (Stage.NEW, LATER, "Bot 3")
    assert sentence(conversation.events.last()) == "Olga Owner took a message out that was no copy."
    assert (kinds(conversation), kinds(other)) == (["opened", "copied", "split"], ["opened"])


def test_later_copies_are_folded_where_the_original_is(channel):
    (conversation,) = hear(channel, said("1", TEXT), *wave(1))
    folding.split_copy(conversation_id=conversation.pk, mention_id=mention_of("2"), actor=UserFactory(), at=LATER)

    hear(channel, *wave(1, begin=3), said("4", answers="2", minute=9))

    assert places() == [("1", "3"), ("2 4", "")]


@pytest.mark.parametrize("external_id", ["1", "other"])
def test_what_is_not_folded_there_cannot_be_taken_out(channel, external_id):
    conversation, *_others = hear(channel, said("1", TEXT), *wave(1), said("other"))
    events = conversation.events.count()

    with pytest.raises(folding.NotFoldedHere):
        folding.split_copy(
            conversation_id=conversation.pk, mention_id=mention_of(external_id), actor=UserFactory(), at=LATER
        )

    assert places() == [("1", "2"), ("other", "")]
    assert conversation.events.count() == events
    assert ThreadEntry.objects.count() == 3


def test_whoever_could_read_a_copy_still_can_when_it_is_taken_out(channel):
    (conversation,) = hear(channel, said("1", TEXT), *wave(1))
    concern = ConcernFactory(conversation=conversation)
    copy = Mention.objects.get(external_id="2")

    opened = folding.split_copy(conversation_id=conversation.pk, mention_id=copy.pk, actor=UserFactory(), at=LATER)

    assert [one.department for one in Conversation.objects.get(pk=opened).concerns.all()] == [concern.department]
