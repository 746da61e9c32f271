from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from policies.models import PolicyVersion
from policies.services.reading import NoPolicyInForce
from socialhub.lib.errors import Invalid
from teams.models import Department, Notification, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.policies import AttestationFactory, PolicyVersionFactory, everybody_attests
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory, UserFactory
from tests.factories.triage import ConversationFactory
from tests.support.hearing import hear, said
from triage.models import Conversation, Decision, Event
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice, DecisionNotOpen
from triage.services.gate import NotAttested
from triage.states import Disposition, DueFor, Outcome, Priority, Reason, Stage, Visibility

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def conversation(policy) -> Conversation:
    return ConversationFactory()


@pytest.fixture
def owner(policy) -> User:
    user = AppointmentFactory(role=Role.TRIAGE_OWNER, user__wants_email=False).user
    AttestationFactory(user=user, version=policy)
    return user


@pytest.fixture
def care() -> Department:
    return DepartmentFactory(slug="care")


def decide(conversation: Conversation, owner: User, choice: Choice, fence: int = 0) -> Decision:
    return deciding.decide(conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=fence, at=LATER)


def answer(department: Department | None, **change: Any) -> Choice:
    parts = {"disposition": Disposition.CUSTOMER_SERVICE, "priority": 3, "visibility": Visibility.PRIVATE, **change}
    return Choice(department=department, **parts)


def no_answer(**change: Any) -> Choice:
    return Choice(**{"disposition": Disposition.NO_RESPONSE, "priority": 3, "reason": Reason.SPAM, **change})


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def told() -> list[tuple[int, str]]:
    return sorted(Notification.objects.values_list("user", "kind"))


def assert_nothing_changed(conversation: Conversation) -> None:
    before = (conversation.stage, conversation.fence, conversation.department, conversation.priority)
    conversation.refresh_from_db()
    assert (conversation.stage, conversation.fence, conversation.department, conversation.priority) == before
    assert not Decision.objects.exists()
    assert not Event.objects.exists()
    assert not Notification.objects.exists()


def test_a_decision_to_answer_hands_over_to_the_department(conversation, owner, care, policy):
    responders = [MembershipFactory(department=care, user__wants_email=False).user for _ in range(2)]
    MembershipFactory(department=care, role=Role.LISTENER)
    MembershipFactory(department=care, user__is_active=False)
    MembershipFactory()

    decision = decide(conversation, owner, answer(care, priority=Priority.HIGH, note="Be quick."))

    conversation.refresh_from_db()
    assert (decision.disposition, decision.department, decision.visibility, decision.priority, decision.note) == (
        Disposition.CUSTOMER_SERVICE,
        care,
        Visibility.PRIVATE,
        Priority.HIGH,
        "Be quick.",
    )
    assert (decision.policy_version, decision.clause, decision.follows_suggestion) == (policy, None, None)
    assert (decision.decided_by, decision.at) == (owner, LATER)
    assert (conversation.stage, conversation.department, conversation.fence) == (Stage.ASSIGNED, care, 1)
    assert (conversation.disposition, conversation.visibility, conversation.priority) == (
        Disposition.CUSTOMER_SERVICE,
        Visibility.PRIVATE,
        Priority.HIGH,
    )
    assert (conversation.decided_at, conversation.due_at, conversation.due_for) == (
        LATER,
        LATER + timedelta(minutes=60),
        DueFor.CLAIM,
    )
    assert [(event.kind, event.actor, event.data) for event in conversation.events.all()] == [
        ("decided", owner, {"decision": decision.pk})
    ]
    assert list(conversation.concerns.values_list("department", "because")) == [(care.pk, "decided")]
    assert told() == sorted((responder.pk, "queue") for responder in responders)


def test_a_decision_may_name_a_person_who_alone_is_told(conversation, owner, care):
    person = MembershipFactory(department=care, user__wants_email=False).user
    MembershipFactory(department=care)

    decision = decide(conversation, owner, answer(care, offered_to=person))

    conversation.refresh_from_db()
    assert (decision.offered_to, conversation.offered_to, conversation.stage) == (person, person, Stage.ASSIGNED)
    assert told() == [(person.pk, "given")]


def test_a_decision_not_to_answer_closes(conversation, owner):
    decision = decide(conversation, owner, no_answer(priority=Priority.LOW))

    conversation.refresh_from_db()
    assert (decision.disposition, decision.reason, decision.department) == (
        Disposition.NO_RESPONSE,
        Reason.SPAM,
        None,
    )
    assert (conversation.stage, conversation.outcome, conversation.closed_at, conversation.fence) == (
        Stage.CLOSED,
        Outcome.NO_ANSWER,
        LATER,
        1,
    )
    assert (conversation.due_at, conversation.due_for, conversation.priority) == (None, "", Priority.LOW)
    assert kinds(conversation) == ["decided", "closed"]
    assert told() == []


def test_a_decision_is_revised_while_nobody_has_claimed(conversation, owner, care):
    first = decide(conversation, owner, answer(care))
    press = DepartmentFactory()

    second = decide(conversation, owner, answer(press, disposition=Disposition.PUBLIC_RESPONSE), fence=1)

    conversation.refresh_from_db()
    assert list(conversation.decisions.order_by("pk")) == [first, second]
    assert (conversation.department, conversation.fence, conversation.decided_at) == (press, 2, LATER)
    assert sorted(conversation.concerns.values_list("department", flat=True)) == sorted([care.pk, press.pk])


def test_a_revised_decision_takes_back_an_offer(conversation, owner, care):
    person = MembershipFactory(department=care, user__wants_email=False).user
    decide(conversation, owner, answer(care, offered_to=person))

    decide(conversation, owner, answer(care), fence=1)
    conversation.refresh_from_db()
    assert conversation.offered_to is None

    decide(conversation, owner, no_answer(), fence=2)
    conversation.refresh_from_db()
    assert (conversation.stage, conversation.department) == (Stage.CLOSED, None)


@pytest.mark.parametrize("trait", ["claimed", "waiting", "closed"])
def test_what_somebody_has_claimed_or_closed_is_not_decided_on(policy, owner, care, trait):
    conversation = ConversationFactory(**{trait: True})

    with pytest.raises(DecisionNotOpen):
        decide(conversation, owner, answer(care), fence=conversation.fence)

    assert_nothing_changed(conversation)


@pytest.mark.parametrize("fence", [1, 2, 10**30])
def test_a_decision_on_what_changed_hands_is_refused(conversation, owner, care, fence):
    with pytest.raises(DecisionNotOpen):
        decide(conversation, owner, answer(care), fence=fence)

    assert_nothing_changed(conversation)


def test_nobody_decides_without_having_attested(conversation, care):
    owner = AppointmentFactory(role=Role.TRIAGE_OWNER).user

    with pytest.raises(NotAttested) as refusal:
        decide(conversation, owner, answer(care))

    assert str(refusal.value) == "Read and attest the policy in force before you decide."
    conversation.refresh_from_db()
    assert (conversation.stage, conversation.fence) == (Stage.NEW, 0)
    assert not Decision.objects.exists()


def test_nobody_decides_without_a_policy(care):
    conversation, owner = ConversationFactory(), UserFactory()

    with pytest.raises(NoPolicyInForce):
        decide(conversation, owner, answer(care))

    assert_nothing_changed(conversation)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda care, person: no_answer(reason=""), "reason"),
        (lambda care, person: no_answer(department=care), "department"),
        (lambda care, person: no_answer(offered_to=person), "department"),
        (lambda care, person: no_answer(visibility=Visibility.PUBLIC), "department"),
        (lambda care, person: answer(None), "department"),
        (lambda care, person: answer(care, reason=Reason.SPAM), "reason"),
        (lambda care, person: answer(care, visibility=""), "visibility"),
        (lambda care, person: answer(DepartmentFactory(is_active=False)), "department"),
        (lambda care, person: answer(care, offered_to=UserFactory()), "offered_to"),
        (lambda care, person: answer(DepartmentFactory(), offered_to=person), "offered_to"),
    ],
)
def test_a_choice_whose_parts_do_not_fit_is_refused(conversation, owner, care, make, field):
    person = MembershipFactory(department=care).user

    with pytest.raises(Invalid) as refused:
        decide(conversation, owner, make(care, person))

    assert refused.value.field == field
    assert_nothing_changed(conversation)


@pytest.mark.parametrize("change", [{"user__is_active": False}, {"role": Role.LISTENER}])
def test_a_conversation_is_given_only_to_who_answers(conversation, owner, care, change):
    person = MembershipFactory(department=care, **change).user

    with pytest.raises(Invalid, match="This person does not answer for that department\\."):
        decide(conversation, owner, answer(care, offered_to=person))

    assert_nothing_changed(conversation)


@pytest.mark.parametrize(("priority", "follows"), [(Priority.URGENT, True), (Priority.HIGH, False)])
def test_a_decision_on_a_suggestion_names_its_clause_and_says_whether_it_was_followed(
    policy, owner, care, priority, follows
):
    (conversation,) = hear(ChannelFactory(), said("1", "An outage"))

    decision = decide(conversation, owner, answer(care, priority=priority))

    assert decision.clause == policy.clauses.get(number=1)
    assert decision.follows_suggestion == follows


def test_a_clause_of_a_version_that_is_not_in_force_any_more_is_not_named(policy, owner, care):
    (conversation,) = hear(ChannelFactory(), said("1", "An outage"))
    PolicyVersion.objects.filter(pk=policy.pk).update(state="retired", in_force_until=LATER)
    newer = PolicyVersionFactory.published(in_force_from=LATER)
    everybody_attests()

    decision = decide(conversation, owner, answer(care, priority=1))

    assert (decision.policy_version, decision.clause) == (newer, None)


def test_whoever_decides_is_not_told_of_it(conversation, care):
    owner = MembershipFactory(department=care).user
    AppointmentFactory(user=owner, role=Role.TRIAGE_OWNER)
    everybody_attests()

    decide(conversation, owner, answer(care))

    assert told() == []


def test_open_pages_are_told_to_look_into_the_record(conversation, owner, care, django_capture_on_commit_callbacks):
    with mock.patch("socialhub.lib.live._send") as sent, django_capture_on_commit_callbacks(execute=True):
        decide(conversation, owner, answer(care))

    assert sent.mock_calls == [mock.call('{"recorded": true}')]
    assert conversation.concerns.get().department == care
