from datetime import timedelta

import pytest

from listening.models import Channel
from teams.models import Department, Notification, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.support.approving import needs
from tests.support.merging import LATER, decide, heard, merge, undo
from triage.history.sentences import sentences
from triage.models import Approval, Conversation, Event
from triage.services import checking
from triage.services.approving.standing import Needed, approval_needed
from triage.services.decisions import deciding, undoing
from triage.services.decisions.deciding import Choice
from triage.services.pen import claims
from triage.states import Disposition, Stage, Visibility

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(policy) -> Channel:
    return ChannelFactory()


@pytest.fixture
def care(policy) -> Department:
    return DepartmentFactory()


@pytest.fixture
def nadia(care, policy) -> User:
    user = MembershipFactory(department=care).user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def owner(policy) -> User:
    user = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    AttestationFactory(user=user, version=policy)
    return user


def _last(conversation: Conversation) -> Event:
    return Event.objects.filter(conversation=conversation).latest("pk")


def test_urgency_goes_with_the_merge_that_brought_it_and_no_other(channel, care, owner):
    first, second, third = heard(channel, "One.", "Two.", "Three.")
    for one, priority in ((first, 4), (second, 1), (third, 2)):
        decide(one, care, owner, priority=priority)
    relaxed, urgent, middling = first.step_due_at, second.step_due_at, third.step_due_at
    assert urgent < middling < relaxed
    (brought, also) = merge(first, second, third, by=owner)
    assert (first.priority, first.step_due_at) == (1, urgent)

    undo(brought, owner)
    first.refresh_from_db()
    assert (first.priority, first.step_due_at) == (2, middling)
    undo(also, owner)
    first.refresh_from_db()
    assert (first.priority, first.step_due_at) == (4, relaxed)
    assert list(checking.differences()) == []


def test_what_somebody_has_decided_since_a_merge_stays_when_it_is_undone(channel, care, owner):
    first, second = heard(channel, "One.", "Two.")
    decide(first, care, owner, priority=4)
    decide(second, care, owner, priority=1)
    (made,) = merge(first, second, by=owner)
    choice = Choice(Disposition.CUSTOMER_SERVICE, 2, department=care, visibility=Visibility.PUBLIC)
    deciding.decide(conversation_id=first.pk, choice=choice, triage_owner=owner, fence=first.fence, at=LATER)

    undo(made, owner)

    first.refresh_from_db()
    assert first.priority == 2


def test_what_is_urgent_and_undecided_makes_a_decided_one_as_urgent_from_now_on(channel, care, owner):
    first, second = heard(channel, "One.", "Two.")
    decide(first, care, owner, priority=4)
    Conversation.objects.filter(pk=second.pk).update(priority=1)
    relaxed = first.due_at

    merge(first, second, by=owner, readers=[care.pk])

    assert first.priority == 1
    assert LATER < first.due_at < relaxed
    assert list(checking.differences()) == []


def test_a_holder_who_may_not_answer_any_more_has_lost_it_when_the_merge_is_undone(channel, care, nadia, owner):
    first, second = heard(channel, "One.", "Two.")
    decide(first, care, owner)
    decide(second, care, owner)
    claims.claim_conversation(conversation_id=second.pk, agent=nadia, at=NOON)
    (made,) = merge(first, second, by=nadia)
    nadia.memberships.all().delete()

    undo(made, owner)

    second.refresh_from_db()
    assert (second.stage, second.holder) == (Stage.ASSIGNED, None)
    assert list(checking.differences()) == []


def test_a_holder_who_has_no_room_any_more_has_lost_it_when_the_merge_is_undone(channel, care, nadia, owner):
    first, second, third = heard(channel, "One.", "Two.", "Three.")
    for one in (second, third):
        decide(one, care, owner)
    User.objects.filter(pk=nadia.pk).update(capacity=1)
    nadia.refresh_from_db()
    claims.claim_conversation(conversation_id=second.pk, agent=nadia, at=NOON)
    (made,) = merge(first, second, by=nadia, readers=[care.pk])
    claims.claim_conversation(conversation_id=third.pk, agent=nadia, at=NOON)

    undo(made, owner)

    second.refresh_from_db()
    assert (second.stage, second.holder, second.due_for) == (Stage.ASSIGNED, None, "claim")
    assert list(sentences([_last(second)]).values()) == [
        f"{owner.name} undid the merge: this conversation stands by itself again, and who held it lost it."
    ]
    assert Notification.objects.in_page().filter(user=nadia, event_id=_last(second).pk).get().kind == "queue"
    assert list(checking.differences()) == []


def test_a_holder_who_gets_it_back_is_told_and_has_not_rested_meanwhile(channel, care, nadia, owner):
    first, second = heard(channel, "One.", "Two.")
    decide(second, care, owner)
    claims.claim_conversation(conversation_id=second.pk, agent=nadia, at=NOON)
    (made,) = merge(first, second, by=nadia, readers=[care.pk])

    undo(made, owner)

    second.refresh_from_db()
    assert (second.stage, second.holder, second.worked_at) == (Stage.CLAIMED, nadia, LATER)
    assert Notification.objects.in_page().get(user=nadia, event_id=_last(second).pk).kind == "given"


def test_whom_it_was_offered_to_has_it_back_only_while_they_may_claim(channel, care, nadia, owner):
    first, second = heard(channel, "One.", "Two.")
    decide(second, care, owner)
    Conversation.objects.filter(pk=second.pk).update(offered_to=nadia)
    (made,) = merge(first, second, by=owner, readers=[care.pk])
    nadia.memberships.all().delete()

    undo(made, owner)

    second.refresh_from_db()
    assert (second.stage, second.offered_to) == (Stage.ASSIGNED, None)


def test_what_was_asked_of_a_part_is_asked_again_once_the_decision_after_it_is_taken_back(channel, owner, care):
    target, source = heard(channel, "One", "Another")
    decide(target, care, owner)
    needs(source, {"person": owner.pk})
    merge(target, source, by=owner, readers=[care.pk])
    asked = Needed(Approval.Mode.ANY, ({"person": owner.pk},))
    assert approval_needed(target) == asked
    choice = Choice(Disposition.CUSTOMER_SERVICE, 3, department=care, visibility=Visibility.PRIVATE)
    again = {"conversation_id": target.pk, "at": LATER + timedelta(minutes=1)}
    deciding.decide(**again, choice=choice, triage_owner=owner, fence=target.fence)
    assert approval_needed(target) is None

    undoing.undo_decision(**again, actor=owner, fence=target.fence + 1)

    assert approval_needed(target) == asked
