import pytest

from listening.connectors import registry
from policies.services import reading
from teams.models import Department, User
from teams.roles import Role
from tests.factories.policies import AttestationFactory
from tests.factories.teams import DepartmentFactory, MembershipFactory
from tests.factories.triage import ReplyFactory, last_heard
from tests.support.approving import LATER, TEXT, approve, ask, kinds, needs, send, state_of, told
from tests.support.changing import ChangingNetwork, correct, out, remove
from tests.support.ruling import asks, put_in_force, says
from tests.support.sending import deliver, fresh
from triage.models import Approval, ApprovalStep, Conversation, Draft, Reply
from triage.services.approving import asks as approving_asks
from triage.services.approving import steps, verdicts
from triage.services.approving.emergency import MayNotSkip
from triage.services.approving.standing import ApprovalNeeded
from triage.services.sending.replies import WorldChanged
from triage.services.writing import conduct
from triage.services.writing.conduct import ConductBlocked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]

PHONE = "Call us at +49 30 1234567."
REFUND = "You get a refund."
NEVER = "We guarantee it."
LOUD = "PLEASE WAIT UNTIL TOMORROW."


@pytest.fixture
def policy():
    DepartmentFactory(slug="legal", name="Legal")
    return put_in_force(
        ("conduct", {"answer_has_personal_data": ["phone"]}, says("No numbers.", "block", may_skip=True)),
        ("conduct", {"answer_list": ["promises"]}, says("Promise nothing.", "block")),
        (
            "conduct",
            {"answer_words": ["refund"]},
            says("Money.", "approval", approval=asks({"department": "legal"})),
        ),
        ("conduct", {"answer_capitals": {"at_least": 0.8}}, says("Do not shout.")),
        ("approval", {"priority": [1]}, asks({"role": "lead"})),
        lists={"promises": ["guarantee"]},
    )


@pytest.fixture
def legal(policy) -> User:
    department = Department.objects.get(slug="legal")
    user = MembershipFactory(department=department, user__name="Lea Legal", user__wants_email=False).user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def lead(care, policy) -> User:
    user = MembershipFactory(department=care, role=Role.LEAD, user__name="Lou Lead", user__wants_email=False).user
    AttestationFactory(user=user, version=policy)
    return user


def labels(held: Conversation, text: str) -> list[str]:
    found = conduct.findings_of(held, text, policy=reading.policy_in_force(), at=LATER)
    return [one.because.clause_label for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT, []),
        (PHONE, ["7.1"]),
        (NEVER, ["7.2"]),
        (REFUND, ["7.3"]),
        (LOUD, ["7.4"]),
        (f"{PHONE} {NEVER}", ["7.1", "7.2"]),
    ],
)
def test_the_rules_that_apply_to_a_text_are_found_in_their_order(held, text, expected):
    assert labels(held, text) == expected


def test_an_answer_is_looked_at_as_its_channel_counts_it(held):
    facts = conduct.answer_facts(held, "  Thank you, 👨‍👩‍👧, we will look into it.  ", undescribed=2, at=LATER)

    assert facts.answer == "Thank you, 👨‍👩‍👧, we will look into it."
    assert facts.answer_length == 35
    assert facts.answer_language == "en"
    assert facts.answer_sentiment is not None
    assert facts.answer_pictures_without_alt == 2
    assert (facts.disposition, facts.visibility, facts.department) == ("customer_service", "public", "care")


def test_of_an_empty_text_nothing_is_said(held):
    judged = conduct.judge(held, " ", writer=held.holder, policy=reading.policy_in_force(), at=LATER)

    assert judged == conduct.Judged()


def test_what_the_policy_does_not_allow_is_not_sent_and_stays_a_draft(held, policy):
    with pytest.raises(ConductBlocked, match=r"Promise nothing\. \(clause 7\.2\)"):
        send(held, policy, NEVER)

    assert not Reply.objects.exists()
    assert Draft.objects.get().body == NEVER
    assert kinds(held) == []


def test_a_warning_lets_it_go(held, policy):
    assert send(held, policy, LOUD).state == "queued"


def test_what_needs_approval_by_its_words_is_not_sent_without(held, policy):
    with pytest.raises(ApprovalNeeded):
        send(held, policy, REFUND)

    assert not Reply.objects.exists()
    assert Draft.objects.get().body == REFUND


def test_what_a_rule_asks_is_asked_with_its_clause_and_goes_out_then(held, policy, legal):
    approval = ask(held, policy, REFUND)
    approve(approval, legal)
    reply = send(held, policy, REFUND)

    step = ApprovalStep.objects.get()
    assert (step.department, step.mode, step.clause.label) == (legal.memberships.get().department, "any", "7.3")
    assert (reply.state, reply.approval) == ("queued", approval)


def test_other_words_without_what_needed_approval_need_none(held, policy, legal):
    ask(held, policy, REFUND)

    with pytest.raises(approving_asks.NoApprovalNeeded):
        ask(held, policy)
    assert send(held, policy).approval is None


def test_what_cannot_be_sent_cannot_be_put_before_approvers(held, policy, manager):
    needs(held, {"person": manager.pk})

    with pytest.raises(ConductBlocked):
        ask(held, policy, NEVER)

    assert not Approval.objects.exists()
    assert Draft.objects.get().body == NEVER


@pytest.mark.parametrize("first", ["manager", "legal"])
def test_the_decision_and_the_rule_must_both_have_their_word(held, policy, manager, legal, first, request):
    needs(held, {"person": manager.pk}, {"role": "administrator"})
    approval = ask(held, policy, REFUND)
    people = {"manager": manager, "legal": legal}

    approve(approval, people.pop(first))

    assert state_of(approval) == "asked"
    with pytest.raises(ApprovalNeeded, match="waits for approval"):
        send(held, policy, REFUND)
    approve(approval, *people.values())
    assert state_of(approval) == "approved"
    assert send(held, policy, REFUND).approval == approval


def test_of_groups_each_has_its_own_order(held, policy, manager, owner, legal):
    needs(held, {"person": manager.pk}, {"person": owner.pk}, mode="in_order")
    approval = ask(held, policy, REFUND)

    assert [(step.group, step.position, step.mode) for step in approval.steps.order_by("position")] == [
        (0, 0, "in_order"),
        (0, 1, "in_order"),
        (1, 2, "any"),
    ]
    assert {one.name for one in steps.people_of(steps.whose_turn(approval))} == {
        manager.name,
        legal.name,
    }
    with pytest.raises(verdicts.ApprovalSettled, match="asked before you"):
        approve(approval, owner)
    approve(approval, legal)
    assert list(steps.waiting_for(legal, at=LATER)) == []
    assert list(steps.waiting_for(manager, at=LATER)) == [approval]
    approve(approval, manager)
    assert told(owner)[-1] == "approval_asked"
    approve(approval, owner)
    assert state_of(approval) == "approved"


def test_what_two_ask_alike_is_asked_once(held, policy, legal):
    needs(held, {"department": legal.memberships.get().department_id})

    approval = ask(held, policy, REFUND)

    assert approval.steps.count() == 1
    assert approval.mode == "any"


def test_a_lead_means_the_lead_of_the_department_that_answers(held, policy, care, lead, manager):
    Conversation.objects.filter(pk=held.pk).update(priority=1)
    colleague = MembershipFactory(department=care).user
    other_lead = MembershipFactory(role=Role.LEAD).user
    approval = ask(held, policy)

    step = approval.steps.get()
    assert (step.department, step.role, steps.name_of(step)) == (care, "lead", "Lead of Customer care")
    assert steps.people_of([step]) == [lead]
    for person in (colleague, other_lead):
        with pytest.raises(verdicts.NotAsked):
            approve(approval, person)
        assert list(steps.waiting_for(person, at=LATER)) == []
    assert list(steps.waiting_for(lead, at=LATER)) == [approval]
    approve(approval, lead)
    assert state_of(approval) == "approved"


def test_where_a_rule_names_a_department_that_is_gone_nobody_is_asked(held, policy, legal):
    Department.objects.filter(slug="legal").update(is_active=False)

    with pytest.raises(steps.NobodyToAsk, match=r"Clause 7\.3 asks for the word of .+, and nobody else"):
        ask(held, policy, REFUND)

    assert not Approval.objects.exists()


def test_an_approver_cannot_propose_what_the_policy_does_not_allow(held, policy, legal):
    approval = ask(held, policy, REFUND)

    with pytest.raises(ConductBlocked):
        verdicts.approve_with_edit(approval_id=approval.pk, approver=legal, body=NEVER, note="", at=LATER)

    assert state_of(approval) == "asked"


def test_whose_word_an_approvers_text_needs_is_asked_when_it_is_taken(held, policy, manager, legal):
    needs(held, {"person": manager.pk})
    approval = ask(held, policy)
    verdicts.approve_with_edit(approval_id=approval.pk, approver=manager, body=REFUND, note="", at=LATER)

    taken = approving_asks.take_edit(approval_id=approval.pk, author=held.holder, at=LATER)

    assert taken.state == "asked"
    assert steps.people_of(steps.whose_turn(taken)) == [legal]
    approve(taken, legal)
    assert send(held, policy, REFUND).approval == taken


def test_a_lead_may_send_where_the_rule_leaves_it_to_them(held, policy, lead):
    Conversation.objects.filter(pk=held.pk).update(holder=lead)
    held.refresh_from_db()

    reply = send(held, policy, PHONE, emergency="It is our own number.")

    assert (reply.state, reply.emergency) == ("queued", "It is our own number.")
    assert kinds(held) == ["reply_queued", "conduct_skipped"]
    event = held.events.last()
    assert (event.actor, event.data["clauses"]) == (lead, ["7.1"])


def test_nobody_sends_against_a_rule_that_leaves_it_to_nobody(held, policy, lead):
    Conversation.objects.filter(pk=held.pk).update(holder=lead)
    held.refresh_from_db()

    with pytest.raises(ConductBlocked):
        send(held, policy, f"{PHONE} {NEVER}", emergency="It is our own number.")

    assert not Reply.objects.exists()
    assert kinds(held) == []


def test_who_is_no_lead_does_not_send_against_a_rule(held, policy):
    with pytest.raises(MayNotSkip):
        send(held, policy, PHONE, emergency="It is our own number.")

    assert not Reply.objects.exists()


def test_what_came_into_the_outbox_against_a_rule_does_not_leave_it(held, policy, network):
    reply = ReplyFactory(conversation=held, policy_version=policy, body=NEVER, answers=last_heard(held))

    assert deliver(reply, network, LATER) is False

    assert network.posts == []
    assert (fresh(reply).state, str(fresh(reply).problem)) == ("failed", "Promise nothing. (clause 7.2)")
    assert Draft.objects.get().body == NEVER


def test_what_a_lead_answers_for_leaves(held, policy, network, lead):
    Conversation.objects.filter(pk=held.pk).update(holder=lead)
    held.refresh_from_db()
    reply = send(held, policy, PHONE, emergency="It is our own number.")

    assert deliver(reply, network, LATER + (reply.not_before_at - reply.queued_at)) is True


def test_a_version_that_comes_in_force_before_it_leaves_stops_it_and_is_asked_then(held, policy, agent, network):
    reply = send(held, policy)
    new = put_in_force(("conduct", {"answer_words": ["sorry"]}, says("Never say sorry.", "block")))
    AttestationFactory(user=agent, version=new)

    assert deliver(reply, network, reply.not_before_at) is False

    assert network.posts == []
    assert fresh(reply).error == "A new version of the policy has come into force."
    with pytest.raises(ConductBlocked, match="Never say sorry"):
        send(held, new)
    with pytest.raises(WorldChanged):
        send(held, policy, REFUND)


def test_a_correction_is_asked_about_and_a_removal_is_not(held, policy, agent, monkeypatch):
    monkeypatch.setitem(registry.CONNECTORS, "scripted", ChangingNetwork())
    answer = out(held, policy)

    with pytest.raises(ConductBlocked):
        correct(answer, agent, NEVER)
    with pytest.raises(ApprovalNeeded):
        correct(answer, agent, REFUND)

    assert Reply.objects.count() == 1
    assert remove(answer, agent, NEVER).state == "queued"


def test_what_an_answer_will_need_is_known_before_it_is_written(held, policy, care):
    given = {"visibility": "public", "department": care, "policy": reading.policy_in_force(), "at": LATER}

    urgent = conduct.known_before(held, disposition="customer_service", priority=1, **given)

    assert [(one.asked, one.label) for one in urgent] == [(({"department": care.pk, "role": "lead"},), "7.5")]
    assert conduct.known_before(held, disposition="customer_service", priority=3, **given) == ()
    assert conduct.known_before(held, disposition="no_response", priority=1, **given) == ()


def test_an_approval_does_not_hold_where_more_is_needed_by_now(held, policy, manager, legal, lead):
    approval = ask(held, policy, REFUND)
    approve(approval, legal)
    Conversation.objects.filter(pk=held.pk).update(priority=1)

    with pytest.raises(ApprovalNeeded, match="was not asked"):
        send(held, policy, REFUND)

    assert state_of(approval) == "approved"
    assert approval != ask(held, policy, REFUND)
