from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from policies.models import PolicyVersion, RuleCount
from policies.services import heeding
from policies.services.heeding import Heeded
from teams.models import Department, User
from teams.roles import Role
from tests.factories.listening import ChannelFactory
from tests.factories.policies import AttestationFactory, ClauseFactory, PolicyVersionFactory, RuleFactory, TargetFactory
from tests.factories.teams import NOON, AppointmentFactory, DepartmentFactory, MembershipFactory
from tests.support.hearing import hear, said
from triage.models import Conversation, Decision
from triage.services.decisions import deciding
from triage.services.decisions.deciding import Choice, DepartureUnexplained
from triage.services.threads import splitting_off
from triage.states import Departure, Disposition, Reason, Stage, Visibility

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(minutes=3)


@pytest.fixture
def care() -> Department:
    return DepartmentFactory(slug="care", name="Customer care")


@pytest.fixture
def expert(care) -> User:
    return MembershipFactory(department=care, user__email="eva@example.com", user__wants_email=False).user


@pytest.fixture
def owner() -> User:
    return AppointmentFactory(role=Role.TRIAGE_OWNER, user__wants_email=False).user


@pytest.fixture
def version(care, expert, owner) -> PolicyVersion:
    version = PolicyVersionFactory()
    clause = ClauseFactory(version=version, number=3)
    order = {
        "disposition": "customer_service",
        "department": "care",
        "visibility": "private",
        "person": "eva@example.com",
        "tags": ["order"],
    }
    RuleFactory(clause=clause, position=1, name="Order", condition={"words": ["order"]}, outcome=order)
    RuleFactory(clause=clause, position=2, name="Reach", condition={"words": ["order"]}, outcome={"points": 25})
    for priority in range(1, 5):
        TargetFactory(version=version, priority=priority)
    PolicyVersion.objects.filter(pk=version.pk).update(state="in_force", in_force_from=NOON, binds_from=NOON)
    AttestationFactory(user=owner, version=version)
    return version


@pytest.fixture
def conversation(version) -> Conversation:
    (conversation,) = hear(ChannelFactory(), said("1", "Where is my order?"))
    return conversation


def choice(care: Department, expert: User | None, **change: Any) -> Choice:
    parts: dict[str, Any] = {
        "disposition": Disposition.CUSTOMER_SERVICE,
        "priority": 2,
        "department": care,
        "visibility": Visibility.PRIVATE,
        "offered_to": expert,
    }
    return Choice(**{**parts, **change})


def decide(conversation: Conversation, owner: User, chosen: Choice, fence: int = 0) -> Decision:
    return deciding.decide(conversation_id=conversation.pk, choice=chosen, triage_owner=owner, fence=fence, at=LATER)


def counted(version: PolicyVersion) -> dict[str, Heeded]:
    names = dict(version.clauses.get().rules.values_list("key", "name"))
    return {names[key]: heeded for key, heeded in heeding.heeded(list(names), version=version).items()}


def test_following_the_suggestion_counts_for_its_rules(conversation, owner, care, expert, version):
    decision = decide(conversation, owner, choice(care, expert, departure=""))

    conversation.refresh_from_db()
    assert (decision.follows_suggestion, decision.departure, decision.tags) == (True, "", ["order"])
    assert conversation.tags == ["order"]
    assert counted(version) == {"Order": Heeded(1), "Reach": Heeded(1)}


@pytest.mark.parametrize(
    ("change", "departed"),
    [
        ({"priority": 3}, "Reach"),
        ({"visibility": Visibility.PUBLIC}, "Order"),
        ({"disposition": Disposition.PUBLIC_RESPONSE}, "Order"),
        ({"tags": ("bill",)}, "Order"),
        ({"offered_to": None}, "Order"),
    ],
)
def test_a_departure_counts_against_the_rule_that_gave_the_part(
    conversation, owner, care, expert, version, change, departed
):
    decision = decide(conversation, owner, choice(care, expert, departure=Departure.BROAD, **change))

    assert (decision.follows_suggestion, decision.departure) == (False, "broad")
    other = {"Order": "Reach", "Reach": "Order"}[departed]
    assert counted(version) == {departed: Heeded(0, {"broad": 1}), other: Heeded(1)}


def test_a_departure_without_a_reason_is_refused(conversation, owner, care, expert):
    with pytest.raises(DepartureUnexplained):
        decide(conversation, owner, choice(care, expert, priority=3, departure=""))

    conversation.refresh_from_db()
    assert (conversation.stage, conversation.fence) == (Stage.NEW, 0)
    assert not Decision.objects.exists()
    assert not RuleCount.objects.exists()


def test_deciding_not_to_answer_departs_from_everything_but_the_tags(conversation, owner, version):
    chosen = Choice(Disposition.NO_RESPONSE, 2, reason=Reason.SPAM, departure=Departure.WRONG)

    decision = decide(conversation, owner, chosen)

    assert (decision.departure, decision.tags) == ("wrong", ["order"])
    assert counted(version) == {"Order": Heeded(0, {"wrong": 1}), "Reach": Heeded(1)}


def test_nobody_departs_from_a_person_who_cannot_take_it(conversation, owner, care, expert, version):
    expert.memberships.all().delete()

    decision = decide(conversation, owner, choice(care, None, departure=""))

    assert decision.follows_suggestion is True
    assert counted(version) == {"Order": Heeded(1), "Reach": Heeded(1)}


def test_tags_that_are_added_are_no_departure(conversation, owner, care, expert):
    decision = decide(conversation, owner, choice(care, expert, tags=("order", "late"), departure=""))

    assert (decision.follows_suggestion, decision.tags) == (True, ["order", "late"])


def test_deciding_once_more_neither_asks_nor_counts(conversation, owner, care, expert, version):
    decide(conversation, owner, choice(care, expert, departure=""))

    decision = decide(conversation, owner, choice(care, expert, priority=1, departure=""), fence=1)

    assert (decision.follows_suggestion, decision.departure) == (False, "")
    assert counted(version) == {"Order": Heeded(1), "Reach": Heeded(1)}


@pytest.mark.parametrize(
    ("name", "breaker"),
    [
        ("policies_rulecount_verdict_known", lambda one: one.rule_counts.create(rule_key=uuid4(), verdict="odd")),
        ("policies_policyversion_share_of_a_hundred", lambda _one: PolicyVersionFactory(checked_share=101)),
    ],
)
def test_the_database_refuses(version, name, breaker):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        breaker(version)


def test_counts_are_added_together_and_stay_the_same(conversation, owner, care, expert, version):
    rule = version.clauses.get().rules.get(name="Order")
    heeding.count([(rule.pk, RuleCount.Verdict.FOLLOWED)] * 2 + [(rule.pk, RuleCount.Verdict.SPECIAL)])
    heeding.count([(rule.pk, RuleCount.Verdict.FOLLOWED)])
    heeding.count([(rule.pk + 1000, RuleCount.Verdict.FOLLOWED)])

    assert heeding.compact() == 1
    assert heeding.compact() == 0
    assert counted(version) == {"Order": Heeded(3, {"special": 1})}
    assert heeding.heeded([rule.key])[rule.key].total == 4


def test_what_is_taken_out_and_stays_counts_for_no_rule_and_against_none(care, owner, version):
    (thread,) = hear(ChannelFactory(), said("1"), said("2", "Where is my order?", answers="1", minute=1))
    decide(thread, owner, choice(care, None, priority=3, visibility=Visibility.PUBLIC))
    counted = list(RuleCount.objects.values_list("verdict", "n"))
    (taken,) = thread.entries.filter(mention__external_id="2").values_list("pk", flat=True)

    opened = splitting_off.split_off(conversation_id=thread.pk, mention_ids=[taken], stays=True, actor=owner, at=LATER)

    assert Decision.objects.get(conversation=opened).departure == ""
    assert list(RuleCount.objects.values_list("verdict", "n")) == counted
