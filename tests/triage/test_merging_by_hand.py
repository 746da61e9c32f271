import pytest

from listening.models import Channel, Mention
from teams.models import Department, Notification, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.pen import NoteFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConcernFactory, ConversationFactory, DraftFactory, ReplyFactory
from tests.support.hearing import hear, said
from tests.support.merging import LATER, decide, heard, merge, standing, undo, words
from triage.history.sentences import sentences
from triage.models import Conversation, Event, Merge
from triage.services import checking, closing
from triage.services.decisions.undoing import NotUndoable
from triage.services.gate import NotAttested
from triage.services.keeping import holds
from triage.services.pen import claims
from triage.services.pen.claims import AnswerUnderway
from triage.services.threads.merging_by_hand import NotMergeable, WidensReaders
from triage.states import Outcome, Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(policy) -> Channel:
    return ChannelFactory()


@pytest.fixture
def care(policy) -> Department:
    return DepartmentFactory()


@pytest.fixture
def nadia(care, policy) -> User:
    user = MembershipFactory(department=care).user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def owner(policy) -> User:
    user = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    AttestationFactory(user=user, version=policy)
    return user


def test_merged_conversations_are_one_thread_which_keeps_its_owner_and_stage(channel, care, nadia, owner):
    first, second, third = heard(channel, "The heating is cold.", "It is still cold!", "Hello?")
    decide(first, care, owner)
    decide(second, care, owner, priority=1)
    claims.claim_conversation(conversation_id=first.pk, agent=nadia, at=NOON)

    merge(first, second, third, by=owner, readers=[care.pk])

    assert words(first) == ["The heating is cold.", "It is still cold!", "Hello?"]
    assert (first.stage, first.holder, first.department, first.priority) == (Stage.CLAIMED, nadia, care, 1)
    assert (first.mention_count, first.snippet) == (3, "Hello?")
    assert (second.stage, second.outcome, second.mention_count) == (Stage.CLOSED, Outcome.MERGED, 0)
    assert (third.stage, third.outcome) == (Stage.CLOSED, Outcome.MERGED)
    told = Notification.objects.in_page().get(user=nadia, kind=Notification.Kind.MERGED, event_id=_last(first).pk)
    assert told.conversation_id == first.pk
    assert list(checking.differences()) == []


def _last(conversation: Conversation) -> Event:
    return Event.objects.filter(conversation=conversation).latest("pk")


def test_what_answers_a_merged_conversation_is_heard_in_the_other(channel, owner):
    first, second = heard(channel, "The heating is cold.", "It is still cold!")
    merge(first, second, by=owner)

    hear(channel, said("9", "Are you there?", answers="2", minute=9), at=LATER)

    assert words(first)[-1] == "Are you there?"
    assert standing(second)["stage"] == Stage.CLOSED


def test_undoing_a_merge_puts_everything_back(channel, care, nadia, owner):
    first, second = heard(channel, "The heating is cold.", "It is still cold!")
    decide(second, care, owner, priority=1)
    claims.claim_conversation(conversation_id=second.pk, agent=nadia, at=NOON)
    decide(first, care, owner)
    note = NoteFactory(conversation=second, author=nadia)
    draft = DraftFactory(conversation=second, author=nadia, body="We")
    before = standing(first), standing(second)
    (made,) = merge(first, second, by=nadia)
    assert (note.conversation, draft.conversation) != (first, first)
    note.refresh_from_db()
    draft.refresh_from_db()
    assert (note.conversation, draft.conversation) == (first, first)

    undo(made, owner)

    note.refresh_from_db()
    draft.refresh_from_db()
    assert (note.conversation, draft.conversation) == (second, second)
    assert (words(first), words(second)) == (["The heating is cold."], ["It is still cold!"])
    assert (standing(first), standing(second)) == before
    assert list(checking.differences()) == []


def test_undoing_keeps_what_came_since(channel, owner):
    first, second = heard(channel, "The heating is cold.", "It is still cold!")
    (made,) = merge(first, second, by=owner)
    hear(channel, said("9", "Are you there?", answers="1", minute=9), at=LATER)

    undo(made, owner)

    first.refresh_from_db()
    assert words(first) == ["The heating is cold.", "Are you there?"]
    assert (first.snippet, first.mention_count) == ("Are you there?", 2)
    assert words(second) == ["It is still cold!"]
    assert list(checking.differences()) == []


def test_a_merge_is_undone_once(channel, owner):
    first, second = heard(channel, "The heating is cold.", "It is still cold!")
    (made,) = merge(first, second, by=owner)
    undo(made, owner)

    with pytest.raises(NotUndoable, match=r"This was undone a moment ago\."):
        undo(made, owner)
    assert Event.objects.filter(kind=Event.Kind.MERGE_UNDONE).count() == 2


def test_merges_in_a_row_are_undone_from_the_last(channel, owner):
    first, second, third = heard(channel, "One.", "Two.", "Three.")
    (early,) = merge(second, third, by=owner)
    (late,) = merge(first, second, by=owner)

    with pytest.raises(NotUndoable, match="Undo that first"):
        undo(early, owner)
    undo(late, owner)
    undo(early, owner)

    assert [words(one) for one in (first, second, third)] == [["One."], ["Two."], ["Three."]]
    assert list(checking.differences()) == []


def test_a_merged_conversation_can_be_merged_again_once_that_is_undone(channel, owner):
    first, second, third = heard(channel, "One.", "Two.", "Three.")
    (made,) = merge(first, second, by=owner)
    with pytest.raises(NotMergeable, match="merged into another one already"):
        merge(third, second, by=owner)
    undo(made, owner)

    merge(third, second, by=owner)

    assert words(third) == ["Two.", "Three."]
    assert list(checking.differences()) == []


def test_what_somebody_else_holds_is_not_merged_away(channel, care, nadia, owner):
    first, second = heard(channel, "One.", "Two.")
    decide(second, care, owner)
    claims.claim_conversation(conversation_id=second.pk, agent=nadia, at=NOON)

    with pytest.raises(NotMergeable, match="holds the conversation with Anna"):
        merge(first, second, by=owner)
    assert words(second) == ["Two."]
    assert not Merge.objects.exists()


def test_nothing_is_merged_into_what_is_closed(channel, care, nadia, owner):
    first, second = heard(channel, "One.", "Two.")
    decide(first, care, owner)
    closing.close_conversation(conversation_id=first.pk, actor=nadia, outcome=Outcome.THANKED, fence=1, at=NOON)

    with pytest.raises(NotMergeable, match=r"Reopen it first\."):
        merge(first, second, by=owner)
    merge(second, first, by=owner, readers=[care.pk])
    assert words(second) == ["One.", "Two."]
    assert list(checking.differences()) == []


def test_undoing_closes_again_what_was_closed(channel, care, nadia, owner):
    first, second = heard(channel, "One.", "Two.")
    decide(first, care, owner)
    closing.close_conversation(conversation_id=first.pk, actor=nadia, outcome=Outcome.THANKED, fence=1, at=NOON)
    before = standing(first)
    (made,) = merge(second, first, by=owner, readers=[care.pk])

    undo(made, owner)

    assert standing(first) == before
    assert list(checking.differences()) == []


@pytest.mark.parametrize("place", [0, 1])
def test_nothing_is_merged_while_an_answer_is_on_its_way(place, channel, care, nadia, owner):
    found = [ConversationFactory(profile__channel=channel, claimed=True, department=care, holder=nadia) for _ in "ab"]
    ReplyFactory(conversation=found[place], author=nadia)

    with pytest.raises(AnswerUnderway):
        merge(*found, by=nadia)
    assert not Merge.objects.exists()


def test_different_channels_stay_apart(channel, owner):
    (first,) = heard(channel, "One.")
    other = ConversationFactory()

    with pytest.raises(NotMergeable, match="different channels"):
        merge(first, other, by=owner)
    assert not Merge.objects.exists()


def test_private_and_public_stay_apart(channel, owner):
    (first,) = heard(channel, "One.")
    other = ConversationFactory(profile__channel=channel)
    Mention.objects.filter(entry__conversation=other).update(is_private=True)

    with pytest.raises(NotMergeable, match="in private"):
        merge(first, other, by=owner)


def test_nobody_reads_more_by_a_merge_unless_that_was_agreed(channel, care, owner):
    first, second = heard(channel, "One.", "Two.")
    ConcernFactory(conversation=second, department=care)

    with pytest.raises(WidensReaders) as refusal:
        merge(first, second, by=owner)
    assert (str(refusal.value), refusal.value.readers) == (
        f"All of it could then also be read by: {care.name}.",
        [care],
    )
    assert not Merge.objects.exists()

    merge(first, second, by=owner, readers=[care.pk])
    assert [concern.department for concern in first.concerns.all()] == [care]


def test_waiting_ends_when_work_is_merged_into_it(channel, care, nadia, owner):
    first, second = heard(channel, "One.", "Two.")
    decide(first, care, owner)
    claims.claim_conversation(conversation_id=first.pk, agent=nadia, at=NOON)
    closing.wait_for_customer(conversation_id=first.pk, agent=nadia, fence=2, at=NOON)

    merge(first, second, by=owner, readers=[care.pk])

    assert (first.stage, first.holder) == (Stage.CLAIMED, nadia)
    assert list(checking.differences()) == []


def test_the_record_says_who_merged_and_who_undid_it(channel, owner):
    first, second = heard(channel, "One.", "Two.")
    (made,) = merge(first, second, by=owner)
    undo(made, owner)

    told = [sentences(list(one.events.order_by("pk"))) for one in (first, second)]

    assert [list(one.values())[1:] for one in told] == [
        [
            f"{owner.name} merged another conversation into this one.",
            f"{owner.name} undid the merge: what had come with it is gone again.",
        ],
        [
            f"{owner.name} merged this conversation into another one.",
            f"{owner.name} undid the merge: this conversation stands by itself again.",
        ],
    ]


def test_who_has_not_attested_neither_merges_nor_undoes_it(channel, owner):
    first, second, third = heard(channel, "One.", "Two.", "Three.")
    (made,) = merge(first, second, by=owner)
    stranger = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    with pytest.raises(NotAttested, match="before you merge conversations"):
        merge(first, third, by=stranger)
    with pytest.raises(NotAttested, match="before you merge conversations"):
        undo(made, stranger)

    assert words(first) == ["One.", "Two."]
    assert Merge.objects.get().undone_at is None


def test_a_conversation_is_not_merged_with_itself(channel, owner):
    (first,) = heard(channel, "One.")

    with pytest.raises(NotMergeable, match="with itself"):
        merge(first, first, by=owner)


def place_hold(conversation: Conversation, by: User, at=LATER) -> None:
    holds.place_hold(
        conversation_id=conversation.pk, of_author=False, reason="Case 4711", review_on=None, actor=by, at=at
    )


def test_what_goes_back_stays_on_a_hold_that_was_placed_on_both(channel, owner):
    first, second = heard(channel, "The heating is cold.", "It is still cold!")
    place_hold(first, owner, at=NOON)
    (made,) = merge(first, second, by=owner)
    holds.place_hold(conversation_id=first.pk, of_author=False, reason="Case 2", review_on=None, actor=owner, at=LATER)

    undo(made, owner)

    assert holds.held_among([first.pk, second.pk]) == {first.pk, second.pk}
    assert [hold.reason for hold in holds.holds_on(second)] == ["Case 2"]


def test_a_hold_on_what_was_merged_stands_where_it_goes_on_and_comes_back_once(channel, owner):
    first, second, third = heard(channel, "The heating is cold.", "It is still cold!", "Cold as ice.")
    (made,) = merge(second, third, by=owner)
    merge(first, second, by=owner)

    place_hold(third, owner)

    assert holds.held_among([first.pk, second.pk, third.pk]) == {first.pk, second.pk, third.pk}
    undo(Merge.objects.get(source=second), owner)
    undo(made, owner)
    assert [holds.holds_on(one).count() for one in (first, second, third)] == [1, 1, 1]
    assert list(checking.differences()) == []
