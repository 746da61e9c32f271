from datetime import timedelta

import pytest
from django.db import IntegrityError

from socialhub.lib.errors import Invalid
from teams.models import Appointment, User
from teams.roles import Role
from tests.factories.teams import AppointmentFactory, MembershipFactory
from tests.factories.triage import last_heard
from tests.support.approving import LATER, TEXT, approve, ask, kinds, needs, send, state_of, told
from tests.support.hearing import hear, said
from triage.models import Approval, ApprovalStep, Conversation, Draft
from triage.services.approving import asks, steps
from triage.services.approving import verdicts as approving_verdicts
from triage.services.approving.verdicts import ApprovalSettled, NotAsked
from triage.services.gate import NotAttested
from triage.services.sending.replies import WorldChanged

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

OTHER = "We are sorry. A colleague calls you today."


def edit(approval: Approval, approver: User, body: str = OTHER, note: str = "") -> None:
    approving_verdicts.approve_with_edit(approval_id=approval.pk, approver=approver, body=body, note=note, at=LATER)


def reject(approval: Approval, approver: User, note: str = "Too short.") -> None:
    approving_verdicts.reject(approval_id=approval.pk, approver=approver, note=note, at=LATER)


def take(approval: Approval, author: User) -> Approval:
    return asks.take_edit(approval_id=approval.pk, author=author, at=LATER)


def verdicts(approval: Approval) -> list[str]:
    return list(approval.steps.order_by("position").values_list("verdict", flat=True))


def test_one_word_of_any_is_enough(held, policy, manager, legal):
    needs(held, {"person": manager.pk}, {"person": legal.pk})
    approval = ask(held, policy)

    approve(approval, legal)

    assert state_of(approval) == "approved"
    assert verdicts(approval) == ["", "approved"]
    assert told(held.holder) == ["approval_given"]


@pytest.mark.parametrize("say", [approve, edit, reject])
def test_nobody_speaks_for_an_answer_without_having_attested(held, policy, legal, say):
    needs(held, {"department": legal.memberships.get().department_id})
    approval = ask(held, policy)
    newcomer = MembershipFactory(department=legal.memberships.get().department).user

    with pytest.raises(NotAttested) as refusal:
        say(approval, newcomer)

    assert str(refusal.value) == "Read and attest the policy in force before you say what may go out."
    assert (state_of(approval), verdicts(approval)) == ("asked", [""])


def test_the_second_of_two_is_told_who_was_first(held, policy, manager, legal):
    needs(held, {"person": manager.pk}, {"person": legal.pk})
    approval = ask(held, policy)
    approve(approval, legal)

    with pytest.raises(ApprovalSettled, match="Lea Legal approved this answer"):
        approve(approval, manager)

    assert verdicts(approval) == ["", "approved"]
    assert kinds(held) == ["approval_asked", "approval_given"]


def test_all_have_to_approve_where_all_are_asked(held, policy, manager, legal):
    needs(held, {"person": manager.pk}, {"person": legal.pk}, mode="all")
    approval = ask(held, policy)

    approve(approval, legal)
    assert state_of(approval) == "asked"
    assert told(held.holder) == []
    approve(approval, manager)

    assert state_of(approval) == "approved"
    assert kinds(held) == ["approval_asked", "approval_given", "approval_given"]
    assert told(held.holder) == ["approval_given"]


def test_in_order_only_the_next_one_is_told_and_may_speak(held, policy, manager, legal):
    needs(held, {"person": manager.pk}, {"person": legal.pk}, mode="in_order")
    approval = ask(held, policy)
    assert (told(manager), told(legal)) == (["approval_asked"], [])

    with pytest.raises(ApprovalSettled, match="asked before you"):
        approve(approval, legal)
    assert verdicts(approval) == ["", ""]
    approve(approval, manager)
    assert (state_of(approval), told(legal)) == ("asked", ["approval_asked"])
    approve(approval, legal)

    assert state_of(approval) == "approved"


def test_any_member_of_a_department_speaks_for_it(held, policy, legal):
    department = legal.memberships.get().department
    lead = MembershipFactory(department=department, role=Role.LEAD).user
    listener = MembershipFactory(department=department, role=Role.LISTENER).user
    needs(held, {"department": department.pk})

    approval = ask(held, policy)
    assert (told(legal), told(lead), told(listener)) == (["approval_asked"], ["approval_asked"], [])
    approve(approval, lead)

    assert state_of(approval) == "approved"


def test_whoever_has_the_role_speaks_for_it(held, policy, manager):
    needs(held, {"role": "manager"})
    approval = ask(held, policy)

    approve(approval, manager)

    assert state_of(approval) == "approved"


def test_one_person_speaks_for_all_that_ask_them(held, policy, manager):
    needs(held, {"role": "manager"}, {"person": manager.pk}, mode="all")
    approval = ask(held, policy)

    approve(approval, manager)

    assert verdicts(approval) == ["approved", "approved"]
    assert state_of(approval) == "approved"
    assert kinds(held) == ["approval_asked", "approval_given"]


def test_nobody_approves_their_own_answer(held, policy, manager):
    AppointmentFactory(user=held.holder, role=Role.MANAGER)
    needs(held, {"role": "manager"})
    approval = ask(held, policy)

    with pytest.raises(NotAsked, match="their own"):
        approve(approval, User.objects.get(pk=held.holder.pk))

    assert state_of(approval) == "asked"


def test_the_database_takes_no_word_of_the_author(held, policy, manager):
    needs(held, {"person": manager.pk})
    step = ask(held, policy).steps.get()

    with pytest.raises(IntegrityError, match="triage_approvalstep_never_by_its_author"):
        ApprovalStep.objects.filter(pk=step.pk).update(verdict="approved", decided_by=step.author, decided_at=LATER)


def test_who_is_not_asked_cannot_approve(held, policy, manager, legal):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)

    with pytest.raises(NotAsked):
        approve(approval, legal)

    assert state_of(approval) == "asked"


def test_who_has_lost_the_right_meanwhile_cannot_approve(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    assert manager.rights.may_somewhere("reply.approve")
    Appointment.objects.filter(user=manager).delete()

    with pytest.raises(NotAsked):
        approve(approval, manager)

    assert state_of(approval) == "asked"
    assert kinds(held) == ["approval_asked"]


def test_who_has_left_cannot_approve(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    User.objects.filter(pk=manager.pk).update(is_active=False)

    with pytest.raises(NotAsked):
        approve(approval, manager)

    assert state_of(approval) == "asked"


def test_an_approval_at_the_deadline_is_too_late(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)

    with pytest.raises(ApprovalSettled, match="too late"):
        approve(approval, manager, at=held.due_at)

    assert verdicts(approval) == [""]


def test_an_approval_just_before_the_deadline_is_in_time(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)

    approve(approval, manager, at=held.due_at - timedelta(microseconds=1))

    assert state_of(approval) == "approved"


def test_what_was_withdrawn_is_not_approved(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    asks.withdraw_approval(approval_id=approval.pk, author=held.holder, at=LATER)

    with pytest.raises(ApprovalSettled, match="withdrawn"):
        approve(approval, manager)

    assert state_of(approval) == "withdrawn"


def test_nothing_is_approved_under_a_pen_that_has_gone(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    Conversation.objects.filter(pk=held.pk).update(fence=3)

    with pytest.raises(ApprovalSettled, match="changed hands"):
        approve(approval, manager)

    assert state_of(approval) == "asked"
    assert list(steps.waiting_for(manager, at=LATER)) == []


@pytest.mark.parametrize("say", [approve, edit])
def test_nothing_is_approved_that_answers_what_is_out_of_date(held, policy, manager, say):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    hear(held.channel, said("next", answers=last_heard(held).external_id))

    with pytest.raises(WorldChanged) as refusal:
        say(approval, manager)

    assert (state_of(approval), verdicts(approval)) == ("asked", [""])
    assert refusal.value.changes == ["There is a new message in this conversation."]
    assert verdicts(approval) == [""]


def test_one_no_is_enough(held, policy, manager, legal):
    needs(held, {"person": manager.pk}, {"person": legal.pk}, mode="all")
    approval = ask(held, policy)
    approve(approval, manager)

    reject(approval, legal)

    assert state_of(approval) == "rejected"
    assert approval.steps.get(person=legal).note == "Too short."
    assert kinds(held) == ["approval_asked", "approval_given", "approval_rejected"]
    assert told(held.holder) == ["approval_rejected"]


@pytest.mark.parametrize("note", ["", "  \n", "x" * 2001])
def test_a_no_needs_a_reason_of_some_length(held, policy, manager, note):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)

    with pytest.raises(Invalid):
        reject(approval, manager, note)

    assert state_of(approval) == "asked"


def test_another_text_waits_for_its_author(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)

    edit(approval, manager, note="Warmer.")

    assert state_of(approval) == "edited"
    assert (approval.body, approval.edited_body, verdicts(approval)) == (TEXT, OTHER, ["edited"])
    assert kinds(held) == ["approval_asked", "approval_edited"]
    assert told(held.holder) == ["approval_edited"]


@pytest.mark.parametrize("body", [TEXT, f" {TEXT} ", "", "   "])
def test_another_text_is_another_and_not_empty(held, policy, manager, body):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)

    with pytest.raises(Invalid):
        edit(approval, manager, body)

    assert state_of(approval) == "asked"


def test_the_author_takes_the_other_text_and_sends_it(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    edit(approval, manager)

    taken = take(approval, held.holder)

    assert state_of(approval) == "replaced"
    assert (taken.state, taken.body, taken.replaces, verdicts(taken)) == ("approved", OTHER, approval, ["approved"])
    assert Draft.objects.get().body == OTHER
    assert kinds(held) == ["approval_asked", "approval_edited", "approval_asked"]
    assert send(held, policy, OTHER).approval == taken


def test_the_others_are_asked_about_the_other_text(held, policy, manager, legal):
    needs(held, {"person": manager.pk}, {"person": legal.pk}, mode="all")
    approval = ask(held, policy)
    approve(approval, manager)
    edit(approval, legal)

    taken = take(approval, held.holder)

    assert (taken.state, verdicts(taken)) == ("asked", ["", "approved"])
    assert told(manager) == ["approval_asked", "approval_asked"]
    approve(taken, manager)
    assert state_of(taken) == "approved"


def test_only_the_author_takes_the_other_text_and_only_once(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    edit(approval, manager)

    with pytest.raises(asks.ApprovalNotOpen):
        take(approval, manager)
    take(approval, held.holder)
    with pytest.raises(asks.ApprovalNotOpen):
        take(approval, held.holder)

    assert Approval.objects.count() == 2


def test_the_author_may_keep_their_own_text(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    edit(approval, manager)

    asks.withdraw_approval(approval_id=approval.pk, author=held.holder, at=LATER)

    assert state_of(approval) == "withdrawn"


def test_the_database_keeps_an_edited_approval_with_its_text(held, policy, manager):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)

    with pytest.raises(IntegrityError, match="triage_approval_edited_has_text"):
        Approval.objects.filter(pk=approval.pk).update(state="edited")
