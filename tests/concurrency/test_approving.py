import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from policies.models import PolicyVersion
from teams.models import User
from teams.roles import Role
from tests.factories.policies import PolicyVersionFactory, everybody_attests
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory, DecisionFactory, last_heard
from tests.support.race import SECONDS, race
from triage.models import Approval, ApprovalStep, Conversation, Event, Reply
from triage.services import recording
from triage.services.approving import asks, standing, verdicts
from triage.services.approving.asks import ApprovalNotOpen
from triage.services.approving.standing import ApprovalNeeded
from triage.services.approving.verdicts import ApprovalSettled
from triage.services.pen import claims
from triage.services.pen.claims import AnswerUnderway, NotTheHolder
from triage.services.seen import Seen
from triage.services.sending import replies

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

TEXT = "We are sorry."
OTHER = "We are sorry, and call you today."
LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def version() -> PolicyVersion:
    return PolicyVersionFactory.published()


@pytest.fixture
def approvers() -> list[User]:
    return [AppointmentFactory(role=Role.MANAGER).user for _ in range(2)]


@pytest.fixture
def held(version, approvers, network) -> Conversation:
    desk = DepartmentFactory()
    writer = MembershipFactory(department=desk).user
    everybody_attests()
    held = ConversationFactory(claimed=True, department=desk, holder=writer, profile__channel__kind="scripted")
    asked = {"mode": "any", "asked": [{"role": "manager"}]}
    DecisionFactory(conversation=held, department=desk, policy_version=version, approval=asked)
    return held


@pytest.fixture
def approval(held, version) -> Approval:
    return ask(held, version, TEXT)


def ask(held: Conversation, version: PolicyVersion, body: str) -> Approval:
    seen = Seen(2, last_heard(held).pk, version.pk)
    return asks.ask_approval(conversation_id=held.pk, author=held.holder, body=body, seen=seen, at=NOON)


def approve(approval: Approval, approver: User, at: Any = LATER) -> None:
    verdicts.approve(approval_id=approval.pk, approver=approver, at=at)


def send(held: Conversation, version: PolicyVersion, body: str = TEXT) -> Reply:
    seen = Seen(2, last_heard(held).pk, version.pk)
    given = {"author": held.holder, "key": uuid4(), "closes": False, "at": LATER}
    return replies.queue_reply(conversation_id=held.pk, body=body, seen=seen, **given)


def kinds(held: Conversation) -> list[str]:
    return list(held.events.order_by("pk").values_list("kind", flat=True))


def approve_by_check_then_act(approval: Approval, approver: User, gate: threading.Barrier) -> None:
    """Approve as it must not be done: what was read a moment ago is believed."""
    seen = Approval.objects.get(pk=approval.pk)
    assert seen.state == Approval.State.ASKED
    gate.wait()
    ApprovalStep.objects.filter(approval=seen).update(verdict="approved", decided_by=approver, decided_at=LATER)
    seen.state = Approval.State.APPROVED
    seen.save(update_fields=["state"])
    recording.record(
        conversation_id=seen.conversation_id, kind=Event.Kind.APPROVAL_GIVEN, actor=approver, at=LATER, data={}
    )


def test_the_naive_approval_is_given_twice(held, approval, approvers):
    gate = threading.Barrier(2, timeout=SECONDS)

    outcomes = race(*(lambda one=one: approve_by_check_then_act(approval, one, gate) for one in approvers))

    assert outcomes == [None, None]
    assert kinds(held) == ["approval_asked", "approval_given", "approval_given"]


def test_one_of_two_approvers_wins_and_the_other_is_told_who(held, approval, approvers):
    outcomes = race(*(lambda one=one: approve(approval, one) for one in approvers))

    winner = approval.steps.get().decided_by
    refusals = [str(outcome) for outcome in outcomes if isinstance(outcome, ApprovalSettled)]
    assert outcomes.count(None) == 1
    assert approvers[outcomes.index(None)] == winner
    assert refusals == [f"{winner.name} approved this answer a moment ago."]
    assert kinds(held) == ["approval_asked", "approval_given"]


def test_what_is_approved_while_its_author_asks_anew_is_never_the_new_text(held, version, approval, approvers):
    outcomes = race(lambda: approve(approval, approvers[0]), lambda: ask(held, version, OTHER))

    approval.refresh_from_db()
    new = Approval.objects.get(body=OTHER)
    assert (approval.state, new.state) == ("withdrawn", "asked")
    assert outcomes[0] is None or isinstance(outcomes[0], ApprovalSettled)
    assert outcomes[1] == new
    with pytest.raises(ApprovalNeeded):
        send(held, version, OTHER)
    with pytest.raises(ApprovalNeeded):
        send(held, version, TEXT)
    assert not Reply.objects.exists()


def test_an_approval_and_another_text_do_not_both_hold(held, approval, approvers):
    outcomes = race(
        lambda: approve(approval, approvers[0]),
        lambda: verdicts.approve_with_edit(
            approval_id=approval.pk, approver=approvers[1], body=OTHER, note="", at=LATER
        ),
    )

    approval.refresh_from_db()
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, ApprovalSettled) for outcome in outcomes) == 1
    assert (approval.state, approval.edited_body) == [("approved", ""), ("edited", OTHER)][outcomes.index(None)]


def test_no_approval_holds_for_a_pen_that_changed_hands(held, version, approval, approvers):
    outcomes = race(
        lambda: approve(approval, approvers[0]),
        lambda: claims.release_conversation(conversation_id=held.pk, agent=held.holder, fence=2, at=LATER),
    )

    approval.refresh_from_db()
    assert outcomes[1] is None
    assert outcomes[0] is None or isinstance(outcomes[0], ApprovalSettled)
    assert approval.state == "withdrawn"
    assert standing.open_approval(held.pk) is None
    with pytest.raises(NotTheHolder):
        send(held, version)


def test_an_approval_and_its_end_do_not_both_hold(held, approval, approvers):
    Approval.objects.filter(pk=approval.pk).update(expires_at=LATER)
    in_time = LATER - timedelta(microseconds=1)

    outcomes = race(
        lambda: approve(approval, approvers[0], in_time),
        lambda: verdicts.reject(approval_id=approval.pk, approver=approvers[1], note="No.", at=in_time),
        lambda: asks.expire(at=LATER),
        lambda: asks.expire(at=LATER),
    )

    approval.refresh_from_db()
    # Whatever was said first, it ends at the deadline: once, unless somebody said no before.
    assert approval.state in ("expired", "rejected")
    assert kinds(held).count("approval_expired") == (approval.state == "expired")
    assert len(kinds(held)) == 1 + outcomes[:2].count(None) + (approval.state == "expired")


def test_what_is_withdrawn_while_it_is_sent_is_one_of_both(held, version, approval, approvers):
    approve(approval, approvers[0])

    outcomes = race(
        lambda: send(held, version),
        lambda: asks.withdraw_approval(approval_id=approval.pk, author=held.holder, at=LATER),
    )

    approval.refresh_from_db()
    if isinstance(outcomes[0], Reply):
        assert isinstance(outcomes[1], ApprovalNotOpen)
        assert approval.state == "used"
    else:
        assert isinstance(outcomes[0], ApprovalNeeded)
        assert outcomes[1] is None
        assert approval.state == "withdrawn"
    assert Reply.objects.count() == isinstance(outcomes[0], Reply)


def test_two_sendings_use_one_approval_once(held, version, approval, approvers):
    approve(approval, approvers[0])

    outcomes = race(lambda: send(held, version), lambda: send(held, version))

    assert sum(isinstance(outcome, Reply) for outcome in outcomes) == 1
    assert approval.replies.count() == 1


def test_two_askings_at_once_are_one(held, version, approvers):
    outcomes = race(lambda: ask(held, version, TEXT), lambda: ask(held, version, TEXT))

    assert outcomes[0] == outcomes[1]
    assert kinds(held) == ["approval_asked"]


def test_the_pen_does_not_leave_while_the_approved_answer_is_on_its_way(held, version, approval, approvers):
    approve(approval, approvers[0])

    outcomes = race(
        lambda: send(held, version),
        lambda: claims.release_conversation(conversation_id=held.pk, agent=held.holder, fence=2, at=LATER),
    )

    if isinstance(outcomes[0], Reply):
        assert isinstance(outcomes[1], AnswerUnderway)
    else:
        assert isinstance(outcomes[0], NotTheHolder)
        assert outcomes[1] is None
