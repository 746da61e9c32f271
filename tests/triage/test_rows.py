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


def printed(conversation: Conversation, *, user=None, at=NOON, selected=None, unread=()) -> str:
    found = list(with_columns(Conversation.objects.filter(pk=conversation.pk), Order("last_inbound_at")))
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
        ({"priority": 1}, [("Urgent", "urgent")]),
        ({"priority": 2}, [("High", "warn")]),
        ({"priority": 4}, []),
        ({"due_at": NOON - timedelta(minutes=7)}, [("Late 7 min", "urgent")]),
        ({"due_at": NOON + timedelta(minutes=59)}, [("Due in 59 min", "warn")]),
        ({"assigned": True, "department__name": "R & D"}, [("R & D", "neutral")]),
        ({"waiting": True, "department__name": "Care"}, [("Care", "neutral"), ("Waiting", "info")]),
        ({"closed": True, "department": None}, [("Closed", "neutral")]),
        ({"sentiment": 0.5}, [("Positive", "ok")]),
        ({"sentiment": 0.49}, []),
        ({"sentiment": -0.5}, [("Negative", "warn")]),
        ({"sentiment": -0.49}, []),
        ({"sentiment": None}, []),
    ],
)
def test_a_row_has_chips_for_what_matters(columns, expected):
    assert chips(printed(ConversationFactory(**columns))) == expected


def test_a_row_says_whose_it_is():
    bo = UserFactory(name="Bo van den Berg")
    held = ConversationFactory(claimed=True, holder=bo)

    assert owner(printed(held)) == "Bo B."
    assert owner(printed(held, user=bo)) == "You"
    assert owner(printed(ConversationFactory(assigned=True, offered_to=bo))) == "For Bo B."
    assert owner(printed(ConversationFactory())) == "Unassigned"
    assert owner(printed(ConversationFactory(closed=True))) == ""


def test_a_row_is_printed_anew_when_anything_in_it_changes():
    department = DepartmentFactory(name="Care")
    conversation = ConversationFactory(assigned=True, department=department)
    before = printed(conversation)

    assert printed(conversation) == before
    assert printed(conversation, at=NOON + timedelta(minutes=1)) != before
    Conversation.objects.update(snippet="Changed")
    assert "Changed" in printed(conversation)
    conversation.department.name = "Help"
    assert chips(printed(conversation)) == [("Help", "neutral")]
    with translation.override("de"):
        assert chips(printed(conversation)) == [("Help", "neutral")]


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (None, None),
        (timedelta(days=-3), ("Late 3 d", "urgent")),
        (timedelta(seconds=-1), ("Late 1 min", "urgent")),
        (timedelta(0), ("Due in 1 min", "warn")),
        (timedelta(minutes=59, seconds=59), ("Due in 59 min", "warn")),
        (timedelta(hours=1), None),
    ],
)
def test_a_deadline_is_told_when_it_is_near_or_past(due, expected):
    assert deadline_chip(None if due is None else NOON + due, NOON) == expected


@pytest.mark.parametrize(
    ("name", "short"), [("Jonas Brandt", "Jonas B."), ("Cher", "Cher"), ("", ""), ("A B C", "A C.")]
)
def test_a_name_is_shortened(name, short):
    assert short_name(name) == short
