from datetime import timedelta

import pytest

from listening.hearing import share_heard, state_of, stretches
from listening.models import Coverage
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON


@pytest.mark.parametrize(
    ("changes", "tone", "text"),
    [
        ({"is_paused": True}, "warn", "Heard until 4 Mar 2026, 11:00."),
        ({"next_fetch_at": None, "last_success_at": None}, "neutral", "Filled by imports; nobody looks by itself."),
        ({"failure_count": 2, "last_error": "Answered 503."}, "urgent", "Heard until 4 Mar 2026, 11:00. Answered 503."),
        (
            {"next_fetch_at": NOON - timedelta(minutes=6)},
            "urgent",
            "Heard until 4 Mar 2026, 11:00. No worker has looked since.",
        ),
        ({"last_success_at": None}, "info", "Not heard yet."),
        ({}, "ok", "Heard until 4 Mar 2026, 11:00."),
    ],
)
def test_the_state_of_a_channel_is_told_in_words(changes, tone, text):
    given = {"next_fetch_at": NOON, "last_success_at": NOON - timedelta(hours=1), **changes}

    state = state_of(ChannelFactory.build(**given), at=NOON)

    assert (state.tone, state.text) == (tone, text)


def hours(begin, end):
    return Coverage(heard_from=NOON + timedelta(hours=begin), heard_until=NOON + timedelta(hours=end))


def test_stretches_are_cut_to_the_window():
    coverage = [hours(-30, -15), hours(-10, -9), hours(-5, -5), hours(-1, 5), hours(-99, -50)]
    since = NOON - timedelta(hours=20)

    found = stretches(coverage, since=since, until=NOON)

    assert [(stretch.left, stretch.width) for stretch in found] == [(950, 50), (750, 1), (500, 50), (0, 250)]
    assert share_heard(found, since=since, until=NOON) == 35
    assert share_heard([], since=since, until=NOON) == 0
