from dataclasses import replace
from datetime import timedelta

import pytest

from listening.models import Channel, Mention, WaitingMention
from listening.services import ingest
from policies.services.reading import NoPolicyInForce
from teams.models import Notification
from tests.factories.listening import ChannelFactory, MentionFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import NOON, DepartmentFactory, MembershipFactory, UserFactory
from tests.support.hearing import hear, said
from triage import tasks
from triage.models import Conversation, Event
from triage.services.arriving import intake
from triage.states import DueFor, Outcome, Priority, Stage

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def channel(policy) -> Channel:
    return ChannelFactory()


def at_stage(conversation: Conversation, **columns: object) -> Conversation:
    """Put a conversation where the columns say."""
    Conversation.objects.filter(pk=conversation.pk).update(**columns)
    conversation.refresh_from_db()
    return conversation


def assigned(conversation: Conversation) -> Conversation:
    return at_stage(conversation, stage=Stage.ASSIGNED, department=DepartmentFactory(), due_for=DueFor.CLAIM, fence=1)


def claimed(conversation: Conversation) -> Conversation:
    return at_stage(
        assigned(conversation),
        stage=Stage.CLAIMED,
        holder=UserFactory(wants_email=False),
        due_for=DueFor.ANSWER,
        fence=2,
    )


def closed(conversation: Conversation, outcome: Outcome = Outcome.RESOLVED, **columns: object) -> Conversation:
    return at_stage(
        conversation, stage=Stage.CLOSED, outcome=outcome, closed_at=NOON, due_at=None, due_for="", **columns
    )


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def told() -> list[tuple[int, str]]:
    return list(Notification.objects.order_by("pk").values_list("user", "kind"))


def test_somebody_without_a_name_is_called_by_their_id(channel):
    (conversation,) = hear(channel, replace(said("1", author="421028"), author_name=""))

    assert conversation.author_name == "421028"


def test_a_mention_opens_a_conversation(channel):
    (conversation,) = hear(channel, said("1", "  The heating\n is cold. ", author_reach=5, minute=3))

    mention = Mention.objects.get()
    assert (conversation.stage, conversation.channel, conversation.profile) == (Stage.NEW, channel, mention.profile)
    assert (conversation.author_name, conversation.snippet, conversation.language) == (
        "Anna",
        "The heating is cold.",
        "en",
    )
    assert (conversation.opened_at, conversation.last_inbound_at) == (NOON, NOON + timedelta(minutes=3))
    assert (conversation.mention_count, conversation.fence, conversation.department) == (1, 0, None)
    assert conversation.sentiment == mention.sentiment
    assert [(event.kind, event.actor, event.data) for event in conversation.events.all()] == [
        ("opened", None, {"mention": mention.pk})
    ]
    assert not WaitingMention.objects.exists()
    assert told() == []


def test_taking_in_twice_changes_nothing(channel):
    hear(channel, said("1"))

    assert intake.take_in_mentions(at=NOON) == 0
    assert intake.take_in_everything(at=NOON) == 0
    assert Event.objects.count() == 1


def test_a_conversation_without_a_matching_rule_has_the_usual_priority_and_deadline(channel):
    (conversation,) = hear(channel, said("1"))

    assert (conversation.priority, conversation.suggestion) == (Priority.NORMAL, {})
    assert (conversation.due_at, conversation.due_for) == (NOON + timedelta(minutes=240), DueFor.DECIDE)


def test_a_rule_of_the_policy_suggests_and_sets_the_deadline(channel, policy):
    (conversation,) = hear(channel, said("1", "Another OUTAGE in our street"))

    clause = policy.clauses.get(number=1)
    assert (conversation.priority, conversation.due_at) == (Priority.URGENT, NOON + timedelta(minutes=15))
    assert conversation.suggestion == {
        "priority": 1,
        "score": 75,
        "disposition": "",
        "department": "",
        "person": "",
        "visibility": "",
        "tags": [],
        "reason": "",
        "decided_by": None,
        "because": [
            {
                "clause_id": clause.pk,
                "clause_label": "1",
                "rule_id": clause.rules.get().pk,
                "rule": "Outage",
                "evidence": [["words", "outage"]],
                "gave": ["priority"],
                "points": 0,
            },
        ],
    }


def test_a_conversation_concerns_the_departments_whose_words_it_has(channel):
    grid = DepartmentFactory(listens_for=["power", "fuse box"])
    sales = DepartmentFactory(listens_for=["fuse box"])
    DepartmentFactory(listens_for=["power"], is_active=False)
    DepartmentFactory(listens_for=[])

    (conversation,) = hear(channel, said("1", "No POWER!"))
    assert list(conversation.concerns.values_list("department", "because")) == [(grid.pk, "heard")]

    hear(channel, said("2", "It is the fuse box.", answers="1"))
    assert sorted(conversation.concerns.values_list("department", flat=True)) == sorted([grid.pk, sales.pk])


def test_without_a_policy_nothing_is_taken_in_and_everything_waits():
    ingest.store_items(channel=ChannelFactory(), items=[said("1")], at=NOON)

    with pytest.raises(NoPolicyInForce):
        intake.take_in_mentions(at=NOON)

    assert not Conversation.objects.exists()
    assert WaitingMention.objects.count() == 1

    PolicyVersionFactory.published()
    assert intake.take_in_everything(at=NOON) == 1


def test_our_own_word_last_means_that_it_was_answered_elsewhere(channel):
    (conversation,) = hear(channel, said("1"), said("2", answers="1", ours=True, minute=2))

    assert (conversation.stage, conversation.outcome, conversation.closed_at) == (
        Stage.CLOSED,
        Outcome.ELSEWHERE,
        NOON,
    )
    assert (conversation.last_outbound_at, conversation.first_answered_at) == (NOON + timedelta(minutes=2), None)
    assert (conversation.due_at, conversation.due_for) == (None, "")
    assert kinds(conversation) == ["opened", "heard", "closed"]


def test_our_own_word_in_a_later_batch_closes_what_is_undecided(channel):
    hear(channel, said("1"))

    (conversation,) = hear(channel, said("2", answers="1", ours=True, minute=2), at=LATER)

    assert (conversation.stage, conversation.outcome, conversation.closed_at) == (
        Stage.CLOSED,
        Outcome.ELSEWHERE,
        LATER,
    )
    assert kinds(conversation) == ["opened", "heard", "closed"]


def test_our_own_word_before_the_last_question_closes_nothing(channel):
    hear(channel, said("1"), said("3", answers="1", minute=5))

    (conversation,) = hear(channel, said("2", answers="1", ours=True, minute=2))

    assert (conversation.stage, conversation.last_outbound_at) == (Stage.NEW, NOON + timedelta(minutes=2))


def test_our_own_word_leaves_what_somebody_works_on(channel):
    conversation = claimed(hear(channel, said("1"))[0])

    hear(channel, said("2", answers="1", ours=True, minute=2))

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.fence) == (Stage.CLAIMED, 2)
    assert told() == []


def test_a_second_message_joins_what_is_undecided(channel):
    (conversation,) = hear(channel, said("1"))

    hear(channel, said("2", "Hello?", answers="1", minute=7), at=LATER)

    before = conversation.due_at
    conversation.refresh_from_db()
    assert (conversation.stage, conversation.due_at, conversation.mention_count) == (Stage.NEW, before, 2)
    assert (conversation.snippet, conversation.last_inbound_at) == ("Hello?", NOON + timedelta(minutes=7))
    assert kinds(conversation) == ["opened", "heard"]


def test_an_older_message_that_comes_late_does_not_become_the_latest(channel):
    (conversation,) = hear(channel, said("2", "Now", answers="1", minute=7))

    hear(channel, said("1", "Before", minute=1))

    conversation.refresh_from_db()
    assert (conversation.snippet, conversation.last_inbound_at) == ("Now", NOON + timedelta(minutes=7))


def test_the_holder_is_told_that_the_customer_spoke(channel):
    conversation = claimed(hear(channel, said("1"))[0])

    hear(channel, said("2", "Are you there?", answers="1", minute=2), at=LATER)

    conversation.refresh_from_db()
    notification = Notification.objects.get()
    assert (conversation.stage, conversation.fence) == (Stage.CLAIMED, 2)
    assert (notification.user, notification.kind, notification.subject) == (
        conversation.holder,
        "customer_answered",
        "Anna: Are you there?",
    )
    assert notification.event_id == conversation.events.last().pk


def test_an_answer_ends_the_waiting_of_the_holder(channel):
    conversation = claimed(hear(channel, said("1"))[0])
    at_stage(conversation, stage=Stage.WAITING, due_at=None, due_for="")

    hear(channel, said("2", answers="1", minute=2), at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.fence, conversation.due_at, conversation.due_for) == (
        Stage.CLAIMED,
        2,
        LATER + timedelta(minutes=1440),
        DueFor.ANSWER,
    )
    assert told() == [(conversation.holder_id, "customer_answered")]


def test_an_answer_brings_back_what_waits_without_a_holder(channel):
    conversation = assigned(hear(channel, said("1"))[0])
    responder = MembershipFactory(department=conversation.department, user__wants_email=False).user
    at_stage(conversation, stage=Stage.WAITING, due_at=None, due_for="")

    hear(channel, said("2", answers="1", minute=2), at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.due_at, conversation.due_for) == (
        Stage.ASSIGNED,
        LATER + timedelta(minutes=240),
        DueFor.CLAIM,
    )
    assert told() == [(responder.pk, "queue")]


def test_a_new_message_reopens_to_the_department_that_had_it(channel):
    conversation = closed(assigned(hear(channel, said("1"))[0]))
    responder = MembershipFactory(department=conversation.department, user__wants_email=False).user

    hear(channel, said("2", answers="1", minute=2), at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.outcome, conversation.closed_at, conversation.fence) == (
        Stage.ASSIGNED,
        "",
        None,
        2,
    )
    assert (conversation.due_at, conversation.due_for) == (LATER + timedelta(minutes=240), DueFor.CLAIM)
    assert kinds(conversation) == ["opened", "heard", "reopened"]
    assert told() == [(responder.pk, "queue")]


def test_a_new_message_reopens_to_triage_where_no_department_had_it(channel):
    conversation = closed(hear(channel, said("1"))[0], Outcome.NO_ANSWER)

    hear(channel, said("2", answers="1", minute=2), at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.fence) == (Stage.NEW, 1)
    assert (conversation.due_at, conversation.due_for) == (LATER + timedelta(minutes=240), DueFor.DECIDE)


def test_a_message_that_our_own_app_answered_already_reopens_nothing(channel):
    hear(channel, said("1"), said("3", answers="1", ours=True, minute=9))

    (conversation,) = hear(channel, said("2", answers="1", minute=5))

    assert (conversation.stage, conversation.outcome, conversation.mention_count) == (
        Stage.CLOSED,
        Outcome.ELSEWHERE,
        3,
    )


def test_a_message_said_before_our_answer_that_nobody_here_had_read_reopens(channel):
    conversation = closed(assigned(hear(channel, said("1"))[0]), last_outbound_at=NOON + timedelta(minutes=9), fence=3)

    hear(channel, said("2", answers="1", minute=5), at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.fence) == (Stage.ASSIGNED, 4)


def test_intake_works_in_batches_in_the_order_of_hearing(channel):
    ingest.store_items(channel=channel, items=[said(str(n)) for n in range(5)], at=NOON)

    assert [intake.take_in_mentions(at=NOON, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert Conversation.objects.count() == 5


def test_a_lost_wake_up_is_repaired_by_the_sweep(channel, time_machine):
    time_machine.move_to(NOON, tick=False)
    MentionFactory(channel=channel)
    mention = MentionFactory(profile__channel=channel)
    WaitingMention.objects.create(mention=mention)

    tasks.take_in_mentions()

    assert Conversation.objects.get().entries.get().mention == mention
    assert not WaitingMention.objects.exists()


def test_what_is_made_part_of_a_conversation_elsewhere_is_not_taken_in(channel):
    (conversation,) = hear(channel, said("1"))
    ingest.store_items(channel=channel, items=[said("2", answers="1", ours=True)], at=NOON)
    mention = Mention.objects.get(external_id="2")
    conversation.entries.create(mention=mention)
    WaitingMention.objects.filter(mention=mention).delete()

    assert intake.take_in_mentions(at=NOON) == 0
    assert conversation.entries.count() == 2
