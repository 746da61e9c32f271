from datetime import timedelta

import pytest

from listening.hearing import budget_of, lag_of, share_heard, state_of, stretches
from listening.models import Coverage, Gap
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON


@pytest.mark.parametrize(
    ("changes", "tone", "text"),
    [
        ({"is_paused": True}, "warn", "Heard until 4 Mar 2026, 11:00."),
        (
            {"next_fetch_at": None, "last_success_at": None},
            "neutral",
            "Nobody looks here: what is said is brought, sent or imported.",
        ),
        (
            {"next_fetch_at": None},
            "neutral",
            "Nobody looks here: what is said is brought, sent or imported. Heard until 4 Mar 2026, 11:00.",
        ),
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


@pytest.mark.parametrize(
    ("changes", "reason", "label"),
    [
        ({"failure_count": 1}, Gap.Reason.AUTHORISATION, "Signed out"),
        ({"failure_count": 1}, Gap.Reason.NETWORK, "Not heard"),
        ({}, Gap.Reason.NETWORK, "Catching up"),
        ({"is_paused": True}, Gap.Reason.PAUSED, "Paused"),
    ],
)
def test_the_state_of_a_channel_with_a_gap_says_which(changes, reason, label):
    channel = ChannelFactory.build(**{"next_fetch_at": NOON, "last_success_at": NOON, **changes})

    assert state_of(channel, Gap(reason=reason), at=NOON).label == label


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "90 s ago; looked at every 60 s."),
        ({"poll_seconds": 900}, "90 s ago; looked at every 15 min."),
        (
            {"last_success_at": NOON - timedelta(hours=3), "poll_seconds": 3600},
            "3 h ago; looked at every 1 h.",
        ),
        ({"last_success_at": None}, ""),
        ({"next_fetch_at": None}, ""),
    ],
)
def test_the_lag_of_a_channel_is_told_against_its_interval(changes, sentence):
    given = {"next_fetch_at": NOON, "last_success_at": NOON - timedelta(seconds=90), "poll_seconds": 60, **changes}

    assert lag_of(ChannelFactory.build(**given), at=NOON) == sentence


@pytest.mark.parametrize(
    ("left", "of", "resets_at", "sentence"),
    [
        (212, 300, NOON + timedelta(minutes=125), "212 of 300 left, full again at 14:05."),
        (212, 300, NOON + timedelta(days=1), "212 of 300 left, full again at 5 Mar, 12:00."),
        (212, 300, None, "212 of 300 left."),
        (0, None, NOON + timedelta(minutes=5), "0 left, full again at 12:05."),
        (0, 300, NOON, ""),
        (None, None, None, ""),
    ],
)
def test_what_we_may_still_ask_is_told_until_it_is_over(left, of, resets_at, sentence):
    channel = ChannelFactory.build(budget_left=left, budget_of=of, budget_resets_at=resets_at)

    assert budget_of(channel, at=NOON) == sentence


def hours(begin, end):
    return Coverage(heard_from=NOON + timedelta(hours=begin), heard_until=NOON + timedelta(hours=end))


def test_stretches_are_cut_to_the_window():
    coverage = [hours(-30, -15), hours(-10, -9), hours(-5, -5), hours(-1, 5), hours(-99, -50)]
    since = NOON - timedelta(hours=20)

    found = stretches(coverage, since=since, until=NOON)

    assert [(stretch.left, stretch.width) for stretch in found] == [(950, 50), (750, 1), (500, 50), (0, 250)]
    assert share_heard(found, since=since, until=NOON) == 35
    assert share_heard([], since=since, until=NOON) == 0
