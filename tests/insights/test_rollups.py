from datetime import timedelta

import pytest

from insights.models import HourlyCount, RollupPosition, Timing
from insights.services import rollups
from tests.factories.listening import MentionFactory
from tests.factories.teams import NOON, DepartmentFactory
from tests.factories.triage import ConversationFactory, DecisionFactory, EventFactory
from tests.insights.counting import counts, timings, totals

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


# Older than every transaction that still runs, so that it is counted before this test's own has ended.
LONG_AGO = 3


def event(conversation, **fields):
    return EventFactory(conversation=conversation, transaction=fields.pop("transaction", LONG_AGO), **fields)


def hear(conversation, *, sentiment=None, published_at=NOON, kind="heard", at=NOON, is_ours=False):
    mention = MentionFactory(
        profile=conversation.profile, sentiment=sentiment, published_at=published_at, is_ours=is_ours
    )
    return event(conversation, kind=kind, at=at, data={"mention": mention.pk})


def decide(conversation, *, department, policy, at=NOON):
    decision = DecisionFactory(conversation=conversation, department=department, policy_version=policy, at=at)
    return event(conversation, kind="decided", at=at, data={"decision": decision.pk})


def test_what_was_heard_is_counted_by_hour_channel_and_mood():
    conversation = ConversationFactory()
    channel = conversation.channel_id
    for sentiment in (0.3, 0.9, 0.29, -0.04, -0.05, None):
        hear(conversation, sentiment=sentiment, published_at=NOON + 59 * MINUTE)
    hear(conversation, sentiment=0.9, published_at=NOON - MINUTE, kind="opened")

    assert rollups.roll_up(at=NOON) == 7

    assert counts() == [
        (NOON - HOUR, "heard", channel, None, "positive", 1),
        (NOON, "heard", channel, None, "", 1),
        (NOON, "heard", channel, None, "negative", 1),
        (NOON, "heard", channel, None, "neutral", 2),
        (NOON, "heard", channel, None, "positive", 2),
    ]


def test_our_own_posts_are_not_heard():
    hear(ConversationFactory(), is_ours=True)

    assert rollups.roll_up(at=NOON) == 1

    assert counts() == []


def test_what_was_done_is_counted_for_the_department_that_had_it(policy):
    care, press = DepartmentFactory(), DepartmentFactory()
    conversation = ConversationFactory(assigned=True, department=press)
    channel = conversation.channel_id
    decide(conversation, department=care, policy=policy)
    event(conversation, kind="reply_sent", at=NOON + HOUR, data={"reply": 1})
    decide(conversation, department=press, policy=policy, at=NOON + 2 * HOUR)
    event(conversation, kind="closed", at=NOON + 3 * HOUR, data={"outcome": "resolved"})
    event(conversation, kind="reopened", at=NOON + 4 * HOUR)

    assert rollups.roll_up(at=NOON, batch=2) == 5

    assert counts() == [
        (NOON, "decided", channel, care.pk, "", 1),
        (NOON + HOUR, "answered", channel, care.pk, "", 1),
        (NOON + 2 * HOUR, "decided", channel, press.pk, "", 1),
        (NOON + 3 * HOUR, "closed", channel, press.pk, "", 1),
        (NOON + 4 * HOUR, "reopened", channel, press.pk, "", 1),
    ]


def test_left_alone_on_purpose_is_not_never_handled():
    conversation = ConversationFactory()
    event(conversation, kind="closed", data={"outcome": "no_answer"})
    event(conversation, kind="closed", data={"outcome": "expired"})
    event(conversation, kind="closed", data={"outcome": "elsewhere"})

    assert rollups.roll_up(at=NOON) == 3

    assert totals() == {"closed": 3, "not_answered": 1, "never_handled": 1}


def test_an_uncertain_answer_counts_when_a_person_found_it():
    conversation = ConversationFactory()
    event(conversation, kind="reply_settled", data={"reply": 1, "verdict": "there"})
    event(conversation, kind="reply_settled", data={"reply": 2, "verdict": "not_there"})

    assert rollups.roll_up(at=NOON) == 2

    assert totals() == {"answered": 1}


def test_times_run_from_the_opening():
    conversation = ConversationFactory(
        claimed=True,
        opened_at=NOON,
        decided_at=NOON + 5 * MINUTE,
        claimed_at=NOON + 20 * MINUTE,
        first_answered_at=NOON + HOUR,
    )
    event(conversation)

    assert rollups.roll_up(at=NOON) == 1

    timing = Timing.objects.get()
    assert (timing.decide_seconds, timing.claim_seconds, timing.answer_seconds) == (300, 1200, 3600)
    assert (timing.stage, timing.outcome, timing.department_id) == ("claimed", "", conversation.department_id)


def test_what_has_not_happened_has_no_time():
    event(ConversationFactory())

    assert rollups.roll_up(at=NOON) == 1

    timing = Timing.objects.get()
    assert (timing.decide_seconds, timing.claim_seconds, timing.answer_seconds) == (None, None, None)


def test_a_step_before_the_opening_took_no_time():
    event(ConversationFactory(assigned=True, opened_at=NOON, decided_at=NOON - MINUTE))

    assert rollups.roll_up(at=NOON) == 1

    assert Timing.objects.get().decide_seconds == 0


def test_waiting_begins_with_what_followed_the_last_pause():
    conversation = ConversationFactory(claimed=True)
    event(conversation, kind="opened", at=NOON)
    event(conversation, kind="waiting", at=NOON + HOUR)
    event(conversation, kind="heard", at=NOON + 2 * HOUR)
    event(conversation, kind="heard", at=NOON + 3 * HOUR)

    assert rollups.roll_up(at=NOON, batch=1) == 4

    timing = Timing.objects.get()
    assert timing.waiting_since == NOON + 2 * HOUR
    assert timing.due_at == conversation.due_at


def test_what_is_closed_does_not_wait():
    conversation = ConversationFactory(closed=True)
    event(conversation, kind="opened")
    event(conversation, kind="closed", data={"outcome": "resolved"})

    assert rollups.roll_up(at=NOON) == 2

    timing = Timing.objects.get()
    assert (timing.waiting_since, timing.due_at, timing.outcome) == (None, None, "resolved")


def test_a_second_count_changes_nothing():
    hear(ConversationFactory())
    assert rollups.roll_up(at=NOON) == 1
    before = counts(), timings()

    assert rollups.roll_up(at=NOON) == 0

    assert (counts(), timings()) == before


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_counting_anew_gives_the_same_numbers(batch, policy):
    care, press = DepartmentFactory(), DepartmentFactory()
    for number in range(4):
        conversation = ConversationFactory(closed=True, department=press)
        hear(conversation, kind="opened", sentiment=0.3 * number - 0.3)
        decide(conversation, department=care, policy=policy)
        decide(conversation, department=press, policy=policy, at=NOON + HOUR)
        event(conversation, kind="closed", data={"outcome": "resolved"})
    assert rollups.roll_up(at=NOON, batch=batch) == 16
    before = counts(), timings()

    RollupPosition.objects.update(cluster=1)
    assert rollups.roll_up(at=NOON, batch=batch) == 16

    assert (counts(), timings()) == before
    assert totals() == {"heard": 4, "decided": 8, "closed": 4}


def test_a_count_that_fails_leaves_neither_numbers_nor_position(monkeypatch):
    hear(ConversationFactory())
    monkeypatch.setattr(rollups, "_TIME", "SELECT 1 / 0 FROM ({stretch}) AS event")

    with pytest.raises(Exception, match="division by zero"):
        rollups.roll_up(at=NOON)

    assert counts() == []
    assert RollupPosition.objects.filter(event_id__gt=0).count() == 0


def test_a_dump_restored_into_another_cluster_is_counted_anew():
    conversation = ConversationFactory()
    far = 10**15
    for number in range(3):
        event(conversation, kind="reopened", transaction=far + number)
    RollupPosition.objects.create(pk=1, transaction=far + 2, event_id=10**12, cluster=1, rolled_up_at=NOON)
    HourlyCount.objects.create(hour=NOON, measure="heard", channel_id=1, n=7)
    event(conversation, kind="reopened")

    assert rollups.roll_up(at=NOON, batch=2) == 4

    assert totals() == {"reopened": 4}
    event(conversation, kind="reopened")
    assert rollups.roll_up(at=NOON) == 1
    assert totals() == {"reopened": 5}
