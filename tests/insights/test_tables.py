import pytest

from insights.tables import number, share, span, span_text, words


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 s"),
        (89, "89 s"),
        (90, "2 min"),
        (3540, "59 min"),
        (3600, "1 h"),
        (4860, "1 h 21 min"),
        (35_940, "9 h 59 min"),
        (36_000, "10 h"),
        (172_799, "48 h"),
        (172_800, "2 d"),
        (216_000, "2.5 d"),
    ],
)
def test_spans_can_be_compared(seconds, written):
    assert span_text(seconds) == written


def test_what_was_not_measured_is_a_dash():
    assert (span(None).raw, span(None).text) == (None, "–")
    assert (share(0, 0).raw, share(0, 0).text) == (None, "–")


@pytest.mark.parametrize(("part", "written"), [(0, "0 %"), (1, "0.1 %"), (95, "9.5 %"), (310, "31 %"), (1000, "100 %")])
def test_small_shares_are_not_shown_as_none(part, written):
    assert share(part, 1000).text == written


def test_counts_keep_their_thousands_apart():
    assert (number(1234).raw, number(1234).text) == (1234, "1,234")


def test_texts_stay_texts():
    assert words("=1").raw == "=1"
