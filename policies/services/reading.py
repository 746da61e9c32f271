"""The version in force, ready to run."""

from datetime import timedelta

from django.utils.translation import gettext as _

from policies.engine.conditions import read_condition
from policies.engine.outcomes import read_outcome
from policies.engine.rules import Allowed, Policy, Rule
from policies.models import Attestation, Clause, PolicyVersion
from policies.models import Rule as RuleRow
from socialhub.lib.errors import Conflict
from teams.models import User

# Versions in force never change, so what was read of one stays right. One entry: the newest.
_kept: dict[int, Policy] = {}


class NoPolicyInForce(Conflict):
    """There is no policy to act under."""

    code = "no_policy_in_force"


def policy_in_force() -> Policy:
    """Return the policy in force; one small query once it has been read.

    :raises NoPolicyInForce: no version is in force.
    """
    version_id = PolicyVersion.objects.in_force().values_list("pk", flat=True).first()
    if version_id is None:
        raise NoPolicyInForce(_("No policy is in force. Publish one before deciding."))
    policy = _kept.get(version_id)
    if policy is None:
        policy = read_policy(version_id)
        _kept.clear()
        _kept[version_id] = policy
    return policy


def read_policy(version_id: int) -> Policy:
    """Read one version, whatever its state.

    :raises Invalid: a rule says something that the engine does not understand.
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
        )
        for row in rows
    )
    targets = {
        target.priority: Allowed(
            timedelta(minutes=target.decide_minutes),
            timedelta(minutes=target.claim_minutes),
            timedelta(minutes=target.answer_minutes),
            timedelta(minutes=target.idle_minutes),
        )
        for target in version.targets.all()
    }
    lists = dict(version.word_lists.values_list("slug", "words"))
    return Policy(version_id=version.pk, number=version.number, rules=rules, targets=targets, lists=lists)


def has_attested(user: User, *, version_id: int) -> bool:
    """Say whether ``user`` has attested the version."""
    return Attestation.objects.filter(user=user, version_id=version_id).exists()


def has_clause(*, version_id: int, clause_id: int) -> bool:
    """Say whether the clause belongs to the version."""
    return Clause.objects.filter(pk=clause_id, version_id=version_id).exists()
