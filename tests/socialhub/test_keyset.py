import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listening.models import Coverage
from socialhub.lib.errors import Invalid
from socialhub.lib.keyset import MAX_ID, Order, read_cursor, read_page, write_cursor
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON

OLDEST_FIRST, NEWEST_FIRST = Order("heard_from"), Order("heard_from", descending=True)


def made(*minutes: int) -> list[int]:
    """Make one row for each, so many minutes after noon; return their ids."""
    channel = ChannelFactory()
    return [
        Coverage.objects.create(
            channel=channel, heard_from=NOON + timedelta(minutes=minute), heard_until=NOON + timedelta(days=1)
        ).pk
        for minute in minutes
    ]


def walk(order: Order, size: int, *, as_tuples: bool = False) -> tuple[list[list[int]], list[list[int]]]:
    """Read every page forwards, then every page backwards from the last; return the ids of each."""
    rows = Coverage.objects.all()
    source = rows.values_list("heard_from", "pk") if as_tuples else rows

    def ids(page):
        return [row[1] if as_tuples else row.pk for row in page.rows]

    page = read_page(source, order, size=size)
    assert page.before == ""
    forwards = [ids(page)]
    while page.after:
        page = read_page(source, order, size=size, after=page.after)
        forwards.append(ids(page))
    backwards = [ids(page)]
    while page.before:
        page = read_page(source, order, size=size, before=page.before)
        backwards.insert(0, ids(page))
    return forwards, backwards


@pytest.mark.django_db
@pytest.mark.parametrize("as_tuples", [False, True])
@pytest.mark.parametrize("order", [OLDEST_FIRST, NEWEST_FIRST])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 8])
def test_pages_show_every_row_once_in_order_in_both_directions(order, size, as_tuples):
    # Three ties, whose ids run with and against the order.
    ids = made(5, 1, 1, 3, 1, 0, 9)
    expected = [ids[place] for place in (5, 1, 2, 4, 3, 0, 6)]
    if order.descending:
        expected.reverse()

    forwards, backwards = walk(order, size, as_tuples=as_tuples)

    assert [pk for page in forwards for pk in page] == expected
    assert [pk for page in backwards for pk in page] == expected
    assert all(len(page) == size for page in forwards[:-1])


@pytest.mark.django_db
def test_an_empty_list_is_one_empty_page():
    page = read_page(Coverage.objects.all(), OLDEST_FIRST, size=3)

    assert (list(page.rows), page.after, page.before) == ([], "", "")


@pytest.mark.django_db
def test_a_page_that_holds_everything_leads_nowhere():
    made(1, 2, 3)

    page = read_page(Coverage.objects.all(), OLDEST_FIRST, size=3)

    assert (len(page.rows), page.after, page.before) == (3, "", "")


@pytest.mark.django_db
def test_a_new_row_neither_repeats_nor_hides_another():
    first, second, third = made(1, 2, 3)
    page = read_page(Coverage.objects.all(), NEWEST_FIRST, size=1)
    made(4)

    following = read_page(Coverage.objects.all(), NEWEST_FIRST, size=2, after=page.after)

    assert [row.pk for row in page.rows] == [third]
    assert [row.pk for row in following.rows] == [second, first]


@pytest.mark.django_db
def test_a_page_behind_rows_that_are_gone_is_empty():
    made(1)

    page = read_page(Coverage.objects.all(), OLDEST_FIRST, size=3, after=write_cursor(NOON + timedelta(days=1), 1))

    assert (list(page.rows), page.after, page.before) == ([], "", "")


@given(st.datetimes(timezones=st.timezones()), st.integers(1, MAX_ID))
def test_a_cursor_is_read_as_it_was_written(moment, pk):
    try:
        expected = moment.astimezone(UTC)
    except OverflowError:
        return
    assert read_cursor(write_cursor(moment, pk)) == (expected, pk)


def packed(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


TAMPERED = [
    "x",
    "!!!",
    "ÿ",
    "\ud800",
    "A" * 201,
    packed(None),
    packed(1),
    packed([]),
    packed({"a": 1, "b": 2}),
    packed(["2026-03-04T12:00:00+00:00"]),
    packed(["2026-03-04T12:00:00+00:00", 1, 2]),
    packed(["2026-03-04T12:00:00", 1]),
    packed(["yesterday", 1]),
    packed([5, 1]),
    packed(["2026-03-04T12:00:00+00:00", 0]),
    packed(["2026-03-04T12:00:00+00:00", -1]),
    packed(["2026-03-04T12:00:00+00:00", True]),
    packed(["2026-03-04T12:00:00+00:00", "1"]),
    packed(["2026-03-04T12:00:00+00:00", 1.5]),
    packed(["2026-03-04T12:00:00+00:00", MAX_ID + 1]),
    packed(["0001-01-01T00:00:00+14:00", 1]),
    packed(["9999-12-31T23:59:59-14:00", 1]),
    base64.urlsafe_b64encode(b"[" * 150).decode(),
    base64.urlsafe_b64encode(b"\xff\xfe\x00").decode(),
]


@pytest.mark.parametrize("text", TAMPERED)
def test_a_cursor_that_nobody_here_wrote_is_refused(text):
    with pytest.raises(Invalid) as refused:
        read_cursor(text)

    assert refused.value.field == "cursor"
    assert str(refused.value) == "This page does not exist. Go back to the beginning of the list."


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_a_cursor(text):
    try:
        moment, pk = read_cursor(text)
    except Invalid:
        return
    assert isinstance(moment, datetime)
    assert 0 < pk <= MAX_ID


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00+00:00",
        "9999-12-31T23:59:59.999999+00:00",
        "2026-03-04T12:00:00+00:00:30.5",
        "2026-03-04T12:00:00-23:59:59",
    ],
)
@pytest.mark.parametrize("pk", [1, MAX_ID])
def test_every_cursor_that_is_read_can_be_asked_of_the_database(moment, pk):
    cursor = packed([moment, pk])

    for order in (OLDEST_FIRST, NEWEST_FIRST):
        assert list(read_page(Coverage.objects.all(), order, size=2, after=cursor).rows) == []
        assert list(read_page(Coverage.objects.all(), order, size=2, before=cursor).rows) == []


@pytest.mark.django_db
@pytest.mark.parametrize("as_tuples", [False, True])
@pytest.mark.parametrize("order", [OLDEST_FIRST, NEWEST_FIRST])
def test_rows_of_two_questions_stand_in_one_order_each_once(order, as_tuples):
    ids = made(0, 1, 1, 2, 3, 4, 5)
    rows, also = Coverage.objects.filter(pk__in=ids[::2]), Coverage.objects.filter(pk__in=ids[1:4])
    if as_tuples:
        rows, also = rows.values_list("heard_from", "pk"), also.values_list("heard_from", "pk")
    wanted = sorted({*ids[::2], *ids[1:4]}, reverse=order.descending)

    page = read_page(rows, order, size=2, also=[also])
    found = [list(page.rows)]
    while page.after:
        page = read_page(rows, order, size=2, also=[also], after=page.after)
        found.append(list(page.rows))
    back = read_page(rows, order, size=2, also=[also], before=page.before)

    assert [row[1] if as_tuples else row.pk for rows in found for row in rows] == wanted
    assert list(back.rows) == found[-2]


def test_an_order_names_its_columns():
    assert OLDEST_FIRST.columns == ("heard_from", "pk")
    assert NEWEST_FIRST.columns == ("-heard_from", "-pk")
    assert (OLDEST_FIRST.reversed, NEWEST_FIRST.reversed) == (NEWEST_FIRST, OLDEST_FIRST)
