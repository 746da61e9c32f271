from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from insights import questions
from insights.models import RollupPosition
from insights.questions import Spread
from insights.windows import Period, window_for
from tests.factories.insights import HourlyCountFactory, TimingFactory
from tests.factories.teams import NOON

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ZONE = ZoneInfo("Europe/Copenhagen")
BY_HOUR = window_for(Period.DAY, at=NOON, zone=ZONE)
BY_DAY = window_for(Period.WEEK, at=NOON, zone=ZONE)


def test_what_came_in_is_counted_by_hour():
    HourlyCountFactory(hour=NOON, sentiment="negative", channel_id=1, n=3)
    HourlyCountFactory(hour=NOON, sentiment="negative", channel_id=2, n=4)
    HourlyCountFactory(hour=NOON, sentiment="", channel_id=2, n=5)
    HourlyCountFactory(hour=NOON - HOUR, sentiment="positive", channel_id=1, n=6)
    HourlyCountFactory(hour=NOON - DAY, channel_id=1, n=7)
    HourlyCountFactory(hour=NOON - 3 * DAY, channel_id=1, n=8)

    activity = questions.activity(BY_HOUR)

    assert [row.heard for row in activity.rows] == [0] * 22 + [6, 12]
    assert activity.rows[-1].by_sentiment == {"negative": 7, "": 5}
    assert activity.rows[-1].by_channel == {1: 3, 2: 9}
    assert activity.total("heard") == 18
    assert activity.before == {"heard": 7}


def test_days_begin_at_the_readers_midnight():
    HourlyCountFactory(hour=BY_DAY.buckets[3].start, n=2)
    HourlyCountFactory(hour=BY_DAY.buckets[3].start - HOUR, n=5)

    activity = questions.activity(BY_DAY)

    assert [row.heard for row in activity.rows] == [0, 0, 5, 2, 0, 0, 0]


def test_what_was_done_follows_the_department_and_what_was_heard_does_not():
    HourlyCountFactory(measure="heard", n=9)
    HourlyCountFactory(measure="decided", department_id=5, n=2)
    HourlyCountFactory(measure="decided", department_id=6, n=3)
    HourlyCountFactory(measure="decided", department_id=5, hour=NOON - DAY, n=4)

    activity = questions.activity(BY_HOUR, department_id=5)

    assert activity.total("heard") == 9
    assert activity.total("decided") == 2
    assert activity.before == {"decided": 4}


def test_the_rhythm_is_in_the_readers_hours():
    HourlyCountFactory(hour=NOON, n=2)
    HourlyCountFactory(hour=NOON - DAY, n=3)
    HourlyCountFactory(hour=NOON - HOUR, n=1)
    HourlyCountFactory(hour=NOON, measure="closed", n=50)

    counts = questions.rhythm(BY_DAY)

    assert len(counts) == 24
    assert {hour: n for hour, n in enumerate(counts) if n} == {12: 1, 13: 5}


def test_times_are_medians_and_ninetieths_of_those_that_came_so_far():
    for seconds in (100, 200, 300, 400, None):
        TimingFactory(decide_seconds=seconds, department_id=5)
    TimingFactory(decide_seconds=1000, department_id=6)
    TimingFactory(decide_seconds=50, opened_at=NOON - 7 * DAY, department_id=5)

    report = questions.handling(BY_DAY)

    assert report.overall.decide == Spread(5, 300.0, 760.0)
    assert report.by_department[5].decide == Spread(4, 250.0, 370.0)
    assert report.by_department[6].decide == Spread(1, 1000.0, 1000.0)
    assert report.overall.claim == Spread(0, None, None)
    assert report.before.decide == Spread(1, 50.0, 50.0)


def test_shares_leave_nothing_out_and_count_nothing_twice():
    TimingFactory(answer_seconds=60, outcome="resolved")
    TimingFactory(answer_seconds=60, outcome="no_answer")
    TimingFactory(answer_seconds=60)
    TimingFactory(outcome="elsewhere")
    TimingFactory(outcome="no_answer", department_id=None)
    TimingFactory(outcome="no_answer")
    TimingFactory(outcome="expired")
    TimingFactory(outcome="thanked")
    TimingFactory()
    TimingFactory(outcome="merged")

    found = questions.handling(BY_DAY).overall

    assert (found.opened, found.answered, found.elsewhere) == (9, 3, 1)
    assert (found.not_answered, found.never_handled, found.settled, found.still_open) == (2, 1, 1, 1)


def test_handling_of_one_department_is_only_its_own():
    TimingFactory(department_id=5, answer_seconds=60)
    TimingFactory(department_id=6, answer_seconds=90)

    report = questions.handling(BY_DAY, department_id=5)

    assert report.overall.opened == 1
    assert list(report.by_department) == [5]


def test_nothing_opened_is_nothing_handled():
    report = questions.handling(BY_DAY)

    assert report.overall == questions.Handling()
    assert report.by_department == {}


def test_the_backlog_is_counted_by_department_stage_and_age():
    ages = (0, 59, 61, 239, 241, 1439, 1441, 4319, 4321)
    for minutes in ages:
        TimingFactory(
            stage="assigned",
            department_id=5,
            waiting_since=NOON - timedelta(minutes=minutes),
            due_at=NOON + timedelta(minutes=1000 - minutes),
        )
    TimingFactory(stage="new", waiting_since=NOON - HOUR, due_at=NOON)
    TimingFactory(stage="closed")

    found = questions.backlog(at=NOON)

    assert [(one.department_id, one.stage, one.by_age, one.n, one.late) for one in found] == [
        (5, "assigned", (2, 2, 2, 2, 1), 9, 4),
        (None, "new", (0, 1, 0, 0, 0), 1, 0),
    ]
    assert found[0].oldest_since == NOON - timedelta(minutes=4321)
    assert [one.n for one in questions.backlog(at=NOON, department_id=6)] == []


def test_it_is_known_when_was_last_counted():
    assert questions.counted_until() is None

    RollupPosition.objects.create(pk=1, rolled_up_at=NOON)

    assert questions.counted_until() == NOON
