from datetime import timedelta
from typing import Any

import pytest

from policies.models import Rule
from policies.services import heeding
from policies.services.heeding import Heeded
from teams.models import Department, Notification, User
from teams.roles import Role
from tests.factories.policies import AttestationFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.factories.triage import ConversationFactory, DecisionFactory
from triage.history.sentences import decision_sentence, read_history
from triage.models import ClockEnd, Conversation, Decision, Event
from triage.replaying import Decided, Happened, replay
from triage.services import closing
from triage.services.back_tests import past
from triage.services.decisions import deciding, tagging, undoing
from triage.services.decisions.deciding import Choice
from triage.services.decisions.undoing import NotUndoable
from triage.services.gate import NotAttested
from triage.services.pen import claims
from triage.states import Disposition, DueFor, Reason, Stage, Visibility

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)
SOON = LATER + timedelta(minutes=1)


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


def decide(conversation: Conversation, owner: User, **change: Any) -> Decision:
    conversation.refresh_from_db()
    parts = {"disposition": Disposition.CUSTOMER_SERVICE, "priority": 2, "visibility": Visibility.PRIVATE, **change}
    choice = Choice(**parts)
    return deciding.decide(
        conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=conversation.fence, at=LATER
    )


def undo(conversation: Conversation, actor: User, *, at=SOON, fence: int | None = None) -> None:
    conversation.refresh_from_db()
    undoing.undo_decision(
        conversation_id=conversation.pk,
        actor=actor,
        fence=conversation.fence if fence is None else fence,
        at=at,
    )
    conversation.refresh_from_db()


def assert_the_record_replays(conversation: Conversation) -> None:
    conversation.refresh_from_db()
    decisions = {
        one.pk: Decided(one.disposition, one.priority, one.department_id, one.visibility, one.offered_to_id)
        for one in conversation.decisions.all()
    }
    happened = [Happened(one.kind, one.actor_id, one.at, one.data) for one in conversation.events.order_by("pk")]
    standing = replay(happened, decisions=decisions, voices=frozenset())
    for name in ("stage", "department_id", "offered_to_id", "fence", "disposition", "visibility", "outcome"):
        assert getattr(standing, name) == getattr(conversation, name), name
    assert (standing.decided_at, standing.closed_at) == (conversation.decided_at, conversation.closed_at)


def test_a_conversation_needs_a_decision_again(conversation, owner, care):
    responder = MembershipFactory(department=care, user__wants_email=False).user
    due_at, under = conversation.due_at, conversation.due_under
    decision = decide(conversation, owner, department=care, tags=("delivery",))

    undo(conversation, owner)

    assert (conversation.stage, conversation.department, conversation.offered_to) == (Stage.NEW, None, None)
    assert (conversation.disposition, conversation.visibility, conversation.tags) == ("", "", [])
    assert (conversation.decided_at, conversation.fence) == (None, 2)
    assert (conversation.due_at, conversation.due_for, conversation.due_under) == (due_at, DueFor.DECIDE, under)
    assert (conversation.step_due_at, conversation.resolve_due_at) == (due_at, None)
    assert not ClockEnd.objects.exists()
    assert list(Decision.objects.order_by("pk").values_list("disposition", "reverses", "decided_by")) == [
        ("customer_service", None, owner.pk),
        ("", decision.pk, owner.pk),
    ]
    assert Notification.objects.get(user=responder).read_at == SOON
    assert_the_record_replays(conversation)


def test_what_nobody_was_to_answer_is_open_again(conversation, owner):
    decide(conversation, owner, disposition=Disposition.NO_RESPONSE, reason=Reason.SPAM, visibility="")

    undo(conversation, owner)

    assert (conversation.stage, conversation.outcome, conversation.closed_at) == (Stage.NEW, "", None)
    assert conversation.events.get(kind="decision_undone").data["reopens"] is True
    assert_the_record_replays(conversation)


def test_the_decision_before_is_in_force_again(conversation, owner, care):
    press = DepartmentFactory(slug="press")
    first = decide(conversation, owner, department=care, tags=("delivery",))
    decide(conversation, owner, department=press, disposition=Disposition.PUBLIC_RESPONSE, visibility="public")

    undo(conversation, owner)

    assert (conversation.stage, conversation.department) == (Stage.ASSIGNED, care)
    assert (conversation.disposition, conversation.visibility) == ("customer_service", "private")
    assert (conversation.tags, conversation.decided_at) == (["delivery"], first.at)
    assert conversation.due_for == DueFor.CLAIM
    assert_the_record_replays(conversation)


def test_the_department_that_gets_it_back_is_told(conversation, owner, care):
    responder = MembershipFactory(department=care, user__wants_email=False).user
    decide(conversation, owner, department=care)
    decide(conversation, owner, department=DepartmentFactory(slug="press"))
    Notification.objects.update(read_at=LATER)

    undo(conversation, owner)

    assert list(Notification.objects.filter(read_at=None).values_list("user", "kind")) == [(responder.pk, "queue")]


def test_who_has_not_attested_takes_nothing_back(conversation, owner, care):
    decide(conversation, owner, department=care)
    other = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    DecisionFactory(conversation=conversation, department=care, decided_by=other, at=LATER)

    with pytest.raises(NotAttested):
        undo(conversation, other)

    conversation.refresh_from_db()
    assert (conversation.stage, Decision.objects.count()) == (Stage.ASSIGNED, 2)


def test_it_can_be_decided_anew_and_undone_again(conversation, owner, care):
    decide(conversation, owner, department=care)
    undo(conversation, owner)
    decide(conversation, owner, department=care)
    undo(conversation, owner)

    assert (conversation.stage, conversation.decided_at, conversation.fence) == (Stage.NEW, None, 4)
    assert_the_record_replays(conversation)


def test_undoing_is_not_undone(conversation, owner, care):
    decide(conversation, owner, department=care)
    undo(conversation, owner)

    with pytest.raises(NotUndoable):
        undo(conversation, owner)

    assert Decision.objects.count() == 2


@pytest.mark.parametrize("gone_on", ["claimed", "closed", "stale", "late", "another"])
def test_what_somebody_has_gone_on_with_stays(conversation, owner, care, policy, gone_on):
    responder = MembershipFactory(department=care, user__wants_email=False).user
    AttestationFactory(user=responder, version=policy)
    actor, fence, at = owner, None, SOON
    decide(conversation, owner, department=care)
    if gone_on == "claimed":
        claims.claim_conversation(conversation_id=conversation.pk, agent=responder, at=SOON)
    elif gone_on == "closed":
        closing.close_conversation(conversation_id=conversation.pk, actor=owner, outcome="resolved", fence=1, at=LATER)
    elif gone_on == "stale":
        fence = 0
    elif gone_on == "late":
        at = LATER + timedelta(hours=1, seconds=1)
    else:
        actor = AppointmentFactory(role=Role.TRIAGE_OWNER).user
    events = Event.objects.count()
    conversation.refresh_from_db()
    stage = conversation.stage

    with pytest.raises(NotUndoable):
        undo(conversation, actor, at=at, fence=fence)

    conversation.refresh_from_db()
    assert (conversation.stage, Event.objects.count(), Decision.objects.count()) == (stage, events, 1)


def test_what_it_counted_for_its_rules_is_taken_back(owner, care, policy):
    rule = Rule.objects.get(clause__version=policy)
    because = [{"rule_id": rule.pk, "gave": ["disposition"], "points": 0, "clause_id": rule.clause_id}]
    conversation = ConversationFactory(
        suggestion={"priority": 2, "disposition": "customer_service", "because": because}
    )
    decide(conversation, owner, department=care)
    assert heeding.heeded([rule.key]) == {rule.key: Heeded(followed=1)}

    undo(conversation, owner)

    assert heeding.heeded([rule.key]) == {rule.key: Heeded()}


def test_the_record_tells_it_in_a_sentence(conversation, owner, care):
    decide(conversation, owner, department=care)
    undo(conversation, owner)

    assert read_history(conversation).lines[0].text == f"{owner.name} took the decision back."


def test_tags_that_people_changed_by_hand_stay(conversation, owner, care):
    def tag(*, add=(), remove=()):
        tagging.change_tags(conversation_id=conversation.pk, actor=owner, add=add, remove=remove, at=LATER)

    tag(add=["vip"])
    decide(conversation, owner, department=care, tags=("delivery", "damage"))
    tag(add=["recall"], remove=["damage"])
    decide(conversation, owner, department=DepartmentFactory(), tags=("law",))
    tag(add=["late"])

    undo(conversation, owner)

    assert conversation.tags == ["delivery", "recall", "late"]
    assert Decision.objects.order_by("pk").last().tags == conversation.tags
    assert_the_record_replays(conversation)


def test_tags_from_before_the_first_decision_are_there_again(conversation, owner, care):
    tagging.change_tags(conversation_id=conversation.pk, actor=owner, add=["vip"], remove=[], at=LATER)
    decide(conversation, owner, department=care)
    assert conversation.decisions.get().tags == ["vip"]

    undo(conversation, owner)

    assert conversation.tags == ["vip"]


@pytest.fixture
def by_rule(owner, care, policy) -> Conversation:
    """A conversation on which a rule has decided."""
    rule = Rule.objects.get(clause__version=policy)
    because = [{"rule_id": rule.pk, "gave": ["disposition"], "points": 0, "clause_id": rule.clause_id}]
    suggestion = {"priority": 2, "disposition": "customer_service", "because": because}
    conversation = ConversationFactory(assigned=True, department=care, priority=2, suggestion=suggestion)
    decision = DecisionFactory(
        conversation=conversation,
        department=care,
        priority=2,
        clause=rule.clause,
        policy_version=policy,
        decided_by=None,
        decided_by_rule=rule,
        at=NOON,
    )
    Conversation.objects.update(decided_at=NOON, fence=1)
    Event.objects.create(conversation=conversation, kind="decided", at=NOON, data={"decision": decision.pk})
    return conversation


def test_what_a_rule_decided_is_the_rules_again(by_rule, owner, care, policy):
    rule, of_rule = Rule.objects.get(clause__version=policy), Decision.objects.get()
    otherwise = {"department": care, "disposition": Disposition.PUBLIC_RESPONSE, "visibility": "public"}
    decide(by_rule, owner, **otherwise, departure="wrong")
    undo(by_rule, owner)
    assert heeding.heeded([rule.key]) == {rule.key: Heeded()}

    again = Decision.objects.latest("pk")
    assert (again.of_rule(), again.disposition) == (of_rule, "customer_service")
    assert decision_sentence(again).startswith(f"Clause {rule.clause.label}, rule “{rule.name}”,")
    assert past._decisions([by_rule.pk]) == {}

    # Whoever reverses it once more says why, and it counts.
    with pytest.raises(deciding.DepartureUnexplained):
        decide(by_rule, owner, **otherwise, departure="")
    decide(by_rule, owner, **otherwise, departure="wrong")
    assert Decision.objects.latest("pk").reverses == of_rule
    assert heeding.heeded([rule.key]) == {rule.key: Heeded(0, {"wrong": 1})}


@pytest.mark.parametrize(
    ("happens", "priority"), [("before", 1), ("between", 1), ("after", 1), ("undone", 3), ("never", 3)]
)
def test_what_has_become_more_urgent_by_a_merge_stays_so(conversation, owner, care, happens, priority):
    def merge():
        Conversation.objects.filter(pk=conversation.pk).update(priority=1)
        data = {"from": 1, "merge": 7, "priority": 1, "stirs": False}
        Event.objects.create(conversation=conversation, kind="merged", actor=owner, at=LATER, data=data)

    if happens == "before":
        merge()
    decide(conversation, owner, department=care, priority=1 if happens == "before" else 3)
    if happens in ("between", "undone"):
        merge()
    decide(conversation, owner, department=DepartmentFactory(), priority=2)
    if happens == "after":
        merge()
    elif happens == "undone":
        # Somebody had decided otherwise, so the priority was not given back.
        data = {"gave_back": 1, "merge": 7}
        Event.objects.create(conversation=conversation, kind="merge_undone", actor=owner, at=LATER, data=data)

    undo(conversation, owner)

    assert (conversation.priority, Decision.objects.latest("pk").priority) == (priority, priority)
    assert_the_record_replays(conversation)


def test_of_several_threads_that_intake_has_joined_the_most_urgent_counts(conversation, owner, care):
    def join(joined: int, priority: int):
        Conversation.objects.filter(pk=conversation.pk).update(priority=priority)
        data = {"from": joined, "priority": priority}
        Event.objects.create(conversation=conversation, kind="merged", actor=None, at=LATER, data=data)

    decide(conversation, owner, department=care, priority=4)
    join(1, priority=1)
    decide(conversation, owner, department=DepartmentFactory(), priority=4)
    join(2, priority=3)

    undo(conversation, owner)

    assert (conversation.priority, Decision.objects.latest("pk").priority) == (1, 1)
    assert_the_record_replays(conversation)
