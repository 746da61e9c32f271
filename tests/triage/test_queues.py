from datetime import timedelta

import pytest
from django.http import Http404

from socialhub.lib.keyset import read_page
from teams.models import User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConcernFactory, ConversationFactory, ReplyFactory
from triage.lists import queues
from triage.lists.queues import conversations_in, find_queue, queue_of
from triage.models import Conversation
from triage.services.counting import read_numbers

pytestmark = pytest.mark.django_db

SOON, LATER = NOON + timedelta(minutes=59), NOON + timedelta(hours=1)


@pytest.fixture
def owner() -> User:
    return AppointmentFactory(role=Role.TRIAGE_OWNER).user


def listed(queue: queues.Queue, user: User) -> list[Conversation]:
    found = conversations_in(queue, user, at=NOON)
    return list(found.order_by(*queue.order.columns))


def test_each_list_keeps_what_its_name_says(owner):
    care = DepartmentFactory()
    channel = ChannelFactory()
    new = ConversationFactory(due_at=SOON, profile__channel=channel)
    urgent = ConversationFactory(due_at=LATER, priority=1)
    assigned = ConversationFactory(assigned=True, department=care, due_at=LATER, priority=1)
    offered = ConversationFactory(assigned=True, department=care, due_at=LATER, offered_to=owner)
    claimed = ConversationFactory(claimed=True, department=care, due_at=NOON, holder=owner)
    waiting = ConversationFactory(waiting=True, department=care, holder=owner)
    closed = ConversationFactory(closed=True, department=care, priority=1)

    assert listed(queues.NEEDS_DECISION, owner) == [new, urgent]
    assert listed(queues.URGENT, owner) == [urgent, assigned]
    assert listed(queues.BREACHING, owner) == [claimed, new]
    assert listed(queues.MINE, owner) == [claimed, offered]
    assert listed(queues.WAITING, owner) == [waiting]
    assert listed(queues.CLOSED, owner) == [closed]
    assert listed(queues.EVERYTHING, owner) == [closed, waiting, claimed, offered, assigned, urgent, new]
    assert listed(queues.department_queue("care", "Care", care.pk), owner) == [claimed, assigned, offered]
    assert listed(queues.channel_queue(channel.pk, "News"), owner) == [new]


def test_what_did_not_go_out_is_on_top_of_what_its_holder_has(owner):
    mine = {"holder": owner, "department": DepartmentFactory()}
    late = ConversationFactory(claimed=True, due_at=NOON, **mine)
    failed = ConversationFactory(claimed=True, due_at=LATER, **mine)
    version = ReplyFactory(conversation=failed, failed=True).policy_version
    uncertain = ConversationFactory(waiting=True, **mine)
    ReplyFactory(conversation=uncertain, uncertain=True, policy_version=version)
    ConversationFactory(waiting=True, **mine)
    elsewhere = ConversationFactory(waiting=True, department=mine["department"])
    ReplyFactory(conversation=elsewhere, failed=True, policy_version=version)

    assert listed(queues.MINE, owner) == [failed, uncertain, late]
    assert read_numbers(user_id=owner.pk, sees_all=False, at=NOON).mine == 3


def test_the_list_of_what_one_holds_is_read_in_pages(owner):
    mine = [ConversationFactory(claimed=True, due_at=NOON, holder=owner) for _ in range(5)]
    ReplyFactory(conversation=mine[4], failed=True)
    found = conversations_in(queues.MINE, owner, at=NOON).values_list("work_at", "pk")

    first = read_page(found, queues.MINE.order, size=2)
    second = read_page(found, queues.MINE.order, size=2, after=first.after)
    back = read_page(found, queues.MINE.order, size=2, before=second.before)

    assert [pk for _moment, pk in first.rows] == [mine[4].pk, mine[0].pk]
    assert [pk for _moment, pk in second.rows] == [mine[1].pk, mine[2].pk]
    assert back.rows == first.rows


def test_what_could_not_be_sent_is_listed_until_it_is_closed(owner):
    agent = MembershipFactory().user
    department = agent.memberships.get().department
    failed = ReplyFactory(
        conversation=ConversationFactory(claimed=True, department=department, holder=agent), failed=True
    )
    version = failed.policy_version

    def another(**state: object) -> Conversation:
        held = ConversationFactory(claimed=True, department=department)
        return ReplyFactory(conversation=held, policy_version=version, **state).conversation

    uncertain = another(uncertain=True)
    another()
    ReplyFactory(
        conversation=ConversationFactory(closed=True, department=department),
        author=UserFactory(),
        policy_version=version,
        failed=True,
    )

    assert listed(queues.TROUBLED, owner) == [uncertain, failed.conversation]
    assert listed(queues.TROUBLED, agent) == [failed.conversation]


def test_a_member_sees_what_concerns_their_department_and_nothing_else(owner):
    member = MembershipFactory(role=Role.LISTENER).user
    department = member.memberships.get().department
    ours = ConversationFactory(assigned=True, department=department)
    heard = ConcernFactory(department=department).conversation
    handed_on = ConcernFactory(conversation=ConversationFactory(assigned=True), department=department).conversation
    hidden = ConversationFactory(assigned=True)

    assert listed(queues.EVERYTHING, member) == [handed_on, heard, ours]
    assert hidden in listed(queues.EVERYTHING, owner)
    assert listed(queues.department_queue("x", "X", hidden.department_id), member) == []


@pytest.mark.parametrize("make", [UserFactory, lambda: AppointmentFactory(role=Role.POLICY_EDITOR).user])
def test_who_may_see_no_conversation_has_empty_lists(make):
    ConcernFactory()

    assert listed(queues.EVERYTHING, make()) == []


def test_acting_needs_more_than_seeing():
    member = MembershipFactory().user
    department = member.memberships.get().department
    ours = ConversationFactory(assigned=True, department=department)
    ConcernFactory(conversation=ConversationFactory(assigned=True), department=department)

    assert list(Conversation.objects.visible_to(member, action="conversation.claim")) == [ours]
    assert list(Conversation.objects.visible_to(member, action="conversation.decide")) == []


def test_lists_are_found_by_their_address():
    departments, channels = {3: ("care", "Customer care")}, {12: "News"}

    assert find_queue("mine", departments, channels) is queues.MINE
    assert find_queue("department-care", departments, channels).title == "Customer care"
    assert find_queue("channel-12", departments, channels).title == "News"


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "nothing",
        "department-",
        "department-press",
        "channel-",
        "channel-13",
        "channel-012",
        "channel-" + "1" * 5000,
    ],
)
def test_an_address_of_no_list_is_not_found(slug):
    with pytest.raises(Http404):
        find_queue(slug, {3: ("care", "Customer care")}, {12: "News"})


@pytest.mark.parametrize(
    ("columns", "slug"),
    [
        ({}, "needs-decision"),
        ({"assigned": True, "department__slug": "care"}, "department-care"),
        ({"claimed": True, "department__slug": "care"}, "department-care"),
        ({"waiting": True}, "waiting"),
        ({"closed": True}, "closed"),
    ],
)
def test_a_conversation_stands_in_a_list(columns, slug):
    assert queue_of(ConversationFactory(**columns)) == slug
