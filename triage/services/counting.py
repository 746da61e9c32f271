"""How many conversations stand where, without counting them."""

from collections import Counter
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Sum

from socialhub.lib import locks
from triage.models import QueueCount
from triage.states import RUNNING, Stage


@dataclass(frozen=True, slots=True)
class QueueNumbers:
    """The kept counters, read once for a page."""

    by_stage: Counter[str]
    deciding_by_channel: Counter[int]
    running_by_department: Counter[int]
    urgent: int


def read_numbers() -> QueueNumbers:
    """Sum the kept counters: one query over a few hundred rows, however many conversations there are."""
    numbers = QueueNumbers(Counter(), Counter(), Counter(), 0)
    urgent = 0
    rows = QueueCount.objects.values_list("stage", "department_id", "channel_id", "priority").annotate(total=Sum("n"))
    for stage, department_id, channel_id, priority, total in rows:
        numbers.by_stage[stage] += total
        if stage == Stage.NEW:
            numbers.deciding_by_channel[channel_id] += total
        if stage in (Stage.ASSIGNED, Stage.CLAIMED) and department_id is not None:
            numbers.running_by_department[department_id] += total
        if priority == 1 and stage in RUNNING:
            urgent += total
    return QueueNumbers(numbers.by_stage, numbers.deciding_by_channel, numbers.running_by_department, urgent)


def compact() -> int:
    """Add rows of the same queue together in one statement; return how many rows went. One caller at a time."""
    with transaction.atomic():
        if not locks.take_if_free(locks.Lock.COMPACT_QUEUE_COUNTS):
            return 0
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH gone AS (DELETE FROM triage_queuecount RETURNING stage, department_id, channel_id, priority, n),
                kept AS (
                    INSERT INTO triage_queuecount (stage, department_id, channel_id, priority, n)
                    SELECT stage, department_id, channel_id, priority, sum(n) FROM gone
                    GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 RETURNING 1
                )
                SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM kept)
                """
            )
            row = cursor.fetchone()
    return int(row[0])
