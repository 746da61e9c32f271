from xml.etree import ElementTree

import pytest

from insights.charts.over_time import lines, stacked_columns
from insights.charts.parts import Band, Column, Series, pattern, ticks_up_to
from insights.charts.side_by_side import Bar, Range, Tick, bars, ranges
from socialhub.lib.svg import element, percent

MOODS = [Series("negative", "Negative"), Series("positive", "Positive")]


def parse(drawing):
    return ElementTree.fromstring(str(drawing))


def marks(root, kind, name):
    return [one for one in root.iter(kind) if name in one.get("class", "").split()]


def columns(*values):
    return [Column(f"Day {number}", value, f"Day {number}: {value}.") for number, value in enumerate(values)]


def draw(*values, **more):
    return parse(stacked_columns("c", MOODS, columns(*values), title="Title", description="What it says", **more))


def test_what_people_wrote_is_escaped():
    assert element("text", "<b>&", x='"') == '<text x="&quot;">&lt;b&gt;&amp;</text>'


def test_attributes_that_are_none_are_left_out():
    assert element("rect", class_="bar", stroke_width=2, fill=None) == '<rect class="bar" stroke-width="2"/>'


@pytest.mark.parametrize(("share", "written"), [(0, "0%"), (1, "100%"), (1 / 3, "33.333%"), (0.1, "10%")])
def test_a_share_is_written_as_a_percentage(share, written):
    assert percent(share) == written


@pytest.mark.parametrize(
    ("maximum", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4, 6]),
        (23, [0, 10, 20, 30]),
        (100, [0, 50, 100]),
        (1234, [0, 500, 1000, 1500]),
        (98_000, [0, 50_000, 100_000]),
    ],
)
def test_ticks_are_round_and_few(maximum, ticks):
    assert ticks_up_to(maximum) == ticks


def test_the_drawing_is_named_and_described():
    root = draw((1, 0))

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "c-title c-desc"
    assert [(one.get("id"), one.text) for one in root[:2]] == [("c-title", "Title"), ("c-desc", "What it says")]


def test_columns_stand_at_their_shares_and_stack_from_below():
    found = marks(draw((10, 30), (0, 20)), "rect", "bar")

    assert [(one.get("x"), one.get("width"), one.get("fill")) for one in found] == [
        ("5.5%", "39%", "url(#c-negative)"),
        ("5.5%", "39%", "url(#c-positive)"),
        ("55.5%", "39%", "url(#c-positive)"),
    ]
    # 196 pixels for 40: 49 for ten, from the line at 206 upwards.
    assert [(one.get("y"), one.get("height")) for one in found] == [("157", "49"), ("10", "147"), ("108", "98")]


def test_each_column_says_what_it_shows():
    tips = [one.find("title").text for one in marks(draw((1, 2), (0, 0)), "g", "column")]

    assert tips == ["Day 0: (1, 2).", "Day 1: (0, 0)."]


def test_what_was_not_heard_is_hatched():
    root = draw((0, 0), not_heard=[Band(0.25, 0.5, "The feed was not heard.")])

    [band] = marks(root, "rect", "not-heard")
    assert (band.get("x"), band.get("width"), band.get("fill")) == ("25%", "25%", "url(#c-not-heard)")
    assert band.find("title").text == "The feed was not heard."
    assert "c-not-heard" in [one.get("id") for one in root.iter("pattern")]


def test_a_short_gap_is_still_seen():
    [band] = marks(draw((0, 0), not_heard=[Band(0.5, 0.5001, "Short.")]), "rect", "not-heard")

    assert band.get("width") == "0.4%"


def test_looks_differ_without_their_colours():
    looks = ["negative", "neutral", "positive", "unmeasured"]

    drawn = [str(pattern("c", look)).replace(look, "") for look in looks]

    assert len(set(drawn)) == len(looks)


def test_labels_are_thinned_and_halved_where_it_is_narrow():
    root = draw(*[(1, 1)] * 24)

    labels = [(one.text, "wide-only" in one.get("class")) for one in marks(root, "text", "tick-place")]
    assert labels == [
        ("Day 0", False),
        ("Day 3", True),
        ("Day 6", False),
        ("Day 9", True),
        ("Day 12", False),
        ("Day 15", True),
        ("Day 18", False),
        ("Day 21", True),
    ]


def test_nothing_at_all_is_still_a_chart():
    assert marks(draw(), "rect", "bar") == []
    assert marks(draw((0, 0)), "rect", "bar") == []


def test_lines_go_from_point_to_point_with_dashes_of_their_own():
    root = parse(lines("c", MOODS, columns((0, 4), (4, 4)), title="T", description="D"))

    first, second = marks(root, "g", "line")
    assert first.get("class") == "line negative dash-1"
    assert second.get("class") == "line positive dash-2"
    stroke = first.find("line")
    assert (stroke.get("x1"), stroke.get("y1"), stroke.get("x2"), stroke.get("y2")) == ("25%", "206", "75%", "10")


def test_bars_share_one_scale():
    rows = [Bar("Care", (3, 1), "4 waiting", "4", "Care: 4."), Bar("Press", (1, 0), "1 waiting", "1", "Press: 1.")]

    root = parse(bars("c", MOODS, rows, title="T", description="D"))

    found = [(one.get("x"), one.get("width")) for one in marks(root, "rect", "bar")]
    assert found == [("0%", "75%"), ("75%", "25%"), ("0%", "25%")]
    assert [one.text for one in marks(root, "text", "row-name")] == ["Care", "Press"]
    assert root.get("height") == "80"


def test_a_range_goes_over_the_median_to_nine_in_ten():
    root = parse(
        ranges("c", [Range("Care", 30, 60, "half in 30 s", "30 s")], [Tick(0, "0"), Tick(120, "2 min")],
               title="T", description="D")
    )  # fmt: skip

    [median], [rest] = marks(root, "rect", "range-median"), marks(root, "line", "range-rest")
    assert median.get("width") == "25%"
    assert (rest.get("x1"), rest.get("x2")) == ("25%", "50%")
    assert [one.text for one in marks(root, "text", "tick")] == ["0", "2 min"]


def test_drawings_carry_no_style_and_no_script():
    text = str(stacked_columns("c", MOODS, columns((1, 2)), title="T", description="D"))

    assert "style=" not in text
    assert "<script" not in text
