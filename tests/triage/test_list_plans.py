from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from teams.models import User
from teams.roles import Role
from tests.factories.teams import NOON, AppointmentFactory, MembershipFactory
from tests.factories.triage import ConcernFactory, ConversationFactory
from triage.lists import queues, rows
from triage.lists.filtering import NO_FILTER
from triage.lists.listing import Listing
from triage.lists.sorting import Sort
from triage.models import Concern, Conversation

pytestmark = pytest.mark.django_db


def listing_for(user: User, queue: queues.Queue, sort: Sort | None = None) -> Listing:
    queue = queue.for_reader(user)
    return Listing(queue, user, sort or queue.sorts[0], NO_FILTER, NO_FILTER)


def plans_of(listing: Listing) -> list[dict[str, Any]]:
    """Return how each part is read where the tables are too large to be read or sorted as a whole."""
    order = listing.reading.order
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        for part in listing._parts(NOON):
            sql, params = rows.with_columns(part, order).order_by(*order.columns)[:51].query.sql_with_params()
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
            found.append(cursor.fetchone()[0][0]["Plan"])
    return found


def nodes_of(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes_of(child))]


def indexes_of(listing: Listing) -> set[str]:
    """Return the index that each part walks; nothing is sorted."""
    walked = set()
    for plan in plans_of(listing):
        nodes = nodes_of(plan)
        assert not [node for node in nodes if "Sort" in node["Node Type"] or node.get("Disabled")]
        # What drives a loop stands first, down to the index.
        while plan.get("Plans"):
            plan = plan["Plans"][0]
        walked.add(plan["Index Name"])
    return walked


@pytest.fixture
def owner() -> User:
    return AppointmentFactory(role=Role.TRIAGE_OWNER).user


OWNERS = {
    "needs-decision": {
        "deadline": "to_decide",
        "priority": "to_decide_priority",
        "newest": "to_decide_newest",
        "reach": "to_decide_reach",
    },
    "urgent": {"deadline": "urgent", "newest": "urgent_newest", "reach": "urgent_reach"},
    "breaching-soon": {"deadline": "running"},
    "waiting": {"newest": "waiting", "priority": "waiting_priority", "reach": "waiting_reach"},
    "snoozed": {"newest": "snoozed"},
    "closed": {"closed": "closed", "newest": "everything", "priority": "priority", "reach": "reach"},
    "everything": {"newest": "everything", "deadline": "deadline", "priority": "priority", "reach": "reach"},
}


@pytest.mark.parametrize("slug", list(OWNERS))
def test_each_order_of_a_list_is_the_walk_of_its_index(owner, slug):
    queue = queues.FIXED[slug]

    walked = {str(sort): indexes_of(listing_for(owner, queue, sort)) for sort in queue.sorts}

    assert walked == {sort: {f"triage_conv_{name}"} for sort, name in OWNERS[slug].items()}


@pytest.mark.parametrize("of_member", [False, True])
def test_each_order_of_a_department_is_the_walk_of_its_index(owner, of_member):
    membership = MembershipFactory()
    queue = queues.department_queue("care", "Care", membership.department_id)
    reader = membership.user if of_member else owner

    walked = {str(sort): indexes_of(listing_for(reader, queue, sort)) for sort in queue.sorts}

    assert walked == {
        "deadline": {"triage_conv_department"},
        "priority": {"triage_conv_dept_priority"},
        "newest": {"triage_conv_dept_newest"},
        "reach": {"triage_conv_dept_reach"},
    }


@pytest.mark.parametrize(
    ("queue", "index"),
    [
        (queues.WAITING, "triage_conv_dept_waiting"),
        (queues.CLOSED, "triage_conv_dept_closed"),
        (queues.SNOOZED, "triage_conv_dept_snoozed"),
        (queues.EVERYTHING, "triage_concern_newest"),
    ],
)
def test_a_member_walks_the_index_of_each_of_their_departments(queue, index):
    member = MembershipFactory().user
    MembershipFactory(user=member)

    listing = listing_for(member, queue)

    assert len(plans_of(listing)) == 2
    assert indexes_of(listing) == {index}
    assert listing.queue.sorts == queue.theirs


def test_a_member_of_two_departments_reads_both_in_one_order(monkeypatch):
    monkeypatch.setattr("triage.lists.listing.PAGE_SIZE", 2)
    member = MembershipFactory().user
    departments = [member.memberships.get().department, MembershipFactory(user=member).department]
    made = []
    for number in range(6):
        conversation = ConversationFactory(last_inbound_at=NOON - timedelta(hours=number % 4))
        made.append(conversation)
        for department in departments if number % 3 == 0 else departments[number % 2 :][:1]:
            ConcernFactory(conversation=conversation, department=department)
    ConcernFactory()
    expected = [one.pk for one in sorted(made, key=lambda one: (one.last_inbound_at, one.pk), reverse=True)]
    listing = listing_for(member, queues.EVERYTHING)

    page = listing.page(NOON)
    found = [list(page.rows)]
    while page.after:
        page = listing.page(NOON, after=page.after)
        found.append(list(page.rows))

    assert [row[1] for page in found for row in page] == expected
    assert listing.places(NOON) == expected
    assert sorted(listing.found(NOON).values_list("pk", flat=True)) == sorted(expected)


def test_what_waits_or_is_closed_is_shown_to_whose_department_it_lies_with():
    member = MembershipFactory(role=Role.RESPONDER).user
    department = member.memberships.get().department
    ours = [ConversationFactory(**{trait: True}, department=department) for trait in ("waiting", "closed")]
    theirs = [ConversationFactory(waiting=True), ConversationFactory(closed=True)]
    for conversation in (*ours, *theirs):
        Concern.objects.get_or_create(conversation=conversation, department=department)
    queues_of_both = (queues.WAITING, queues.CLOSED)

    shown = [[row[1] for row in listing_for(member, queue).page(NOON).rows] for queue in queues_of_both]
    everything = {row[1] for row in listing_for(member, queues.EVERYTHING).page(NOON).rows}

    assert shown == [[ours[0].pk], [ours[1].pk]]
    assert everything == {one.pk for one in (*ours, *theirs)}


def test_a_concern_has_the_moment_of_its_conversation():
    conversation = ConversationFactory(last_inbound_at=NOON - timedelta(hours=2))
    first = ConcernFactory(conversation=conversation)
    Conversation.objects.filter(pk=conversation.pk).update(last_inbound_at=NOON)
    second = ConcernFactory(conversation=conversation)
    other = ConcernFactory(conversation=ConversationFactory(last_inbound_at=NOON - timedelta(days=1)))

    found = dict(Concern.objects.values_list("pk", "last_inbound_at"))

    assert found == {first.pk: NOON, second.pk: NOON, other.pk: NOON - timedelta(days=1)}
