from datetime import timedelta

import pytest

from tests.factories.teams import NOON
from triage.models import Event
from triage.replaying import Decided, Happened, Standing, replay

ANNA, IDA, LEAD = 1, 2, 3
CARE = 7
ANSWER, SILENCE = 10, 11
DECISIONS = {
    ANSWER: Decided("customer_service", 2, CARE, "private", IDA),
    SILENCE: Decided("no_response", 4, None, "", None),
}
THEIRS, OURS = 20, 21
LATER = NOON + timedelta(minutes=5)

OPENED = Happened("opened", None, NOON, {"mention": THEIRS})
DECIDED = Happened("decided", LEAD, NOON, {"decision": ANSWER})
CLAIMED = Happened("claimed", ANNA, NOON, {})
WAITING = Happened("waiting", ANNA, LATER, {})


def happened(kind: str, **data: object) -> Happened:
    return Happened(kind, ANNA, LATER, data)


def standing(*events: Happened) -> Standing:
    return replay(events, decisions=DECISIONS, voices={THEIRS})


def place(*events: Happened) -> tuple[str, int | None, int | None, int]:
    found = standing(*events)
    return found.stage, found.holder_id, found.offered_to_id, found.fence


def test_what_nobody_has_touched_waits_for_a_decision():
    assert standing(OPENED) == Standing(stage="new", fence=0)


def test_a_decision_gives_a_conversation_to_a_department():
    assert standing(OPENED, DECIDED) == Standing(
        stage="assigned",
        department_id=CARE,
        offered_to_id=IDA,
        fence=1,
        disposition="customer_service",
        visibility="private",
        priority=2,
        decided_at=NOON,
    )


def test_a_decision_not_to_respond_closes():
    closed = standing(
        OPENED, Happened("decided", LEAD, NOON, {"decision": SILENCE}), happened("closed", outcome="no_answer")
    )

    assert closed == Standing(
        stage="closed",
        fence=1,
        disposition="no_response",
        outcome="no_answer",
        priority=4,
        decided_at=NOON,
        closed_at=LATER,
    )


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([CLAIMED], ("claimed", ANNA, None, 2)),
        ([CLAIMED, happened("released")], ("assigned", None, None, 3)),
        ([CLAIMED, happened("claim_returned")], ("assigned", None, None, 3)),
        ([happened("offered", to=ANNA)], ("assigned", None, ANNA, 1)),
        ([happened("offered", **{"to": None, "from": IDA})], ("assigned", None, None, 1)),
        ([CLAIMED, happened("hand_over_asked", to=IDA)], ("claimed", ANNA, None, 2)),
        ([CLAIMED, happened("handed_over", to=IDA)], ("claimed", IDA, None, 3)),
        ([CLAIMED, WAITING, happened("handed_over", to=IDA)], ("waiting", IDA, None, 3)),
        ([CLAIMED, happened("taken_over", to=LEAD, to_queue=False)], ("claimed", LEAD, None, 3)),
        ([CLAIMED, happened("taken_over", to=IDA, to_queue=True)], ("assigned", None, IDA, 3)),
        ([CLAIMED, happened("taken_over", to=None, to_queue=True)], ("assigned", None, None, 3)),
        ([CLAIMED, happened("taken_over", to=ANNA, to_queue=True)], ("assigned", None, ANNA, 3)),
        ([CLAIMED, happened("taken_over", to=ANNA)], ("claimed", ANNA, None, 3)),
        ([CLAIMED, happened("taken_over", to=None)], ("assigned", None, None, 3)),
        ([CLAIMED, WAITING], ("waiting", ANNA, None, 2)),
        ([CLAIMED, WAITING, happened("heard", mention=OURS)], ("waiting", ANNA, None, 2)),
        ([CLAIMED, WAITING, happened("heard", mention=THEIRS)], ("claimed", ANNA, None, 2)),
        ([CLAIMED, WAITING, happened("bounced", mention=OURS)], ("claimed", ANNA, None, 2)),
        ([CLAIMED, WAITING, happened("merged", **{"from": 9})], ("claimed", ANNA, None, 2)),
        ([CLAIMED, happened("closed", outcome="resolved")], ("closed", None, None, 3)),
        ([CLAIMED, happened("closed", outcome="resolved"), happened("reopened")], ("assigned", None, None, 4)),
    ],
)
def test_the_pen_goes_from_hand_to_hand(events, expected):
    assert place(OPENED, DECIDED, *events) == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (happened("closed", outcome="elsewhere"), ("closed", None, None, 0)),
        (happened("merged", into=9), ("closed", None, None, 0)),
        (happened("merged", **{"from": 9}), ("new", None, None, 0)),
    ],
)
def test_what_nobody_decided_on_ends_without_a_change_of_hands(event, expected):
    assert place(OPENED, event) == expected


def test_what_was_reopened_without_a_department_needs_a_decision():
    silent = Happened("decided", LEAD, NOON, {"decision": SILENCE})

    assert place(OPENED, silent, happened("closed", outcome="no_answer"), happened("reopened")) == (
        "new",
        None,
        None,
        2,
    )


def test_the_first_claim_and_decision_are_remembered():
    again = [Happened("claimed", IDA, LATER, {}), happened("released")]
    found = standing(OPENED, DECIDED, CLAIMED, happened("released"), *again)

    assert (found.decided_at, found.claimed_at) == (NOON, NOON)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], "queued"),
        ([happened("reply_sent", reply=5)], "sent"),
        ([happened("reply_failed", reply=5)], "failed"),
        ([happened("reply_failed", reply=5), happened("reply_queued", reply=5, again=True)], "queued"),
        ([happened("reply_failed", reply=5), happened("reply_queued", reply=6, instead_of=[5])], "withdrawn"),
        ([happened("reply_uncertain", reply=5)], "uncertain"),
        ([happened("reply_uncertain", reply=5), happened("reply_settled", reply=5, verdict="there")], "sent"),
        ([happened("reply_uncertain", reply=5), happened("reply_settled", reply=5, verdict="not_there")], "failed"),
        ([happened("reply_withdrawn", reply=5)], "withdrawn"),
    ],
)
def test_an_answer_ends_as_the_record_tells(events, state):
    queued = happened("reply_queued", reply=5)

    assert standing(OPENED, DECIDED, CLAIMED, queued, *events).replies[5] == state


@pytest.mark.parametrize(
    ("kind", "data", "state"),
    [
        ("change_failed", {}, "failed"),
        ("change_uncertain", {}, "uncertain"),
        ("change_withdrawn", {}, "withdrawn"),
        ("change_settled", {"verdict": "there"}, "sent"),
        ("change_settled", {"verdict": "not_there"}, "failed"),
        ("reply_corrected", {}, "sent"),
        ("reply_removed", {}, "sent"),
    ],
)
def test_a_change_of_an_answer_ends_as_the_record_tells(kind, data, state):
    sent = [happened("reply_queued", reply=5), happened("reply_sent", reply=5)]
    changed = [happened("change_queued", reply=5, change=6), happened(kind, reply=5, change=6, **data)]

    assert standing(OPENED, DECIDED, CLAIMED, *sent, *changed).replies == {5: "sent", 6: state}


@pytest.mark.parametrize("kind", ["note", "edited", "deleted", "takeaway", "claim_warned", "approval_asked"])
def test_what_moves_nothing_is_passed_over(kind):
    assert kind in Event.Kind.values
    assert standing(OPENED, DECIDED, CLAIMED, happened(kind)) == standing(OPENED, DECIDED, CLAIMED)
