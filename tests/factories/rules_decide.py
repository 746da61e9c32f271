"""What rules decide by themselves, and what people make of it."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from policies.models import PolicyVersion
from tests.factories.policies import ClauseFactory, PolicyVersionFactory, RuleFactory, TargetFactory
from tests.factories.teams import NOON, UserFactory
from tests.factories.triage import ConversationFactory, DecisionFactory
from triage.models import DecidingStop, DecisionCheck

SPAM = {"priority": 4, "disposition": "no_response", "reason": "spam", "tags": ["spam"], "decides": True}


def deciding_version(**columns: Any) -> PolicyVersion:
    """Return a version in force whose rule “Advertising” of clause 4.5 closes what says casino; each is checked."""
    version = PolicyVersionFactory(**{"checked_share": 100, **columns})
    clause = ClauseFactory(version=version, number=4, label="4.5", may_decide=["no_response", "customer_service"])
    RuleFactory(clause=clause, position=1, name="Advertising", condition={"words": ["casino"]}, outcome=SPAM)
    for priority in range(1, 5):
        TargetFactory(version=version, priority=priority)
    PolicyVersion.objects.filter(pk=version.pk).update(state="in_force", in_force_from=NOON, binds_from=NOON)
    version.refresh_from_db()
    return version


class DecisionCheckFactory(DjangoModelFactory[DecisionCheck]):
    """A decision of a rule that nobody has looked at yet; its conversation is closed."""

    class Meta:
        model = DecisionCheck

    decision = factory.SubFactory(
        DecisionFactory,
        no_response=True,
        conversation=factory.SubFactory(
            ConversationFactory, closed=True, department=None, outcome="no_answer", visibility=""
        ),
        decided_by=None,
        decided_by_rule=factory.SubFactory(RuleFactory),
        clause=factory.SelfAttribute("decided_by_rule.clause"),
        policy_version=factory.SelfAttribute("decided_by_rule.clause.version"),
    )


class DecidingStopFactory(DjangoModelFactory[DecidingStop]):
    """No rule decides by itself."""

    class Meta:
        model = DecidingStop

    reason = "It closes complaints."
    stopped_by = factory.SubFactory(UserFactory)
    stopped_at = NOON
