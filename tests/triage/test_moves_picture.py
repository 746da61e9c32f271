from xml.etree import ElementTree

from triage.showing.moves_picture import Flow, flow_picture, week_picture

SVG = "{http://www.w3.org/2000/svg}"
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def drawn(picture):
    return ElementTree.fromstring(picture)  # our own drawing


def by_class(root, name):
    return [one for one in root.iter() if name in one.get("class", "").split()]


def test_ribbons_are_as_thick_as_many_go():
    flows = [Flow(0, 0, 30, "stays"), Flow(0, 1, 10, "moves"), Flow(1, 1, 40, "stays too")]

    root = drawn(flow_picture("m", ["Care", "Press"], flows, title="Department", description="10 of 80."))

    assert [one.find("title").text for one in by_class(root, "flow")] == ["stays", "moves", "stays too"]
    (moved,) = by_class(root, "flow-moved")
    assert moved.get("d") == "M0 60C50 60 50 72 100 72L100 92C50 92 50 80 0 80Z"
    # Before and after, each place that has anything.
    assert [one.get("height") for one in by_class(root, "flow-end")] == ["80", "80", "60", "100"]
    assert [one.text for one in by_class(root, "tick")] == ["40", "40", "30", "50"]


def test_a_place_that_nobody_leaves_or_comes_to_is_left_out():
    root = drawn(flow_picture("m", ["Care", "Press"], [Flow(0, 1, 5, "moves")], title="T", description="D"))

    names = [one.text for one in by_class(root, "flow-name") if "tick" not in one.get("class")]
    assert names == ["Care", "Press"]


def test_names_cannot_become_marks():
    picture = flow_picture("m", ["<b>&"], [Flow(0, 0, 1, '"><script>')], title="<i>", description="&")

    assert "<script>" not in picture
    assert [one.text for one in by_class(drawn(picture), "flow-name")] == ["<b>&", "1"] * 2


def test_nothing_is_drawn_of_nothing():
    assert by_class(drawn(flow_picture("m", ["Care"], [], title="T", description="D")), "flow") == []


def test_the_hour_with_the_most_is_the_darkest():
    root = drawn(week_picture("w", {0: 1, 25: 10}, {25: "10 on Tuesday"}, DAYS, most=10, title="T", description="D"))

    cells = by_class(root, "week-hour")
    shades = {place: one.get("class").split("-")[-1] for place, one in enumerate(cells)}
    assert len(cells) == 168
    assert (shades[0], shades[25], shades[1]) == ("1", "5", "0")
    assert cells[25].find("title").text == "10 on Tuesday"
