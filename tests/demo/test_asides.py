from datetime import UTC, datetime

import pytest

from socialhub.demo.asides import APPROVERS, add_asides
from socialhub.demo.company import CHANNELS, PEOPLE
from socialhub.demo.history import plan_history

UNTIL = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
LIMITS = {channel.key: channel.text_limit for channel in CHANNELS}
PERSON = {person.key: person for person in PEOPLE}


@pytest.fixture(scope="module")
def history():
    planned = plan_history(7, UNTIL)
    add_asides(planned, seed=7, until=UNTIL)
    return planned


def kinds_of(planned):
    return [step.kind for step in planned.steps]


def test_asides_change_nothing_else(history):
    asides = {"note", "asked_approval", "approved", "proposed", "rejected"}

    for planned, alone in zip(history, plan_history(7, UNTIL), strict=True):
        rest = [(step.kind, step.at, step.by, step.text) for step in planned.steps if step.kind not in asides]
        assert rest == [(step.kind, step.at, step.by, step.text) for step in alone.steps]
        assert planned.stage == alone.stage


def test_every_aside_is_in_order_and_in_the_past(history):
    for planned in history:
        moments = [planned.opened_at, *(step.at for step in planned.steps)]
        assert moments == sorted(moments)
        assert moments[-1] <= UNTIL


def test_colleagues_answer_for_the_department_that_was_asked(history):
    asked = ""
    for planned in history:
        for step in planned.steps:
            if step.kind == "note" and step.is_answer:
                assert PERSON[step.by].answers_for(asked)
            elif step.kind == "note":
                asked = step.department
                assert not PERSON[step.by].answers_for(asked)


def test_managers_approve_what_others_wrote_and_just_that_goes_out(history):
    for planned in history:
        text = ""
        for step in planned.steps:
            if step.kind == "asked_approval":
                assert step.by not in APPROVERS
                assert len(step.text) <= LIMITS[planned.channel]
                text = step.text
            elif step.kind in ("approved", "proposed", "rejected"):
                assert step.by in APPROVERS
            elif step.kind == "replied" and any(one.choice and one.choice.needs_approval for one in planned.steps):
                assert step.text == text


def test_one_answer_of_each_kind_is_before_its_approvers_at_the_end(history):
    ends = [
        kinds_of(planned)[kinds_of(planned).index("asked_approval") + 1 :]
        for planned in history
        if planned.stage == "claimed" and "asked_approval" in kinds_of(planned)
    ]

    words = sorted(kind for end in ends for kind in end if kind in ("approved", "proposed", "rejected"))
    assert len(ends) == 4
    assert words == ["approved", "proposed", "rejected"]


def test_there_is_enough_to_see(history):
    notes = [step for planned in history for step in planned.steps if step.kind == "note"]
    open_asks = [planned for planned in history if planned.stage == "claimed" and kinds_of(planned).count("note") == 1]

    assert len([step for step in notes if step.is_answer]) > 60
    assert 2 <= len(open_asks) <= 12
