import pytest
from django.db import connection, transaction

from insights.services import rollups
from socialhub.lib import locks
from tests.factories.teams import NOON
from tests.factories.triage import ConversationFactory, EventFactory
from tests.insights.counting import roll_up_all, totals
from tests.support.race import race
from triage.models import Event

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

WRITERS, EACH = 4, 25


def test_nothing_is_missed_and_nothing_doubled_while_many_write():
    conversations = ConversationFactory.create_batch(WRITERS)

    def write(conversation):
        for number in range(EACH):
            with transaction.atomic():
                events = [Event(conversation=conversation, kind="reopened", at=NOON) for _ in range(1 + number % 2)]
                Event.objects.bulk_create(events)

    def count():
        return sum(rollups.roll_up(at=NOON, batch=7) for _ in range(40))

    outcomes = race(*[lambda c=c: write(c) for c in conversations], count, count)

    written = Event.objects.count()
    assert outcomes[:WRITERS] == [None] * WRITERS
    assert written == WRITERS * (EACH + EACH // 2)
    counted = outcomes[WRITERS] + outcomes[WRITERS + 1]
    roll_up_all(written - counted)
    assert totals() == {"reopened": written}


def test_nobody_counts_while_another_does():
    EventFactory(kind="reopened")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, 0)", [int(locks.Lock.ROLL_UP)])

        assert rollups.roll_up(at=NOON) == 0
        assert totals() == {}
    finally:
        other.close()

    roll_up_all(1)


def write_event(wrapper, conversation):
    with wrapper.cursor() as cursor:
        cursor.execute(
            "INSERT INTO triage_event (conversation_id, kind, at, data) VALUES (%s, 'reopened', %s, '{}') RETURNING id",
            [conversation.pk, NOON],
        )
        return cursor.fetchone()[0]


@pytest.fixture
def two_writers():
    first, second = connection.copy(), connection.copy()
    first.set_autocommit(False)
    second.set_autocommit(False)
    yield first, second
    for writer in (first, second):
        writer.rollback()
        writer.close()


def naive_count(last_id):
    """Count what has an id beyond the last one seen, as one would write it at first."""
    ids = list(Event.objects.filter(pk__gt=last_id).order_by("pk").values_list("pk", flat=True))
    return len(ids), max(ids, default=last_id)


def test_the_naive_reader_misses_what_commits_late(two_writers):
    conversation = ConversationFactory()
    slow, fast = two_writers
    earlier = write_event(slow, conversation)
    later = write_event(fast, conversation)
    assert earlier < later
    fast.commit()
    first_count, last_id = naive_count(0)
    slow.commit()

    second_count, last_id = naive_count(last_id)

    assert (first_count, second_count) == (1, 0)
    assert Event.objects.count() == 2


def test_what_commits_late_is_counted_once(two_writers):
    conversation = ConversationFactory()
    slow, fast = two_writers
    write_event(slow, conversation)
    write_event(fast, conversation)
    fast.commit()

    assert rollups.roll_up(at=NOON) == 0
    assert totals() == {}

    slow.commit()
    roll_up_all(2)
    assert totals() == {"reopened": 2}


def test_an_event_of_an_older_transaction_with_a_newer_id_is_counted_once(two_writers):
    conversation = ConversationFactory()
    older, newer = two_writers
    with older.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")
    write_event(newer, conversation)
    newer.commit()
    write_event(older, conversation)
    older.commit()

    roll_up_all(2, batch=1)

    assert totals() == {"reopened": 2}
    assert rollups.roll_up(at=NOON) == 0


def test_what_was_rolled_back_is_not_counted(two_writers):
    conversation = ConversationFactory()
    undone, done = two_writers
    write_event(undone, conversation)
    write_event(done, conversation)
    undone.rollback()
    done.commit()

    roll_up_all(1)

    assert totals() == {"reopened": 1}
