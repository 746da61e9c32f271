from datetime import timedelta

import pytest

from socialhub.lib.durations import short_span


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (timedelta(seconds=-5), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(hours=48), "2 d"),
        (timedelta(days=729), "729 d"),
        (timedelta(days=730), "2 y"),
        (timedelta(days=3331), "9 y"),
    ],
)
def test_a_span_is_shown_in_its_largest_unit(span, shown):
    assert short_span(span) == shown
