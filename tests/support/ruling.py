"""A policy in force that says something of answers."""

from collections.abc import Sequence
from typing import Any

from policies.models import PolicyVersion
from tests.factories.policies import (
    TARGETS,
    ClauseFactory,
    PolicyVersionFactory,
    RuleFactory,
    TargetFactory,
    WordListFactory,
)
from tests.factories.teams import NOON, UserFactory

Written = dict[str, Any]


def says(message: str, verdict: str = "warn", **more: Any) -> Written:
    """Return what a rule of conduct says."""
    return {"verdict": verdict, "message": message, **more}


def asks(*asked: Written, mode: str = "any") -> Written:
    """Return what a rule of approval says."""
    return {"mode": mode, "asked": list(asked)}


def put_in_force(
    *rules: tuple[str, Written, Written],
    lists: dict[str, list[str]] | None = None,
    guide: Sequence[Written] = (),
) -> PolicyVersion:
    """Put a version in force in which clause 7.1 has the rules: kind, condition and what it says, one clause each."""
    PolicyVersion.objects.in_force().update(state="retired", in_force_until=NOON)
    former = PolicyVersion.objects.order_by("-in_force_until").first()
    version = PolicyVersionFactory(guide=list(guide))
    for slug, words in (lists or {}).items():
        WordListFactory(version=version, slug=slug, words=words)
    for number, (kind, condition, outcome) in enumerate(rules, start=1):
        clause = ClauseFactory(version=version, number=number, label=f"7.{number}", title=f"Rule {number}")
        RuleFactory(clause=clause, kind=kind, name=f"rule-{number}", condition=condition, outcome=outcome)
    for priority in TARGETS:
        TargetFactory(version=version, priority=priority)
    version.state = PolicyVersion.State.IN_FORCE
    version.in_force_from = NOON if former is None else former.in_force_until
    version.binds_from = version.in_force_from
    version.published_by = UserFactory()
    version.save(update_fields=["state", "in_force_from", "binds_from", "published_by"])
    return version
