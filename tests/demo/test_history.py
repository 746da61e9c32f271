from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

from socialhub.demo.company import CHANNELS, PEOPLE, responders
from socialhub.demo.history import plan_history
from socialhub.demo.rhythm import local, outage_start, policy_moments

UNTIL = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
LIMITS = {channel.key: channel.text_limit for channel in CHANNELS}
PERSON = {person.key: person for person in PEOPLE}


@pytest.fixture(scope="module")
def history():
    return plan_history(7, UNTIL)


def steps_of(history, *kinds):
    return [(planned, step) for planned in history for step in planned.steps if step.kind in kinds]


def test_plan_is_the_same_for_the_same_seed(history):
    assert plan_history(7, UNTIL) == history


def test_plan_differs_for_another_seed(history):
    assert plan_history(8, UNTIL, 300) != plan_history(7, UNTIL, 300)


def test_every_stage_has_its_number(history):
    stages = Counter(planned.stage for planned in history)

    assert stages == {"new": 45, "assigned": 60, "claimed": 35, "waiting": 40, "closed": 2820}
    assert [planned.goal for planned in history if planned.stage != planned.goal] == []


@pytest.mark.parametrize("hour", [0, 3, 9, 23])
def test_every_moment_is_in_order_and_in_the_past_at_any_hour(hour):
    until = datetime(2026, 11, 22, hour, 11, tzinfo=UTC)

    for planned in plan_history(7, until):
        moments = [planned.opened_at, *(step.at for step in planned.steps)]
        assert moments == sorted(moments)
        assert moments[-1] <= until


def test_history_is_three_months_long(history):
    assert min(planned.opened_at for planned in history) > UNTIL - timedelta(days=92)
    assert min(planned.opened_at for planned in history) < UNTIL - timedelta(days=89)


def test_only_triage_owners_decide(history):
    deciders = {step.by for _, step in steps_of(history, "decided")}

    assert deciders == {"nadia", "tobias"}


def test_only_responders_of_the_department_claim_and_answer(history):
    for planned in history:
        department = ""
        for step in planned.steps:
            if step.choice is not None:
                department = step.choice.department
                assert not step.choice.offered_to or PERSON[step.choice.offered_to].answers_for(department)
            if step.kind in ("claimed", "released", "replied"):
                assert PERSON[step.by].answers_for(department)


def test_only_the_holder_answers_and_nobody_claims_what_is_held(history):
    for planned in history:
        holder = ""
        for step in planned.steps:
            if step.kind == "claimed":
                assert holder == ""
                holder = step.by
            elif step.kind == "replied":
                assert step.by == holder
            elif step.kind in ("released", "closed"):
                assert holder in ("", step.by)
                holder = ""


def test_takeaways_come_from_members_of_the_department(history):
    takeaways = steps_of(history, "takeaway")

    assert len(takeaways) > 200
    assert [step for _, step in takeaways if step.department not in dict(PERSON[step.by].memberships)] == []


def test_everything_said_fits_its_channel_and_leaves_no_slot(history):
    for planned in history:
        for text in (planned.exchange.opening, *(step.text for step in planned.steps)):
            assert len(text) <= LIMITS[planned.channel]
            assert "{" not in text


def test_no_page_of_fifty_repeats_an_opening_more_than_once(history):
    openings = [planned.exchange.opening for planned in history]

    assert len(set(openings)) >= 2500
    assert max(max(Counter(openings[at : at + 50]).values()) for at in range(len(openings) - 49)) <= 2


def test_three_in_ten_are_left_unanswered_and_four_in_a_hundred_never_handled(history):
    silent = [1 for _, step in steps_of(history, "decided") if step.choice.disposition == "no_response"]
    expired = [1 for _, step in steps_of(history, "closed") if step.outcome == "expired"]

    assert 0.25 <= len(silent) / 3000 <= 0.33
    assert 0.03 <= len(expired) / 3000 <= 0.05


def test_outage_makes_a_spike_on_a_tuesday_morning(history):
    start = outage_start(UNTIL)
    during = [planned for planned in history if start <= planned.opened_at < start + timedelta(hours=6)]
    days = Counter(local(planned.opened_at).date() for planned in history)

    assert local(start).weekday() == 1
    assert timedelta(days=17) <= UNTIL - start <= timedelta(days=25)
    assert sum(planned.exchange.topic == "app_outage" for planned in during) >= 175
    assert days.most_common(1)[0][0] == local(start).date()


def test_mondays_are_busier_than_sundays_and_nights_are_quiet(history):
    ordinary = [local(planned.opened_at) for planned in history if planned.exchange.topic != "app_outage"]
    weekdays = Counter(at.weekday() for at in ordinary)
    nights = sum(at.hour < 6 for at in ordinary)

    assert weekdays[0] > 1.5 * weekdays[6]
    assert nights / len(ordinary) < 0.06


def test_the_latest_month_is_faster_than_the_first(history):
    def waited(newest, oldest):
        return median(
            (next(step.at for step in planned.steps if step.kind == "replied") - planned.opened_at)
            for planned in history
            if oldest > UNTIL - planned.opened_at > newest and any(step.kind == "replied" for step in planned.steps)
        )

    assert waited(timedelta(days=3), timedelta(days=30)) < 0.7 * waited(timedelta(days=60), timedelta(days=91))


def test_some_answers_failed_and_one_is_uncertain(history):
    states = Counter(step.state for _, step in steps_of(history, "replied"))

    assert states["failed"] >= 3
    assert states["uncertain"] >= 1
    assert states["sent"] > 2000


def test_a_policy_was_in_force_before_anybody_acted(history):
    moments = policy_moments(UNTIL)

    assert moments.earlier_from < min(planned.opened_at for planned in history)
    assert moments.earlier_from < moments.current_from < UNTIL


def test_every_department_has_a_responder_and_work():
    for department in {planned.exchange.department for planned in plan_history(7, UNTIL, 600)}:
        assert responders(department)
