from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from teams.models import User
from teams.roles import Role
from tests.factories.listening import ProfileFactory
from tests.factories.pen import NoteFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConversationFactory, DraftFactory, ReplyFactory
from triage.finding.fields import FIELDS, conditions
from triage.finding.language import read
from triage.finding.vocabulary import VOCABULARY
from triage.models import Conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return AppointmentFactory(role=Role.TRIAGE_OWNER).user


def found(text: str, reader: User, at: datetime = NOON) -> set[Conversation]:
    return set(Conversation.objects.visible_to(reader).filter(conditions(read(text), reader=reader, at=at)))


def test_every_field_of_the_language_has_a_condition():
    assert list(FIELDS) == list(VOCABULARY)


@pytest.mark.parametrize("name", VOCABULARY)
def test_every_word_of_every_field_can_be_asked_and_excluded(owner, name):
    field = VOCABULARY[name]
    conversation = ConversationFactory()

    for text in [field.example, *(f"{name}:{word}" for word in [*field.options, *field.named])]:
        assert found(text, owner) | found(f"-{text}", owner) == {conversation}
        assert not found(text, owner) & found(f"-{text}", owner)


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ('from:"anna berg"', True),
        ("from:anna_b", True),
        ("from:@Anna_b", True),
        ("from:anna", True),
        ("from:bo", False),
        ("lang:en", True),
        ("lang:de,none", False),
        ("stage:claimed", True),
        ("stage:open", True),
        ("stage:new,closed", False),
        ("dept:care", True),
        ('dept:"Customer care"', True),
        ("dept:mine", False),
        ("dept:none", False),
        ("holder:me", False),
        ('holder:"Ida Holm"', True),
        ("holder:ida@x.example", True),
        ("priority:urgent", True),
        ("priority:>=2", False),
        ("disposition:customer-service", True),
        ("visibility:private", False),
        ("tag:Refund", True),
        ("tag:refunds", False),
        ("list:press", True),
        ("is:press", True),
        ("is:customer", False),
        ("is:spike", True),
        ("is:private", False),
        ("is:office-hours", False),
        ("is:late", True),
        ("is:breaching", True),
        ("is:mine", False),
        ("is:unclaimed", False),
        ("has:note", True),
        ("has:copy", True),
        ("has:draft", False),
        ("has:failure", True),
        ("has:earlier", True),
        ("reach:>1k", True),
        ("reach:1500", True),
        ("reach:<1k", False),
        ("earlier:3", True),
        ("earlier:0", False),
        ("absent:>30", False),
        ("messages:2..4", True),
        ("copies:>1", False),
        ("sentiment:negative", True),
        ("sentiment:>0", False),
        ("before:2026-03-04", False),
        ("on:today", True),
        ("after:yesterday", True),
        ("after:1h", True),
        ("due:<1h", True),
        ("opened:2026-03-04", True),
        ("closed:today", False),
        ("-closed:today", True),
    ],
)
def test_a_field_finds_what_it_says(owner, text, finds):
    conversation = ConversationFactory(
        claimed=True,
        profile=ProfileFactory(name="Anna Berg", handle="anna_b"),
        department=DepartmentFactory(slug="care", name="Customer care"),
        holder=UserFactory(name="Ida Holm", email="ida@x.example"),
        priority=1,
        tags=["refund"],
        facts={
            "author": ["press", "the press we like"],
            "reach": 1500,
            "earlier": 3,
            "days_since": 2.5,
            "is_spike": True,
            "is_office_hours": False,
        },
        mention_count=3,
        copy_count=1,
        sentiment=-0.75,
        opened_at=NOON,
        last_inbound_at=NOON,
        due_at=NOON - timedelta(minutes=5),
    )
    NoteFactory(conversation=conversation)
    ReplyFactory(conversation=conversation, failed=True)
    DraftFactory(conversation=conversation)

    assert found(text, owner) == ({conversation} if finds else set())
    excluded = text.removeprefix("-") if text.startswith("-") else f"-{text}"
    assert found(excluded, owner) == (set() if finds else {conversation})


def test_mine_and_me_are_the_readers(owner):
    care = DepartmentFactory()
    member = MembershipFactory(department=care, role=Role.RESPONDER).user
    held = ConversationFactory(claimed=True, department=care, holder=member)
    waits = ConversationFactory(assigned=True, department=care)
    assert found("dept:mine", member) == {held, waits}
    assert found("holder:me", member) == found("is:mine", member) == {held}
    assert found("holder:none", member) == found("is:unclaimed", member) == {waits}
    assert found("dept:mine", owner) == set()


def test_days_begin_where_the_reader_lives(owner):
    owner.time_zone = "Pacific/Auckland"
    midnight = datetime(2026, 3, 5, tzinfo=ZoneInfo("Pacific/Auckland"))
    before = ConversationFactory(last_inbound_at=midnight - timedelta(seconds=1))
    after = ConversationFactory(last_inbound_at=midnight)

    assert found("on:2026-03-04", owner) == {before}
    assert found("on:2026-03-05", owner) == {after}
    assert found("before:2026-03-05", owner) == {before}
    assert found("after:2026-03-04", owner) == {after}


def test_what_nobody_knows_is_neither_more_nor_less_and_not_excluded(owner):
    conversation = ConversationFactory(facts={}, sentiment=None)

    assert found("reach:>0", owner) == found("reach:0", owner) == found("sentiment:neutral", owner) == set()
    assert found("-reach:>0", owner) == found("-sentiment:neutral", owner) == {conversation}
