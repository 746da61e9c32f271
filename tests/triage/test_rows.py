from datetime import timedelta
from html import unescape
from re import findall

import pytest
from django.utils import translation

from socialhub.lib.keyset import Order
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, DepartmentFactory, UserFactory
from tests.factories.triage import ConversationFactory
from triage.lists.rows import Names, deadline_chip, print_rows, short_name, with_columns
from triage.models import Conversation

pytestmark = pytest.mark.django_db

DUE = ("Due in 4 h", "neutral")
NEW = ("Needs a decision", "neutral")


def printed(
    conversation: Conversation, *, user=None, at=NOON, selected=None, unread=(), title="", moment="last_inbound_at"
) -> str:
    order = Order(moment)
    found = list(with_columns(Conversation.objects.filter(pk=conversation.pk), order))
    names = Names(
        {department.pk: (department.slug, department.name) for department in [conversation.department] if department},
        {conversation.channel_id: conversation.channel.name},
    )
    (row,) = print_rows(
        found,
        user=user or UserFactory(),
        names=names,
        base_url="/inbox/x/",
        selected=selected,
        unread=set(unread),
        at=at,
        order=order,
        title=title,
    )
    return row


def chips(row: str) -> list[tuple[str, str]]:
    return [(unescape(text), tone) for tone, text in findall(r'<span class="chip tone-(\w+)">(.*?)</span>', row)]


def owner(row: str) -> str:
    return findall(r'<span class="row-owner">(.*?)</span>', row)[0]


def test_a_row_prints_its_conversation():
    conversation = ConversationFactory(
        profile__channel=ChannelFactory(name="News"), author_name="Anna <b>", snippet="A & B", mention_count=3
    )

    row = printed(conversation, at=NOON + timedelta(minutes=5))

    assert f'href="/inbox/x/{conversation.pk}/"' in row
    assert f'data-conversation="{conversation.pk}"' in row
    assert '<span class="row-name">Anna &lt;b&gt;</span>' in row
    assert '<span class="row-channel">News · 3</span>' in row
    assert ">A &amp; B</span>" in row
    assert f'datetime="{NOON.isoformat()}"' in row
    assert ">5 min</time>" in row
    assert 'lang="en"' in row


def test_a_row_marks_what_is_open_and_what_was_not_read():
    conversation = ConversationFactory()

    plain = printed(conversation)
    marked = printed(conversation, selected=conversation.pk, unread=[conversation.pk])

    assert ("aria-current" in plain, "is-unread" in plain) == (False, False)
    assert ("aria-current" in marked, "is-unread" in marked) == (True, True)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"priority": 1}, [("Urgent", "urgent"), DUE, NEW]),
        ({"priority": 2}, [("High", "warn"), DUE, NEW]),
        ({"priority": 4}, [DUE, NEW]),
        ({"due_at": NOON - timedelta(minutes=7)}, [("Late 7 min", "urgent"), NEW]),
        ({"due_at": NOON + timedelta(minutes=59)}, [("Due in 59 min", "warn"), NEW]),
        ({"assigned": True, "department__name": "R & D"}, [DUE, ("R & D", "neutral")]),
        ({"waiting": True, "department__name": "Care"}, [("Care", "neutral"), ("Waiting", "info")]),
        ({"closed": True, "department": None}, [("Closed", "neutral")]),
        ({"sentiment": 0.5}, [DUE, NEW, ("Positive", "ok")]),
        ({"sentiment": 0.49}, [DUE, NEW]),
        ({"sentiment": -0.5}, [DUE, NEW, ("Negative", "warn")]),
        ({"sentiment": -0.49}, [DUE, NEW]),
        ({"sentiment": None}, [DUE, NEW]),
    ],
)
def test_a_row_has_chips_for_what_matters(columns, expected):
    assert chips(printed(ConversationFactory(**columns))) == expected


def test_a_row_says_whose_it_is():
    bo = UserFactory(name="Bo van den Berg")
    held = ConversationFactory(claimed=True, holder=bo)

    assert owner(printed(held)) == "Bo B."
    assert owner(printed(held, user=bo)) == "You"
    assert owner(printed(held, user=bo, title="Mine")) == ""
    assert owner(printed(ConversationFactory(assigned=True, offered_to=bo))) == "For Bo B."
    assert owner(printed(ConversationFactory(assigned=True))) == "Unassigned"
    assert owner(printed(ConversationFactory())) == ""
    assert owner(printed(ConversationFactory(closed=True))) == ""


@pytest.mark.parametrize(
    ("columns", "title", "expected"),
    [
        ({}, "Needs a decision", [DUE]),
        ({"priority": 1}, "Urgent", [DUE, NEW]),
        ({"assigned": True, "department__name": "Care"}, "Care", [DUE]),
        ({"waiting": True, "department__name": "Care"}, "Waiting", [("Care", "neutral")]),
        ({"closed": True, "department": None, "outcome": "thanked"}, "Closed", [("Thanked", "neutral")]),
    ],
)
def test_a_row_does_not_repeat_what_its_list_is_called(columns, title, expected):
    assert chips(printed(ConversationFactory(**columns), title=title)) == expected


def test_a_row_says_when_it_was_closed_where_that_is_the_order():
    closed = ConversationFactory(closed=True, closed_at=NOON - timedelta(hours=3))

    assert ">3 h</time>" in printed(closed, moment="closed_at")
    assert ">now</time>" in printed(closed)


def test_a_row_is_printed_anew_when_anything_in_it_changes():
    department = DepartmentFactory(name="Care")
    conversation = ConversationFactory(assigned=True, department=department)
    before = printed(conversation)

    assert printed(conversation) == before
    assert printed(conversation, at=NOON + timedelta(minutes=1)) != before
    Conversation.objects.update(snippet="Changed")
    assert "Changed" in printed(conversation)
    conversation.department.name = "Help"
    assert chips(printed(conversation)) == [DUE, ("Help", "neutral")]
    with translation.override("de"):
        assert chips(printed(conversation))[1:] == [("Help", "neutral")]


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (None, None),
        (timedelta(days=-3), ("Late 3 d", "urgent")),
        (timedelta(seconds=-1), ("Late 1 min", "urgent")),
        (timedelta(0), ("Due in 1 min", "warn")),
        (timedelta(minutes=59, seconds=59), ("Due in 59 min", "warn")),
        (timedelta(hours=1), ("Due in 1 h", "neutral")),
    ],
)
def test_a_deadline_is_told_in_the_tone_of_how_near_it_is(due, expected):
    assert deadline_chip(None if due is None else NOON + due, NOON) == expected


@pytest.mark.parametrize(
    ("name", "short"), [("Jonas Brandt", "Jonas B."), ("Cher", "Cher"), ("", ""), ("A B C", "A C.")]
)
def test_a_name_is_shortened(name, short):
    assert short_name(name) == short
