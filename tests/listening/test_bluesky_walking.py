from datetime import datetime, timedelta

import pytest

from listening.connectors.bluesky.walking import Walk, walk_from
from tests.listening.bluesky_service import NOON

UNTIL = NOON - timedelta(hours=1)


def before(minutes: float) -> datetime:
    return NOON - timedelta(minutes=minutes)


def named(minutes: float) -> str:
    return before(minutes).isoformat().replace("+00:00", "Z")


def test_walk_goes_on_to_what_is_known_and_ten_minutes_further():
    walk = Walk(UNTIL).after([before(1), before(40)], "b").after([before(41), before(69)], "c")

    assert (walk.page, walk.newest, walk.until) == ("c", before(1), UNTIL)
    assert walk.after([before(70), before(71)], "d") == Walk(before(1))


def test_walk_believes_the_name_of_a_page_more_than_its_posts():
    walk = Walk(UNTIL).after([before(1), before(900)], named(2))

    assert walk.page == "2026-11-22T11:58:00.001Z"
    assert Walk(UNTIL).after([before(1), before(2)], named(71)).has_arrived is True


@pytest.mark.parametrize("next_page", ["", "a"])
def test_walk_ends_where_there_is_no_other_page(next_page):
    walk = Walk(UNTIL, page="a", newest=before(5))

    assert walk.after([before(20)], next_page) == Walk(before(5))


def test_walk_through_one_moment_comes_to_an_end():
    walk = Walk(UNTIL)
    pages = []
    for _n in range(9):
        # The posts were edited and tell other times, but the service puts all of them at one.
        walk = walk.after([before(1), before(3)], named(2))
        pages.append(walk.page)

    assert pages[:3] == ["2026-11-22T11:58:00.001Z", "2026-11-22T11:58:00Z", ""]


def test_walk_keeps_what_was_known_when_nothing_is_told():
    assert Walk(UNTIL).after([], "") == Walk(UNTIL)
    assert Walk(UNTIL, page="a", newest=before(90)).after([], "") == Walk(UNTIL)


@pytest.mark.parametrize("walk", [Walk(UNTIL), Walk(UNTIL, "a", before(1), 2), Walk(UNTIL, "a")])
def test_walk_is_the_same_after_it_was_stored(walk):
    assert walk_from(walk.stored(), first=NOON) == walk


@pytest.mark.parametrize("kept", [None, 7, {}, {"until": "soon", "page": 7, "newest": [], "empty_count": "many"}])
def test_walk_that_was_stored_otherwise_begins_anew(kept):
    assert walk_from(kept, first=UNTIL) == Walk(UNTIL)
