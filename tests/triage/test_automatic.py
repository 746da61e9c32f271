from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from listening.models import Channel
from policies.models import PolicyVersion, Rule, RuleCount
from policies.services import incidents
from policies.services.incidents import Said
from socialhub.lib.errors import Invalid
from teams.models import AuditEntry, Department, Notification, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.policies import AttestationFactory, ClauseFactory, PolicyVersionFactory, RuleFactory, TargetFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.support.hearing import hear, said
from triage.history.sentences import read_history
from triage.models import ClockEnd, Concern, Conversation, DecidingStop, Decision, DecisionCheck
from triage.replaying import Decided, Happened, replay
from triage.services.decisions import automatic, checking_rules, deciding
from triage.services.decisions.deciding import Choice
from triage.states import Departure, Disposition, DueFor, Outcome, Reason, Stage, Visibility

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)
SPAM = {"priority": 4, "disposition": "no_response", "reason": "spam", "tags": ["spam"], "decides": True}
ORDER = {
    "priority": 2,
    "disposition": "customer_service",
    "department": "care",
    "visibility": "private",
    "decides": True,
}


@pytest.fixture
def care() -> Department:
    return DepartmentFactory(slug="care", name="Customer care", listens_for=["parcel"])


@pytest.fixture
def owner() -> User:
    return AppointmentFactory(role=Role.TRIAGE_OWNER, user__name="Olga Owner", user__wants_email=False).user


@pytest.fixture
def version(care, owner) -> PolicyVersion:
    version = PolicyVersionFactory(checked_share=100)
    clause = ClauseFactory(version=version, number=4, label="4.5", may_decide=["no_response", "customer_service"])
    RuleFactory(clause=clause, position=1, name="Advertising", condition={"words": ["casino"]}, outcome=SPAM)
    RuleFactory(clause=clause, position=2, name="Order", condition={"words": ["order"]}, outcome=ORDER)
    for priority in range(1, 5):
        TargetFactory(version=version, priority=priority)
    PolicyVersion.objects.filter(pk=version.pk).update(state="in_force", in_force_from=NOON, binds_from=NOON)
    AttestationFactory(user=owner, version=version)
    return version


@pytest.fixture
def channel(version) -> Channel:
    return ChannelFactory()


def rule(name: str) -> Rule:
    return Rule.objects.get(name=name)


def spam(channel: Channel) -> Conversation:
    (conversation,) = hear(channel, said("1", "Win at the casino"))
    return conversation


def kinds(conversation: Conversation) -> list[str]:
    return list(conversation.events.order_by("pk").values_list("kind", flat=True))


def counted() -> list[tuple[str, str]]:
    names = dict(Rule.objects.values_list("key", "name"))
    return [
        (names[key], verdict) for key, verdict in RuleCount.objects.order_by("pk").values_list("rule_key", "verdict")
    ]


def replayed(conversation: Conversation) -> dict[str, Any]:
    decisions = {
        one.pk: Decided(one.disposition, one.priority, one.department_id, one.visibility, one.offered_to_id)
        for one in conversation.decisions.all()
    }
    happened = [Happened(one.kind, one.actor_id, one.at, one.data) for one in conversation.events.order_by("pk")]
    standing = replay(happened, decisions=decisions, voices=set())
    names = ("stage", "department_id", "fence", "disposition", "visibility", "outcome", "decided_at", "closed_at")
    return {name: getattr(standing, name) for name in names}


def stands(conversation: Conversation) -> dict[str, Any]:
    names = ("stage", "department_id", "fence", "disposition", "visibility", "outcome", "decided_at", "closed_at")
    return {name: getattr(conversation, name) for name in names}


def test_a_rule_closes_what_nobody_answers(channel, version):
    conversation = spam(channel)

    decision = Decision.objects.get()
    assert (conversation.stage, conversation.outcome, conversation.closed_at) == (Stage.CLOSED, Outcome.NO_ANSWER, NOON)
    assert (conversation.fence, conversation.decided_at, conversation.due_at) == (1, NOON, None)
    assert (conversation.priority, conversation.tags) == (4, ["spam"])
    assert (decision.decided_by, decision.decided_by_rule, decision.clause) == (
        None,
        rule("Advertising"),
        rule("Advertising").clause,
    )
    assert (decision.disposition, decision.reason, decision.priority, decision.tags) == (
        Disposition.NO_RESPONSE,
        Reason.SPAM,
        4,
        ["spam"],
    )
    assert (decision.policy_version, decision.follows_suggestion, decision.at) == (version, True, NOON)
    assert kinds(conversation) == ["opened", "decided", "closed"]
    assert replayed(conversation) == stands(conversation)
    assert DecisionCheck.objects.get().decision == decision


def test_the_history_names_the_clause_and_the_rule(channel):
    lines = [line.text for line in read_history(spam(channel)).lines]

    assert lines[1] == (
        "Clause 4.5, rule “Advertising”, decided under policy version "
        f"{Decision.objects.get().policy_version.number}: do not respond (spam or a bot)."
    )


def test_a_rule_hands_to_a_department_that_is_told(channel, care):
    people = [MembershipFactory(department=care, user__wants_email=False).user for _ in range(2)]
    first, second = hear(channel, said("1", "My order"), said("2", "Order and parcel", author="ben"))

    assert (first.stage, first.department, first.fence) == (Stage.ASSIGNED, care, 1)
    assert (first.disposition, first.visibility, first.priority) == ("customer_service", Visibility.PRIVATE, 2)
    assert (first.due_at, first.due_for) == (NOON + timedelta(minutes=60), DueFor.CLAIM)
    assert kinds(first) == ["opened", "decided"]
    assert replayed(first) == stands(first)
    assert sorted(Concern.objects.values_list("conversation", "because")) == [
        (first.pk, "decided"),
        (second.pk, "heard"),
    ]
    told = Notification.objects.values_list("user", "kind", "conversation_id")
    assert sorted(told) == sorted((one.pk, "queue", c.pk) for one in people for c in (first, second))


@pytest.mark.parametrize("text", ["My order", "casino"])
def test_that_a_rule_decided_in_time_is_counted(channel, version, text):
    (conversation,) = hear(channel, said("1", text))

    end = ClockEnd.objects.get()
    assert (end.conversation, end.department, end.step) == (conversation, None, DueFor.DECIDE)
    assert (end.priority, end.under, end.missed) == (conversation.priority, version.pk, False)
    decide_minutes = version.targets.get(priority=conversation.priority).decide_minutes
    assert (end.ended_at, end.due_at) == (NOON, NOON + timedelta(minutes=decide_minutes))


def test_reversing_what_a_department_has_is_told_by_its_history(channel, owner):
    (conversation,) = hear(channel, said("1", "My order"))
    check = DecisionCheck.objects.get()

    checking_rules.reverse(check_id=check.pk, departure=Departure.BROAD, actor=owner, at=LATER)

    event = conversation.events.order_by("pk").last()
    assert (event.kind, event.actor, event.data) == (
        "decision_reversed",
        owner,
        {"reverses": check.decision_id, "departure": "broad"},
    )
    assert read_history(conversation).lines[0].text == (
        "Olga Owner found that the rule should not have decided so (the rule is too broad). "
        "The conversation stays where it is."
    )
    conversation.refresh_from_db()
    assert conversation.stage == Stage.ASSIGNED
    assert replayed(conversation) == stands(conversation)


def test_a_department_that_takes_nothing_leaves_it_to_a_person(channel, care):
    Department.objects.filter(pk=care.pk).update(is_active=False)

    (conversation,) = hear(channel, said("1", "My order"))

    assert (conversation.stage, conversation.fence) == (Stage.NEW, 0)
    assert not Decision.objects.exists()


def test_a_clause_that_does_not_list_the_disposition_only_suggests(care):
    version = PolicyVersionFactory()
    clause = ClauseFactory(version=version, may_decide=["customer_service"])
    RuleFactory(clause=clause, condition={"words": ["casino"]}, outcome=SPAM)
    for priority in range(1, 5):
        TargetFactory(version=version, priority=priority)
    PolicyVersion.objects.filter(pk=version.pk).update(state="in_force", in_force_from=NOON)

    conversation = spam(ChannelFactory())

    assert (conversation.stage, conversation.suggestion["disposition"]) == (Stage.NEW, "no_response")
    assert not Decision.objects.exists()


@pytest.mark.parametrize("which", ["Advertising", None])
def test_a_stopped_rule_leaves_it_to_a_person_until_it_is_lifted(channel, owner, which):
    key = rule(which).key if which else None
    stop = checking_rules.stop_deciding(rule_key=key, reason="It closes complaints.", actor=owner, at=NOON)

    assert spam(channel).stage == Stage.NEW
    order = hear(channel, said("2", "My order", author="ben"))[1]
    assert order.stage == (Stage.ASSIGNED if which else Stage.NEW)
    with pytest.raises(checking_rules.StoppedAlready):
        checking_rules.stop_deciding(rule_key=key, reason="Again.", actor=owner, at=NOON)

    checking_rules.lift_stop(stop_id=stop.pk, actor=owner, at=LATER)
    with pytest.raises(checking_rules.LiftedAlready):
        checking_rules.lift_stop(stop_id=stop.pk, actor=owner, at=LATER)
    assert hear(channel, said("3", "casino", author="cy"))[2].stage == Stage.CLOSED
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "deciding.stopped",
        "deciding.resumed",
    ]


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_a_stop_needs_a_reason(owner, reason):
    with pytest.raises(Invalid):
        checking_rules.stop_deciding(rule_key=None, reason=reason, actor=owner, at=NOON)

    assert not DecidingStop.objects.exists()


def test_a_stop_needs_a_rule_that_there_is(owner, version):
    with pytest.raises(Invalid):
        checking_rules.stop_deciding(rule_key=uuid4(), reason="Bad.", actor=owner, at=NOON)

    assert not DecidingStop.objects.exists()


@pytest.mark.parametrize(("share", "least", "most"), [(0, 0, 0), (10, 700, 1300), (100, 10_000, 10_000)])
def test_the_share_is_sampled_and_always_the_same(share, least, most):
    sampled = [pk for pk in range(10_000) if automatic.is_sampled(pk, share)]

    assert least <= len(sampled) <= most
    assert sampled == [pk for pk in range(10_000) if automatic.is_sampled(pk, share)]


def test_confirming_counts_for_the_rule_once(channel, owner):
    spam(channel)
    check = DecisionCheck.objects.get()

    checking_rules.confirm(check_id=check.pk, actor=owner, at=LATER)

    with pytest.raises(checking_rules.CheckedAlready):
        checking_rules.reverse(check_id=check.pk, departure=Departure.WRONG, actor=owner, at=LATER)
    check.refresh_from_db()
    assert (check.verdict, check.checked_by, check.checked_at) == ("confirmed", owner, LATER)
    assert counted() == [("Advertising", "followed")]
    assert Conversation.objects.get().stage == Stage.CLOSED


def test_what_is_reversed_belongs_to_what_was_declared_meanwhile(channel, owner):
    conversation = spam(channel)
    incidents.declare(said=Said("Casino", 1, {"words": ["casino"]}), actor=owner, at=NOON)

    checking_rules.reverse(check_id=DecisionCheck.objects.get().pk, departure=Departure.BROAD, actor=owner, at=LATER)

    assert conversation.incident_parts.count() == 1


def test_reversing_counts_against_the_rule_and_opens_for_a_decision_that_names_it(channel, owner, care):
    conversation = spam(channel)
    check = DecisionCheck.objects.get()

    checking_rules.reverse(check_id=check.pk, departure=Departure.BROAD, actor=owner, at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.fence, conversation.due_for) == (Stage.NEW, 2, DueFor.DECIDE)
    assert kinds(conversation)[-1] == "reopened"
    assert read_history(conversation).lines[0].text == (
        "Olga Owner reversed what the rule had decided, and reopened the conversation."
    )
    choice = Choice(Disposition.CUSTOMER_SERVICE, 3, department=care, visibility="public", departure="")
    decision = deciding.decide(conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=2, at=LATER)
    assert (decision.reverses, decision.departure, decision.follows_suggestion) == (check.decision, "broad", False)
    assert counted() == [("Advertising", "broad")]
    conversation.refresh_from_db()
    assert replayed(conversation) == stands(conversation)


def test_a_reversal_needs_a_reason(channel, owner):
    spam(channel)

    with pytest.raises(Invalid):
        checking_rules.reverse(check_id=DecisionCheck.objects.get().pk, departure="", actor=owner, at=LATER)

    assert DecisionCheck.objects.get().verdict == ""
    assert not RuleCount.objects.exists()


def test_what_a_person_decided_meanwhile_is_not_opened_by_a_reversal(channel, owner):
    conversation = spam(channel)
    first = DecisionCheck.objects.get()
    Conversation.objects.filter(pk=conversation.pk).update(outcome=Outcome.RESOLVED)

    checking_rules.reverse(check_id=first.pk, departure=Departure.WRONG, actor=owner, at=LATER)

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.fence) == (Stage.CLOSED, 1)


def test_a_person_who_decides_otherwise_in_the_queue_is_counted_and_names_it(channel, owner, care):
    (conversation,) = hear(channel, said("1", "My order"))
    choice = Choice(Disposition.PUBLIC_RESPONSE, 2, department=care, visibility="private", departure=Departure.SPECIAL)

    decision = deciding.decide(conversation_id=conversation.pk, choice=choice, triage_owner=owner, fence=1, at=LATER)

    assert decision.reverses is not None
    assert decision.departure == "special"
    assert counted() == [("Order", "special")]


@pytest.mark.parametrize("decided", [False, True])
def test_intake_costs_the_same_however_many_are_decided(channel, care, decided):
    MembershipFactory(department=care, user__wants_email=False)
    text = "My order" if decided else "My bike"

    def statements(count: int, first: int) -> int:
        items = [said(str(n), f"{text} {n}", author=f"a{n}") for n in range(first, first + count)]
        with CaptureQueriesContext(
            connection,
        ) as context:
            hear(channel, *items)
        return len(context)

    statements(1, 0)

    assert statements(2, 10) == statements(20, 100)
    assert Decision.objects.count() == (23 if decided else 0)
