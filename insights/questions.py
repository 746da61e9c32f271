"""One function per question of the managers: a window in, typed rows out. Rollups only, never the live tables."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, Count, IntegerField, Min, Q, Sum, Value, When
from django.db.models.expressions import BaseExpression
from django.db.models.functions import ExtractHour, TruncDate

from insights.models import HourlyCount, RollupPosition, Timing
from insights.windows import Bucket, Window

Measure = HourlyCount.Measure

# Not a code of the table: nobody had a method for the language.
UNMEASURED = ""
SENTIMENTS = ("negative", "neutral", "positive", UNMEASURED)

AGES = (timedelta(hours=1), timedelta(hours=4), timedelta(days=1), timedelta(days=3))


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted in one bucket. Heard is never a department's; the rest follows the filter."""

    bucket: Bucket
    by_sentiment: dict[str, int] = field(default_factory=dict)
    by_channel: dict[int, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)

    @property
    def heard(self) -> int:
        """How many messages came in."""
        return sum(self.by_sentiment.values())


@dataclass(frozen=True, slots=True)
class Activity:
    """A window's counts, bucket by bucket, and the totals of the window before."""

    rows: tuple[Counted, ...]
    before: dict[str, int]

    def total(self, measure: str) -> int:
        """Add up one measure."""
        if measure == Measure.HEARD:
            return sum(row.heard for row in self.rows)
        return sum(row.done.get(measure, 0) for row in self.rows)


def activity(window: Window, *, department_id: int | None = None) -> Activity:
    """Count what came in and what was done, by bucket."""
    rows = {bucket.key: Counted(bucket) for bucket in window.buckets}
    before: dict[str, int] = {}
    for key, measure, channel_id, sentiment, n in _hourly(window, department_id):
        if key is None:
            before[measure] = before.get(measure, 0) + n
            continue
        row = rows.get(key)
        if row is None:
            continue
        if measure == Measure.HEARD:
            row.by_sentiment[sentiment] = row.by_sentiment.get(sentiment, 0) + n
            row.by_channel[channel_id] = row.by_channel.get(channel_id, 0) + n
        else:
            row.done[measure] = row.done.get(measure, 0) + n
    return Activity(tuple(rows.values()), before)


def _hourly(window: Window, department_id: int | None) -> Any:
    """Read (bucket, measure, channel, sentiment, n); the bucket is None before the window."""
    found = HourlyCount.objects.filter(hour__gte=window.previous_start, hour__lt=window.end)
    if department_id is not None:
        found = found.filter(Q(measure=Measure.HEARD) | Q(department_id=department_id))
    piece = "hour" if window.is_hourly else TruncDate("hour", tzinfo=window.zone)
    bucket = Case(When(hour__gte=window.start, then=piece))
    return (
        found.annotate(bucket=bucket)
        .values_list("bucket", "measure", "channel_id", "sentiment")
        .annotate(total=Sum("n"))
        .order_by()
    )


def rhythm(window: Window) -> tuple[int, ...]:
    """Count what came in by hour of the reader's day: 24 numbers."""
    found = (
        HourlyCount.objects.filter(measure=Measure.HEARD, hour__gte=window.start, hour__lt=window.end)
        .annotate(clock=ExtractHour("hour", tzinfo=window.zone))
        .values_list("clock")
        .annotate(total=Sum("n"))
        .order_by()
    )
    by_hour: dict[int, int] = dict(found)
    return tuple(by_hour.get(hour, 0) for hour in range(24))


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds: for half of the conversations, and for nine in ten."""

    count: int
    median: float | None
    ninetieth: float | None


@dataclass(frozen=True, slots=True)
class Handling:
    """What became of the conversations that were opened in a window.

    The six shares leave nothing out and count nothing twice. An answer that was
    sent counts as answered, however the conversation ended.
    """

    opened: int = 0
    answered: int = 0
    elsewhere: int = 0
    not_answered: int = 0
    never_handled: int = 0
    settled: int = 0
    still_open: int = 0
    decide: Spread = Spread(0, None, None)
    claim: Spread = Spread(0, None, None)
    answer: Spread = Spread(0, None, None)


@dataclass(frozen=True, slots=True)
class HandlingReport:
    """Everything together, department by department (None: nobody's yet, or nobody's to answer), and before."""

    overall: Handling
    by_department: dict[int | None, Handling]
    before: Handling


_HANDLING = """
    SELECT is_current, department_id, grouping(department_id) = 1 AS is_overall,
        count(*),
        count(*) FILTER (WHERE answer_seconds IS NOT NULL),
        count(*) FILTER (WHERE answer_seconds IS NULL AND outcome = 'elsewhere'),
        count(*) FILTER (WHERE answer_seconds IS NULL AND outcome = 'no_answer'),
        count(*) FILTER (WHERE answer_seconds IS NULL AND outcome = 'expired'),
        count(*) FILTER (WHERE answer_seconds IS NULL
                         AND outcome NOT IN ('', 'elsewhere', 'no_answer', 'expired')),
        count(*) FILTER (WHERE answer_seconds IS NULL AND outcome = ''),
        count(decide_seconds), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY decide_seconds),
        count(claim_seconds), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY claim_seconds),
        count(answer_seconds), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY answer_seconds)
    FROM (
        SELECT opened_at >= %(start)s AS is_current, department_id, outcome,
               decide_seconds, claim_seconds, answer_seconds
        FROM insights_timing
        WHERE opened_at >= %(previous_start)s AND opened_at < %(end)s AND outcome <> 'merged'
          AND (%(department)s::bigint IS NULL OR department_id = %(department)s)
    ) AS timing
    GROUP BY GROUPING SETS ((is_current), (is_current, department_id))
"""


def handling(window: Window, *, department_id: int | None = None) -> HandlingReport:
    """Say how fast, and whether at all, the conversations opened in a window were dealt with."""
    with connection.cursor() as cursor:
        cursor.execute(
            _HANDLING,
            {
                "previous_start": window.previous_start,
                "start": window.start,
                "end": window.end,
                "department": department_id,
            },
        )
        found = cursor.fetchall()
    overall = before = Handling()
    by_department: dict[int | None, Handling] = {}
    for is_current, department, is_overall, *values in found:
        row = _handling(values)
        if is_overall and is_current:
            overall = row
        elif is_overall:
            before = row
        elif is_current:
            by_department[department] = row
    return HandlingReport(overall, by_department, before)


def _handling(values: list[Any]) -> Handling:
    opened, answered, elsewhere, not_answered, never_handled, settled, still_open, *spreads = values
    return Handling(
        opened=opened,
        answered=answered,
        elsewhere=elsewhere,
        not_answered=not_answered,
        never_handled=never_handled,
        settled=settled,
        still_open=still_open,
        decide=_spread(*spreads[0:2]),
        claim=_spread(*spreads[2:4]),
        answer=_spread(*spreads[4:6]),
    )


def _spread(count: int, percentiles: list[float] | None) -> Spread:
    median, ninetieth = percentiles if percentiles else (None, None)
    return Spread(count, median, ninetieth)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in one department at one stage; ``by_age`` has one number per step of ``AGES`` and one beyond."""

    department_id: int | None
    stage: str
    by_age: tuple[int, ...]
    late: int
    oldest_since: datetime

    @property
    def n(self) -> int:
        """How many."""
        return sum(self.by_age)


def backlog(*, at: datetime, department_id: int | None = None) -> list[Waiting]:
    """Count what somebody here has to do something about, by department, stage and age."""
    found = Timing.objects.filter(waiting_since__isnull=False)
    if department_id is not None:
        found = found.filter(department_id=department_id)
    rows = (
        found.annotate(step=_age_step(at))
        .values_list("department_id", "stage", "step")
        .annotate(n=Count("pk"), late=Count("pk", filter=Q(due_at__lt=at)), oldest=Min("waiting_since"))
        .order_by("department_id", "stage", "step")
    )
    merged: dict[tuple[int | None, str], tuple[list[int], list[int], list[datetime]]] = {}
    for department, stage, step, n, late, oldest in rows:
        ages, lates, since = merged.setdefault((department, stage), ([0] * (len(AGES) + 1), [], []))
        ages[step] += n
        lates.append(late)
        since.append(oldest)
    return [
        Waiting(department, stage, tuple(ages), sum(lates), min(since))
        for (department, stage), (ages, lates, since) in merged.items()
    ]


def _age_step(at: datetime) -> BaseExpression:
    steps = [When(waiting_since__gt=at - age, then=Value(step)) for step, age in enumerate(AGES)]
    return Case(*steps, default=Value(len(AGES)), output_field=IntegerField())


def counted_until() -> datetime | None:
    """Say when the events were last counted; None before the first time."""
    return RollupPosition.objects.values_list("rolled_up_at", flat=True).first()
