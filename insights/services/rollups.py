"""Count the events, each exactly once, into what the dashboards read."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from insights.models import HourlyCount, RollupPosition, Timing
from listening import sentiment
from listening.connectors.course import KIND as COURSE
from listening.models import Channel
from socialhub.lib import locks
from triage.states import RUNNING

BATCH = 20_000

# Each statement below works on one stretch of events that nobody adds to any more.
_STRETCH = """
    SELECT * FROM triage_event
    WHERE (transaction, id) > (%(after_transaction)s, %(after_id)s)
      AND (transaction, id) <= (%(until_transaction)s, %(until_id)s)
      AND id > %(settled_id)s
"""
_SETTLED_STRETCH = "SELECT * FROM triage_event WHERE id > %(after_id)s AND id <= %(until_id)s"

# Where the next stretch ends, and how many events it has.
_END = """
    SELECT transaction, id, count(*) OVER () FROM (
        SELECT transaction, id FROM triage_event
        WHERE (transaction, id) > (%(after_transaction)s, %(after_id)s) AND id > %(settled_id)s
          AND transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        ORDER BY transaction, id LIMIT %(batch)s
    ) AS batch
    ORDER BY transaction DESC, id DESC LIMIT 1
"""
_END_OF_SETTLED = """
    SELECT 0, max(id), count(*) FROM (
        SELECT id FROM triage_event
        WHERE id > %(after_id)s AND id <= %(settled_id)s ORDER BY id LIMIT %(batch)s
    ) AS batch
"""

_ADD = """
    ON CONFLICT (hour, measure, channel_id, department_id, sentiment)
    DO UPDATE SET n = insights_hourlycount.n + EXCLUDED.n
"""

_COUNT_HEARD = """
    INSERT INTO insights_hourlycount (hour, measure, channel_id, department_id, sentiment, n)
    SELECT date_trunc('hour', mention.published_at, 'UTC'), 'heard', mention.channel_id, NULL::bigint,
           CASE WHEN mention.sentiment >= %(positive_from)s THEN 'positive'
                WHEN mention.sentiment <= %(negative_to)s THEN 'negative'
                WHEN mention.sentiment IS NOT NULL THEN 'neutral'
                ELSE '' END,
           count(*)
    FROM ({stretch}) AS event
    CROSS JOIN LATERAL (
        SELECT (event.data->>'mention')::bigint
        WHERE event.kind IN ('opened', 'heard', 'bounced') AND event.data->'split_from' IS NULL
        UNION ALL
        SELECT copy::bigint FROM jsonb_array_elements_text(event.data->'mentions') AS copy WHERE event.kind = 'copied'
    ) AS told (mention_id)
    JOIN listening_mention AS mention ON mention.id = told.mention_id
    WHERE NOT mention.is_ours AND mention.channel_id <> ALL(%(course)s)
    GROUP BY 1, 3, 5
    {add}
"""

# The department is the one to which the last decision before the event gave the
# conversation, not the one that has it now: counting again must count the same.
# Decisions lock the conversation, so within one conversation ids follow time.
_COUNT_DONE = """
    WITH event AS MATERIALIZED ({stretch}),
    done AS (
        SELECT event.conversation_id, event.at, measure,
               (SELECT decision.department_id
                FROM triage_event AS earlier
                JOIN triage_decision AS decision ON decision.id = (earlier.data->>'decision')::bigint
                WHERE earlier.conversation_id = event.conversation_id AND earlier.kind IN ('decided', 'decision_undone')
                  AND earlier.id <= event.id
                ORDER BY earlier.id DESC LIMIT 1) AS department_id
        FROM event
        CROSS JOIN LATERAL unnest(CASE
            WHEN event.kind = 'decided' THEN ARRAY['decided']
            WHEN event.kind = 'reply_sent' THEN ARRAY['answered']
            WHEN event.kind = 'reply_settled' AND event.data->>'verdict' = 'there' THEN ARRAY['answered']
            WHEN event.kind = 'reopened' OR event.data->>'reopens' = 'true' THEN ARRAY['reopened']
            WHEN event.kind = 'closed' AND event.data->>'outcome' = 'no_answer' THEN ARRAY['closed', 'not_answered']
            WHEN event.kind = 'closed' AND event.data->>'outcome' = 'expired' THEN ARRAY['closed', 'never_handled']
            WHEN event.kind = 'closed' THEN ARRAY['closed']
            ELSE ARRAY[]::text[] END) AS measure
    )
    INSERT INTO insights_hourlycount (hour, measure, channel_id, department_id, sentiment, n)
    SELECT date_trunc('hour', done.at, 'UTC'), done.measure, conversation.channel_id, done.department_id, '', count(*)
    FROM done JOIN triage_conversation AS conversation ON conversation.id = done.conversation_id
    WHERE conversation.learner_id IS NULL
    GROUP BY 1, 2, 3, 4
    {add}
"""

# A moment before the opening comes from a clock that is not ours, and counts as at once.
_ELAPSED = ", ".join(
    f"CASE WHEN c.{column} IS NOT NULL THEN greatest(extract(epoch FROM c.{column} - c.opened_at), 0)::integer END"
    for column in ("decided_at", "claimed_at", "first_answered_at")
)

# Reads the conversation as it stands now. Whatever changes it afterwards brings
# an event of its own, so the last word is always the right one.
_TIME = """
    INSERT INTO insights_timing (conversation_id, channel_id, department_id, opened_at, decide_seconds,
                                 claim_seconds, answer_seconds, outcome, stage, waiting_since, due_at)
    SELECT c.id, c.channel_id, c.department_id, c.opened_at,
           {elapsed},
           c.outcome, c.stage,
           CASE WHEN c.stage = ANY(%(running)s) THEN coalesce(
               (SELECT min(start.at) FROM triage_event AS start
                WHERE start.conversation_id = c.id AND start.kind IN ('opened', 'heard', 'reopened')
                  AND start.id > coalesce(
                      (SELECT max(stop.id) FROM triage_event AS stop
                       WHERE stop.conversation_id = c.id AND stop.kind IN ('waiting', 'closed') AND NOT EXISTS (
                           SELECT FROM triage_event AS undone
                           WHERE undone.conversation_id = c.id AND undone.id > stop.id
                             AND undone.kind = 'waiting_undone' AND undone.data = jsonb_build_object('event', stop.id)
                       )), 0)),
               c.opened_at) END,
           c.due_at
    FROM triage_conversation AS c
    WHERE c.id IN (SELECT event.conversation_id FROM ({stretch}) AS event) AND c.learner_id IS NULL
    ON CONFLICT (conversation_id) DO UPDATE SET
        channel_id = EXCLUDED.channel_id, department_id = EXCLUDED.department_id, opened_at = EXCLUDED.opened_at,
        decide_seconds = EXCLUDED.decide_seconds, claim_seconds = EXCLUDED.claim_seconds,
        answer_seconds = EXCLUDED.answer_seconds, outcome = EXCLUDED.outcome, stage = EXCLUDED.stage,
        waiting_since = EXCLUDED.waiting_since, due_at = EXCLUDED.due_at
"""


def roll_up(*, at: datetime, batch: int = BATCH) -> int:
    """Count every event that nobody has counted; return how many there were.

    One caller at a time works, another returns 0. Counts and position move in one
    transaction per batch, so a killed run loses nothing and doubles nothing.
    Events are read in the order of their transactions and only below the oldest
    one still running: no late commit can turn up behind the position. After a dump
    was restored into another cluster everything is counted anew.
    """
    total = 0
    while True:
        with transaction.atomic():
            if not locks.take_if_free(locks.Lock.ROLL_UP):
                return total
            position = _position(at)
            if position.cluster != _cluster():
                _begin_anew(position)
            count = _count_batch(position, at, batch)
        if not count:
            return total
        total += count


def _position(at: datetime) -> RollupPosition:
    position, _ = RollupPosition.objects.select_for_update().get_or_create(pk=1, defaults={"rolled_up_at": at})
    return position


def _begin_anew(position: RollupPosition) -> None:
    HourlyCount.objects.all().delete()
    Timing.objects.all().delete()
    position.transaction = position.event_id = 0
    cluster = _cluster()
    if position.cluster != cluster:
        position.cluster = cluster
        position.settled_id = _restored_until()
    position.save(update_fields=["transaction", "event_id", "cluster", "settled_id"])


def _count_batch(position: RollupPosition, at: datetime, batch: int) -> int:
    """Count the next events, move the position behind them, and return how many there were."""
    is_settled = position.transaction == 0 and position.event_id < position.settled_id
    stretch = _SETTLED_STRETCH if is_settled else _STRETCH
    where: dict[str, Any] = {
        "after_transaction": position.transaction,
        "after_id": position.event_id,
        "settled_id": position.settled_id,
        "batch": batch,
        "positive_from": sentiment.POSITIVE_FROM,
        "negative_to": sentiment.NEGATIVE_TO,
        "running": [stage.value for stage in RUNNING],
        # What is said there is practice.
        "course": list(Channel.objects.filter(kind=COURSE).values_list("pk", flat=True)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_END_OF_SETTLED if is_settled else _END, where)
        row = cursor.fetchone()
        position.rolled_up_at = at
        if row is None:
            position.save(update_fields=["rolled_up_at"])
            return 0
        position.transaction, position.event_id, count = row
        where |= {"until_transaction": position.transaction, "until_id": position.event_id}
        for statement in (_COUNT_HEARD, _COUNT_DONE, _TIME):
            cursor.execute(statement.format(stretch=stretch, add=_ADD, elapsed=_ELAPSED), where)
    position.save(update_fields=["transaction", "event_id", "rolled_up_at"])
    return int(count)


def _cluster() -> int:
    """Return what names the database cluster: another after a dump was restored into a new one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        row = cursor.fetchone()
    return int(row[0])


def _restored_until() -> int:
    """Return the newest event whose transaction this cluster has not reached: it came with a dump."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(max(id), 0) FROM triage_event
            WHERE transaction >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
            """
        )
        row = cursor.fetchone()
    return int(row[0])
