from datetime import timedelta

import pytest

from listening.models import Channel
from socialhub.lib.errors import Invalid
from teams.models import Department, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConcernFactory
from tests.support.hearing import hear, said
from triage.history.sentences import sentences
from triage.models import Approval, Conversation, Event, Merge, ThreadEntry
from triage.services import checking
from triage.services.approving.standing import Needed, approval_needed
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice
from triage.services.decisions.undoing import NotUndoable
from triage.services.pen import claims
from triage.services.pen.claims import NotTheHolder
from triage.services.threads import merging_by_hand, splitting_off
from triage.services.threads.splitting_off import NotInThisThread
from triage.states import Disposition, Outcome, Stage, Visibility

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
WOBBLES = "And my table wobbles, too, just as the one that I bought a year ago at the same address!"


@pytest.fixture
def channel(policy) -> Channel:
    return ChannelFactory()


@pytest.fixture
def care(policy) -> Department:
    return DepartmentFactory()


@pytest.fixture
def owner(policy) -> User:
    user = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def thread(channel) -> Conversation:
    (conversation,) = hear(
        channel,
        said("1", "The heating is cold."),
        said("2", "We are on our way.", answers="1", ours=True, minute=1),
        said("3", WOBBLES, answers="2", minute=2),
        said("4", f"RT @anna: {WOBBLES}", author="bot", minute=3, repeats="3"),
    )
    return conversation


def words(conversation: Conversation) -> list[str]:
    entries = ThreadEntry.objects.filter(conversation=conversation, is_copy=False).order_by("mention")
    return list(entries.values_list("mention__text", flat=True))


def entry(conversation: Conversation, external_id: str) -> int:
    return ThreadEntry.objects.get(conversation=conversation, mention__external_id=external_id).pk


def split(conversation: Conversation, *external_ids: str, by: User, stays: bool = False) -> Conversation:
    opened = splitting_off.split_off(
        conversation_id=conversation.pk,
        mention_ids=[entry(conversation, each) for each in external_ids],
        stays=stays,
        actor=by,
        at=LATER,
    )
    conversation.refresh_from_db()
    return Conversation.objects.get(pk=opened)


def test_chosen_messages_become_a_conversation_that_needs_a_decision(thread, owner):
    new = split(thread, "3", by=owner)

    assert words(thread) == ["The heating is cold.", "We are on our way."]
    assert words(new) == [WOBBLES]
    assert (new.stage, new.department, new.mention_count) == (Stage.NEW, None, 1)
    assert (thread.mention_count, thread.snippet) == (2, "The heating is cold.")
    event = Event.objects.get(conversation=thread, kind=Event.Kind.SPLIT)
    assert sentences([event]) == {event.pk: f"{owner.name} made 1 message a conversation of its own."}
    assert list(checking.differences()) == []


def test_copies_go_with_what_they_pass_on(thread, owner):
    assert thread.copy_count == 1

    new = split(thread, "3", by=owner)

    assert (thread.copy_count, new.copy_count) == (0, 1)
    assert ThreadEntry.objects.filter(conversation=new, is_copy=True).count() == 1


def test_what_answers_a_split_message_is_heard_in_its_conversation(channel, thread, owner):
    new = split(thread, "3", by=owner)

    hear(channel, said("9", "Hello?", answers="3", minute=9), at=LATER)

    assert words(new)[-1] == "Hello?"


def test_a_split_can_stay_with_the_department(thread, care, owner):
    choice = Choice(Disposition.CUSTOMER_SERVICE, 2, department=care, visibility=Visibility.PUBLIC)
    deciding.decide(conversation_id=thread.pk, choice=choice, triage_owner=owner, fence=thread.fence, at=NOON)

    new = split(thread, "3", by=owner, stays=True)

    assert (new.stage, new.department) == (Stage.ASSIGNED, care)
    assert list(checking.differences()) == []


def test_whoever_could_read_the_messages_still_can(thread, care, owner):
    ConcernFactory(conversation=thread, department=care)

    new = split(thread, "3", by=owner)

    assert [concern.department for concern in new.concerns.all()] == [care]


def test_a_split_is_undone_by_merging_back(thread, owner):
    before = words(thread)
    new = split(thread, "3", by=owner)
    assert splitting_off.split_from(new.pk) == thread.pk

    merging_by_hand.merge_conversations(target_id=thread.pk, source_ids=[new.pk], actor=owner, at=LATER)

    thread.refresh_from_db()
    assert (words(thread), thread.mention_count, thread.copy_count) == (before, 3, 1)
    assert Conversation.objects.get(pk=new.pk).outcome == Outcome.MERGED
    assert list(checking.differences()) == []


def test_something_that_others_said_is_left_and_is_taken(thread, owner):
    with pytest.raises(NotInThisThread, match="Leave at least one"):
        split(thread, "1", "2", "3", by=owner)
    with pytest.raises(Invalid, match="Choose at least one"):
        split(thread, "2", by=owner)
    assert Conversation.objects.count() == 1
    assert thread.entries.count() == 4


def test_what_somebody_else_holds_is_not_taken_apart(thread, care, owner):
    choice = Choice(Disposition.CUSTOMER_SERVICE, 2, department=care, visibility=Visibility.PUBLIC)
    deciding.decide(conversation_id=thread.pk, choice=choice, triage_owner=owner, fence=thread.fence, at=NOON)
    nadia = MembershipFactory(department=care).user
    AttestationFactory(user=nadia, version=thread.decisions.get().policy_version)
    claims.claim_conversation(conversation_id=thread.pk, agent=nadia, at=NOON)

    with pytest.raises(NotTheHolder, match=f"^{nadia.name} holds this conversation now.$"):
        split(thread, "3", by=owner)
    assert thread.entries.count() == 4


def test_what_stays_needs_the_word_that_was_asked_for_and_keeps_its_tags(thread, care, owner):
    approver = MembershipFactory(department=care, role=Role.LEAD).user
    needed = Needed(Approval.Mode.ALL, ({"person": approver.pk},))
    choice = Choice(
        Disposition.CUSTOMER_SERVICE,
        3,
        department=care,
        visibility=Visibility.PUBLIC,
        approval=needed,
        tags=("recall",),
    )
    deciding.decide(conversation_id=thread.pk, choice=choice, triage_owner=owner, fence=0, at=NOON)

    new = split(thread, "3", by=owner, stays=True)

    assert approval_needed(new) == needed
    assert (new.tags, new.department) == (["recall"], care)


def test_who_has_not_attested_may_still_ask_for_a_decision(thread):
    new = split(thread, "3", by=AppointmentFactory(role=Role.TRIAGE_OWNER).user)

    assert new.stage == Stage.NEW


def test_a_merge_of_all_that_is_left_is_not_undone(channel, thread, owner):
    (*_, other) = hear(channel, said("7", "Hello?", author="bo", minute=7))
    (made,) = merging_by_hand.merge_conversations(target_id=thread.pk, source_ids=[other.pk], actor=owner, at=LATER)
    split(thread, "1", "3", by=owner)

    with pytest.raises(NotUndoable, match="Nothing that somebody else wrote would be left"):
        merging_by_hand.undo_merge(merge_id=made.pk, actor=owner, at=LATER)
    assert words(thread) == ["We are on our way.", "Hello?"]
    assert Merge.objects.get().undone_at is None
