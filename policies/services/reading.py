"""The version in force, ready to run."""

from collections.abc import Collection

from django.db import connection
from django.utils.translation import gettext as _

from policies.engine.conditions import read_condition
from policies.engine.guide import Guide, read_guide
from policies.engine.outcomes import read_outcome
from policies.engine.rules import Policy, Rule
from policies.engine.targets import Allowed, Hours, Target, Targets, allowed_at, allowed_by
from policies.models import Clause, PolicyVersion
from policies.models import Rule as RuleRow
from policies.models import Target as TargetRow
from socialhub.lib.errors import Conflict

# Versions in force never change, so what was read of one stays right. One entry: the newest.
_kept: dict[int, Policy] = {}
# Clocks that began under earlier versions are still running for a while.
_kept_targets: dict[int, Targets] = {}
MOST_KEPT = 50


class NoPolicyInForce(Conflict):
    """There is no policy to act under."""

    code = "no_policy_in_force"


def policy_in_force() -> Policy:
    """Return the policy in force; one small query once it has been read.

    :raises NoPolicyInForce: no version is in force.
    """
    # Written out: every claim asks it, and compiling it would take longer than answering it.
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM policies_policyversion WHERE state = %s", [PolicyVersion.State.IN_FORCE.value])
        found: tuple[int] | None = cursor.fetchone()
    if found is None:
        raise NoPolicyInForce(_("No policy is in force. Publish one before deciding."))
    (version_id,) = found
    policy = _kept.get(version_id)
    if policy is None:
        policy = read_policy(version_id)
        _kept.clear()
        _kept[version_id] = policy
    return policy


def read_policy(version_id: int) -> Policy:
    """Read one version, whatever its state.

    :raises Invalid: a rule or the guide says something that the engine does not understand.
    """
    version = PolicyVersion.objects.get(pk=version_id)
    rows = (
        RuleRow.objects.filter(clause__version=version).select_related("clause").order_by("clause__number", "position")
    )
    rules = tuple(
        Rule(
            rule_id=row.pk,
            clause_id=row.clause_id,
            clause_label=row.clause.label,
            name=row.name,
            condition=read_condition(row.condition),
            outcome=read_outcome(row.kind, row.outcome),
            may_decide=frozenset(row.clause.may_decide),
            key=str(row.key),
        )
        for row in rows
    )
    lists = dict(version.word_lists.values_list("slug", "words"))
    return Policy(
        version_id=version.pk,
        number=version.number,
        rules=rules,
        targets=read_targets(version_id),
        lists=lists,
        passes_over_thanks=version.passes_over_thanks,
        guide=Guide(read_guide(version.guide), lists),
    )


def read_targets(version_id: int) -> Targets:
    """Read the times that a version allows."""
    rows = TargetRow.objects.filter(version_id=version_id)
    return {(row.priority, row.disposition): allowed_by(target_of(row)) for row in rows}


def target_of(row: TargetRow) -> Target:
    """Return a target as the engine knows it."""
    return Target(
        priority=row.priority,
        decide=row.decide_minutes,
        claim=row.claim_minutes,
        answer=row.answer_minutes,
        rest=row.idle_minutes,
        resolve=row.resolve_minutes,
        disposition=row.disposition,
        hours=Hours(row.hours),
    )


def row_of(target: Target, version: PolicyVersion | None) -> TargetRow:
    """Return a target as it is stored; not stored yet."""
    return TargetRow(
        version=version,
        priority=target.priority,
        disposition=target.disposition,
        decide_minutes=target.decide,
        claim_minutes=target.claim,
        answer_minutes=target.answer,
        resolve_minutes=target.resolve,
        idle_minutes=target.rest,
        hours=target.hours.value,
    )


def allowed_under(version_id: int | None, *, priority: int, disposition: str) -> Allowed:
    """Return the times of the version under which a clock began; those of the one in force where none is known."""
    if version_id is None:
        policy = next(iter(_kept.values()), None) or policy_in_force()
        return policy.allowed(priority, disposition)
    targets = _kept_targets.get(version_id)
    if targets is None:
        targets = read_targets(version_id)
        if len(_kept_targets) > MOST_KEPT:
            _kept_targets.clear()
        _kept_targets[version_id] = targets
    return allowed_at(targets, priority, disposition)


def clauses_among(clause_ids: Collection[int], *, version_id: int) -> set[int]:
    """Return which of these clauses belong to the version."""
    return set(Clause.objects.filter(pk__in=clause_ids, version_id=version_id).values_list("pk", flat=True))
