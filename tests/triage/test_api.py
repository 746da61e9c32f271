from urllib.parse import quote

import pytest

from teams.roles import Role
from tests.factories.listening import ChannelFactory, ProfileFactory
from tests.factories.pen import HandOverFactory
from tests.factories.policies import PolicyVersionFactory
from tests.factories.teams import (
    AppointmentFactory,
    DepartmentFactory,
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
)
from tests.factories.triage import ConcernFactory, ConversationFactory, DecisionFactory, EventFactory, ReplyFactory
from tests.support.api import Program
from triage.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _organisation():
    OrganisationFactory()


@pytest.fixture
def care():
    return DepartmentFactory(slug="care", name="Customer care")


@pytest.fixture
def responder(care):
    return MembershipFactory(department=care, role=Role.RESPONDER).user


@pytest.fixture
def manager():
    return AppointmentFactory(role=Role.MANAGER).user


def listed(program, query=""):
    answer = program.get(f"conversations/{query}")
    assert answer.status_code == 200, answer.content
    return [conversation["id"] for conversation in answer.json()["results"]]


def test_conversations_of_other_departments_are_hidden(responder, care):
    ours = ConversationFactory(assigned=True, department=care)
    concerning = ConcernFactory(conversation=ConversationFactory(), department=care).conversation
    theirs = ConversationFactory(assigned=True)
    program = Program(responder)

    assert listed(program) == [concerning.pk, ours.pk]
    assert program.get(f"conversations/{theirs.pk}/").status_code == 404
    assert program.get("mentions/").json()["results"] == [
        mention for mention in program.get("mentions/").json()["results"] if mention["conversation"] != theirs.pk
    ]
    assert len(program.get("mentions/").json()["results"]) == 2


def test_conversations_are_narrowed_by_each_filter(manager, care):
    channel = ChannelFactory()
    holder = MembershipFactory(department=care).user
    new = ConversationFactory(profile=ProfileFactory(channel=channel), priority=1)
    assigned = ConversationFactory(assigned=True, department=care)
    claimed = ConversationFactory(claimed=True, department=care, holder=holder)
    program = Program(manager)

    assert listed(program, "?stage=new") == [new.pk]
    assert listed(program, "?stage=new&stage=claimed") == [claimed.pk, new.pk]
    assert listed(program, "?department=care") == [claimed.pk, assigned.pk]
    assert listed(program, f"?channel={channel.pk}") == [new.pk]
    assert listed(program, "?priority=1") == [new.pk]
    assert listed(program, "?disposition=customer_service") == [claimed.pk, assigned.pk]
    assert listed(program, f"?holder={holder.pk}") == [claimed.pk]
    assert listed(program, "?holder=me") == []
    assert listed(Program(holder), "?holder=me") == [claimed.pk]


def test_search_finds_what_was_said_and_only_what_the_reader_may_see(responder, manager, care):
    ours = ConversationFactory(assigned=True, department=care, snippet="The charging cable melted.")
    theirs = ConversationFactory(assigned=True, snippet="Another charging cable.")
    ConversationFactory(assigned=True, department=care, snippet="The bill is wrong.")

    assert listed(Program(responder), "?q=charging") == [ours.pk]
    assert listed(Program(manager), "?q=" + quote('"charging cable" -melted')) == [theirs.pk]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("stage=nearly", "stage"),
        ("department=nowhere", "department"),
        ("channel=x", "channel"),
        ("channel=" + "9" * 30, "channel"),
        ("priority=9", "priority"),
        ("disposition=perhaps", "disposition"),
        ("holder=somebody", "holder"),
        ("holder=" + "9" * 30, "holder"),
        ("q=%00", "q"),
        ("q=" + "x" * 1001, "q"),
        ("page_size=many", "page_size"),
        ("page_size=0", "page_size"),
        ("cursor=tampered", "cursor"),
    ],
)
def test_a_filter_that_cannot_be_used_is_named(manager, query, field):
    answer = Program(manager).get(f"conversations/?{query}")

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert list(answer.json()["fields"]) == [field]


def test_pages_lose_and_repeat_nothing_while_rows_arrive(manager):
    old = [conversation.pk for conversation in ConversationFactory.create_batch(5)]
    program = Program(manager)

    first = program.get("conversations/?page_size=2").json()
    ConversationFactory()
    second = program.get(first["next"]).json()
    third = program.get(second["next"]).json()

    found = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert found == old[::-1]
    assert third["next"] is None
    assert [row["id"] for row in program.get(third["previous"]).json()["results"]] == old[1:3][::-1]


def test_a_cursor_of_another_list_is_refused(manager):
    ConversationFactory.create_batch(2)
    program = Program(manager)
    cursor = program.get("conversations/?page_size=1").json()["next"].partition("cursor=")[2]

    answer = program.get(f"mentions/?cursor={cursor}")

    assert answer.status_code == 400
    assert answer.json()["fields"] == {"cursor": ["This list gave no such cursor. Begin again without one."]}


@pytest.mark.parametrize("conversation_count", [1, 3])
def test_the_list_costs_the_same_however_many_conversations(
    manager, care, conversation_count, django_assert_num_queries
):
    ConversationFactory.create_batch(conversation_count, claimed=True, department=care)
    program = Program(manager)
    program.get("me/")

    with django_assert_num_queries(4):  # key, note of its use, rights, conversations
        answer = program.get("conversations/")

    assert len(answer.json()["results"]) == conversation_count


def test_one_conversation_comes_with_everything_about_it(manager, care):
    version = PolicyVersionFactory.published(number=7)
    conversation = ConversationFactory(claimed=True, department=care, snippet="My bike is gone.")
    decision = DecisionFactory(conversation=conversation, department=care, policy_version=version)
    reply = ReplyFactory(conversation=conversation, policy_version=version)
    EventFactory(conversation=conversation, kind=Event.Kind.CLAIMED, actor=conversation.holder)
    taker = UserFactory(name="Ida Iversen")
    asked = HandOverFactory(conversation=conversation, taker=taker, note="You know her.")
    EventFactory(
        conversation=conversation,
        kind=Event.Kind.HAND_OVER_ASKED,
        actor=conversation.holder,
        data={"hand_over": asked.pk, "to": taker.pk},
    )

    answer = Program(manager).get(f"conversations/{conversation.pk}/").json()

    assert answer["stage"] == "claimed"
    assert answer["fence"] == 2
    assert answer["department"] == {"id": care.pk, "slug": "care", "name": "Customer care"}
    assert answer["holder"] == {"id": conversation.holder_id, "name": conversation.holder.name}
    assert answer["suggestion"] is None
    assert [mention["text"] for mention in answer["mentions"]] == ["My bike is gone."]
    assert [(one["id"], one["policy_version"]["number"]) for one in answer["decisions"]] == [(decision.pk, 7)]
    assert [(one["id"], one["state"], one["key"]) for one in answer["replies"]] == [
        (reply.pk, "queued", str(reply.key))
    ]
    assert [(one["kind"], one["sentence"]) for one in answer["history"]] == [
        ("claimed", f"{conversation.holder.name} claimed the conversation."),
        (
            "hand_over_asked",
            f"{conversation.holder.name} asked Ida Iversen to take the conversation over. Note: You know her.",
        ),
    ]


@pytest.mark.parametrize("pk", ["0", "9" * 30, "x"])
def test_a_conversation_that_is_none_is_not_found(manager, pk):
    answer = Program(manager).get(f"conversations/{pk}/")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
