import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connections

from listening.models import Channel
from listening.services import ingest
from teams.models import Department, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.policies import PolicyVersionFactory, everybody_attests
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory
from tests.support.hearing import hear, said
from tests.support.race import race
from triage.models import Conversation, Event, Merge, ThreadEntry
from triage.services import checking, snoozing
from triage.services.arriving import intake
from triage.services.decisions.undoing import NotUndoable
from triage.services.pen import claims
from triage.services.pen.claims import ConversationNotFree
from triage.services.threads import merging, merging_by_hand, splitting_off
from triage.services.threads.merging_by_hand import NotMergeable
from triage.services.threads.splitting_off import NotInThisThread
from triage.states import Outcome, Stage

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

LATER = NOON + timedelta(hours=1)
ROUNDS = 5


@pytest.fixture
def channel() -> Channel:
    PolicyVersionFactory.published()
    return ChannelFactory()


@pytest.fixture
def owner(channel) -> User:
    user = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    everybody_attests()
    return user


@pytest.fixture
def care() -> Department:
    return DepartmentFactory()


@pytest.fixture
def nadia(care, channel) -> User:
    user = MembershipFactory(department=care).user
    everybody_attests()
    return user


def heard(channel: Channel, *ids: str) -> list[Conversation]:
    hear(channel, *[said(each, f"Message {each}.", minute=n) for n, each in enumerate(ids)])
    found = Conversation.objects.filter(entries__mention__external_id__in=ids, channel=channel)
    return sorted(found, key=lambda one: one.pk)


def merge(target: Conversation, source: Conversation, by: User) -> list[Merge]:
    return merging_by_hand.merge_conversations(target_id=target.pk, source_ids=[source.pk], actor=by, at=LATER)


def read_without_locking(ids):
    return {one.pk: one for one in Conversation.objects.filter(pk__in=ids)}


def words(conversation: Conversation) -> set[str]:
    entries = ThreadEntry.objects.filter(conversation=conversation)
    return set(entries.values_list("mention__external_id", flat=True))


def test_two_people_merge_in_opposite_directions(channel, owner):
    for number in range(ROUNDS):
        first, second = heard(channel, f"a{number}", f"b{number}")

        outcomes = race(partial(merge, first, second, owner), partial(merge, second, first, owner))

        (lost,) = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert isinstance(lost, NotMergeable)
        (made,) = Merge.objects.filter(source__in=[first, second])
        assert words(made.target) == {f"a{number}", f"b{number}"}
        assert sorted([made.source.outcome, made.target.outcome]) == ["", Outcome.MERGED]
    assert list(checking.differences()) == []


def test_many_merge_one_conversation_into_many(channel, owner):
    source, *targets = heard(channel, *(f"m{n}" for n in range(5)))

    outcomes = race(*[lambda target=target: merge(target, source, owner) for target in targets])

    assert sum(isinstance(outcome, NotMergeable) for outcome in outcomes) == 3
    made = Merge.objects.get()
    assert words(made.target) == {"m0", f"m{targets.index(made.target) + 1}"}
    assert list(checking.differences()) == []


def claimable(channel: Channel, care: Department) -> tuple[Conversation, Conversation]:
    target, source = (ConversationFactory(profile__channel=channel, assigned=True, department=care) for _ in "ab")
    return target, source


def test_without_the_locks_a_conversation_that_was_just_claimed_is_merged_away(channel, care, nadia, monkeypatch):
    target, source = claimable(channel, care)
    other = MembershipFactory(department=care).user

    def look(ids):
        found = read_without_locking(ids)
        thread = threading.Thread(target=claim)
        thread.start()
        thread.join()
        return found

    def claim():
        claims.claim_conversation(conversation_id=source.pk, agent=other, at=NOON)
        connections.close_all()

    monkeypatch.setattr(merging, "lock", look)
    merge(target, source, nadia)

    # The pen was in somebody's hand, and is gone.
    source.refresh_from_db()
    assert (source.outcome, source.holder) == (Outcome.MERGED, None)


def test_a_conversation_is_claimed_or_merged_away_but_not_both(channel, care, nadia):
    other = MembershipFactory(department=care).user
    for _ in range(ROUNDS):
        target, source = claimable(channel, care)

        merged, claimed = race(
            partial(merge, target, source, nadia),
            partial(claims.claim_conversation, conversation_id=source.pk, agent=other, at=NOON),
        )

        source.refresh_from_db()
        if isinstance(merged, NotMergeable):
            assert (source.stage, source.holder) == (Stage.CLAIMED, other)
        else:
            assert isinstance(claimed, ConversationNotFree)
            assert source.outcome == Outcome.MERGED


def test_what_is_heard_while_conversations_are_merged_is_in_the_one_that_goes_on(channel, owner):
    for number in range(ROUNDS):
        target, source = heard(channel, f"t{number}", f"s{number}")
        answer = said(f"r{number}", "Hello?", answers=f"s{number}", minute=9)
        ingest.store_items(channel=channel, items=[answer], at=NOON)

        race(partial(merge, target, source, owner), lambda: intake.take_in_mentions(at=LATER, patient=True))

        source.refresh_from_db()
        assert words(target) == {f"t{number}", f"s{number}", f"r{number}"}
        assert (source.outcome, source.mention_count) == (Outcome.MERGED, 0)
    assert list(checking.differences()) == []


def test_a_merge_is_undone_once_by_many(channel, owner):
    target, source = heard(channel, "t", "s")
    (made,) = merge(target, source, owner)

    outcomes = race(*[lambda: merging_by_hand.undo_merge(merge_id=made.pk, actor=owner, at=LATER)] * 4)

    assert sum(isinstance(outcome, NotUndoable) for outcome in outcomes) == 3
    assert (words(target), words(source)) == ({"t"}, {"s"})
    assert Event.objects.filter(conversation=source, kind=Event.Kind.MERGE_UNDONE).count() == 1
    assert list(checking.differences()) == []


def test_a_message_is_split_off_once_by_many(channel, owner):
    (thread,) = heard(channel, "one")
    hear(channel, said("two", "And another matter.", answers="one", minute=1))
    entry = ThreadEntry.objects.get(mention__external_id="two").pk

    outcomes = race(
        *[
            lambda: splitting_off.split_off(
                conversation_id=thread.pk, mention_ids=[entry], stays=False, actor=owner, at=LATER
            )
        ]
        * 4
    )

    assert sum(isinstance(outcome, NotInThisThread) for outcome in outcomes) == 3
    assert Conversation.objects.count() == 2
    assert list(checking.differences()) == []


def test_what_is_snoozed_comes_back_once(channel, owner):
    for number in range(ROUNDS):
        (conversation,) = heard(channel, f"z{number}")
        snoozing.snooze(conversation_id=conversation.pk, until=LATER, reach=None, fence=0, actor=owner, at=NOON)
        ingest.store_items(
            channel=channel, items=[said(f"y{number}", "Hello?", answers=f"z{number}", minute=9)], at=NOON
        )

        race(
            lambda: snoozing.sweep(at=LATER),
            lambda: snoozing.sweep(at=LATER),
            lambda: intake.take_in_mentions(at=LATER, patient=True),
            partial(snoozing.wake, conversation_id=conversation.pk, actor=owner, at=LATER),
        )

        assert Event.objects.filter(conversation=conversation, kind=Event.Kind.WOKEN).count() == 1
        conversation.refresh_from_db()
        assert conversation.snoozed_at is None
    assert list(checking.differences()) == []
