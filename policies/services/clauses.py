"""The clauses of a draft and their rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from policies.engine.conditions import read_condition
from policies.engine.keeping import check_looks_at_no_text
from policies.engine.outcomes import read_outcome
from policies.fingerprints import fingerprint
from policies.models import Clause, PolicyVersion
from policies.models import Rule as RuleRow
from policies.numbering import labels
from policies.services.drafting import ChangedMeanwhile, lock_draft
from socialhub.lib.errors import Conflict


class Gone(Conflict):
    """Somebody else has deleted it."""

    code = "gone"


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """A rule as a form gives it."""

    name: str
    condition: Mapping[str, Any]
    outcome: Mapping[str, Any]
    kind: str = RuleRow.Kind.ROUTING


def add_clause(
    *,
    version_id: int,
    title: str,
    body: str,
    level: int = 1,
    may_decide: Iterable[str] = (),
    is_substantial: bool = True,
    after: int | None = None,
    key: UUID | None = None,
) -> Clause:
    """Add a clause behind the one called ``after``, or at the end.

    ``key`` is that of the form: the same text sent twice is one clause, another text is another clause.

    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    with transaction.atomic():
        draft = lock_draft(version_id)
        present = _clauses(version_id)
        sent = next((clause for clause in present if clause.key == key), None)
        if sent is not None and (sent.title, sent.body) == (title, body):
            return sent
        clause = Clause.objects.create(
            version=draft,
            key=key if key is not None and sent is None else uuid4(),
            number=len(present) + 1,
            title=title,
            body=body,
            level=level,
            may_decide=list(may_decide),
            is_substantial=is_substantial,
        )
        place = next((at for at, other in enumerate(present, start=1) if other.pk == after), len(present))
        present.insert(place, clause)
        _number(present)
        clause.refresh_from_db(fields=["number", "label"])
        return clause


def change_clause(
    *,
    clause_id: int,
    version_id: int,
    title: str,
    body: str,
    seen: str,
    may_decide: Iterable[str] = (),
    is_substantial: bool = True,
) -> None:
    """Write a clause anew.

    :raises ChangedMeanwhile: another editor wrote it since ``seen`` was taken.
    :raises Gone: another editor deleted it.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    with transaction.atomic():
        lock_draft(version_id)
        clause = _clause(clause_id, version_id)
        if fingerprint_of_clause(clause) != seen:
            raise ChangedMeanwhile(_("Somebody else wrote this clause a moment ago."))
        clause.title, clause.body = title, body
        clause.may_decide, clause.is_substantial = list(may_decide), is_substantial
        clause.save(update_fields=["title", "body", "may_decide", "is_substantial"])


def set_level(*, clause_id: int, version_id: int, level: int) -> None:
    """Make a clause one of the first level (1, 2, 3) or the second (1.1, 1.2). Harmless to call twice.

    :raises Gone: another editor deleted it.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    with transaction.atomic():
        lock_draft(version_id)
        clause = _clause(clause_id, version_id)
        clause.level = level
        clause.save(update_fields=["level"])
        _number(_clauses(version_id))


def is_as_before(clause: Clause) -> bool:
    """Say whether a clause of a draft still says what the version before it says, rules included."""
    former = PolicyVersion.objects.former_of(clause.version)
    before = Clause.objects.filter(version=former, key=clause.key).first()
    return before is not None and _said(before) == _said(clause)


def move_clause(*, clause_id: int, version_id: int, by: int) -> None:
    """Move a clause ``by`` places up (negative) or down; at the end of the list it stays.

    :raises Gone: another editor deleted it.
    :raises NotADraft: the version was published or discarded.
    """
    with transaction.atomic():
        lock_draft(version_id)
        clause = _clause(clause_id, version_id)
        clauses = _clauses(version_id)
        place = clauses.index(clause)
        clauses.insert(max(place + by, 0), clauses.pop(place))
        _number(clauses)


def delete_clause(*, clause_id: int, version_id: int) -> None:
    """Delete a clause with its rules; those after it move up.

    :raises Gone: another editor deleted it.
    :raises NotADraft: the version was published or discarded.
    """
    with transaction.atomic():
        lock_draft(version_id)
        _clause(clause_id, version_id).delete()
        _number(_clauses(version_id))


def add_rule(*, clause_id: int, version_id: int, rule: WrittenRule, key: UUID | None = None) -> RuleRow:
    """Add a rule at the end of a clause.

    ``key`` is that of the form: the same rule sent twice is one, another rule is another one.

    :raises Invalid: it says something that no rule may say.
    :raises Gone: another editor deleted the clause.
    :raises NotADraft: the version was published or discarded.
    """
    _check(rule)
    with transaction.atomic():
        lock_draft(version_id)
        clause = _clause(clause_id, version_id)
        sent = clause.rules.filter(key=key).first() if key is not None else None
        if sent is not None and _written(sent) == rule:
            return sent
        _mark(clause)
        highest = clause.rules.aggregate(highest=Max("position"))["highest"] or 0
        return RuleRow.objects.create(
            clause=clause,
            key=key if key is not None and sent is None else uuid4(),
            kind=rule.kind,
            position=highest + 1,
            name=rule.name,
            condition=dict(rule.condition),
            outcome=dict(rule.outcome),
        )


def _written(row: RuleRow) -> WrittenRule:
    return WrittenRule(row.name, row.condition, row.outcome, row.kind)


def change_rule(*, rule_id: int, version_id: int, rule: WrittenRule, seen: str) -> None:
    """Write a rule anew.

    :raises Invalid: it says something that no rule may say.
    :raises ChangedMeanwhile: another editor wrote it since ``seen`` was taken.
    :raises Gone: another editor deleted it.
    :raises NotADraft: the version was published or discarded.
    """
    _check(rule)
    with transaction.atomic():
        lock_draft(version_id)
        row = RuleRow.objects.filter(pk=rule_id, clause__version=version_id).first()
        if row is None:
            raise Gone(_("Somebody else deleted this rule a moment ago."))
        if fingerprint_of_rule(row) != seen:
            raise ChangedMeanwhile(_("Somebody else wrote this rule a moment ago."))
        _mark(row.clause)
        row.kind, row.name = rule.kind, rule.name
        row.condition, row.outcome = dict(rule.condition), dict(rule.outcome)
        row.save(update_fields=["kind", "name", "condition", "outcome"])


def move_rule(*, rule_id: int, version_id: int, by: int) -> None:
    """Move a rule ``by`` places up (negative) or down within its clause; at the end of it, it stays.

    :raises Gone: another editor deleted it.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    with transaction.atomic():
        lock_draft(version_id)
        row = RuleRow.objects.filter(pk=rule_id, clause__version=version_id).select_related("clause").first()
        if row is None:
            raise Gone(_("Somebody else deleted this rule a moment ago."))
        rules = list(row.clause.rules.order_by("position"))
        place = rules.index(row)
        moved = max(place + by, 0)
        if place == min(moved, len(rules) - 1):
            return
        _mark(row.clause)
        rules.insert(moved, rules.pop(place))
        for position, rule in enumerate(rules, start=1):
            # Positions may meet on the way: the constraint looks at the end of the transaction.
            RuleRow.objects.filter(pk=rule.pk).update(position=position)


def delete_rule(*, rule_id: int, version_id: int) -> None:
    """Delete a rule. Harmless to call twice.

    :raises NotADraft: the version was published or discarded.
    """
    with transaction.atomic():
        lock_draft(version_id)
        row = RuleRow.objects.filter(pk=rule_id, clause__version=version_id).first()
        if row is not None:
            _mark(row.clause)
            row.delete()


def fingerprint_of_clause(clause: Clause) -> str:
    """Return what a form keeps to notice another editor."""
    return fingerprint(clause.title, clause.body, clause.may_decide, clause.is_substantial)


def fingerprint_of_rule(rule: RuleRow) -> str:
    """Return what a form keeps to notice another editor."""
    return fingerprint(rule.kind, rule.name, rule.condition, rule.outcome)


def _clause(clause_id: int, version_id: int) -> Clause:
    clause = Clause.objects.filter(pk=clause_id, version=version_id).first()
    if clause is None:
        raise Gone(_("Somebody else deleted this clause a moment ago."))
    return clause


def _clauses(version_id: int) -> list[Clause]:
    return list(Clause.objects.filter(version=version_id).order_by("number"))


def _number(clauses: list[Clause]) -> None:
    called = labels(clause.level for clause in clauses)
    for number, (clause, label) in enumerate(zip(clauses, called, strict=True), start=1):
        if (clause.number, clause.label) != (number, label):
            # Numbers may meet on the way: the constraint looks at the end of the transaction.
            Clause.objects.filter(pk=clause.pk).update(number=number, label=label)


def _mark(clause: Clause) -> None:
    # The first change of what was copied counts as one of substance, until its author says otherwise.
    if not clause.is_substantial and is_as_before(clause):
        clause.is_substantial = True
        clause.save(update_fields=["is_substantial"])


def _said(clause: Clause) -> object:
    rules = clause.rules.order_by("position").values_list("kind", "name", "condition", "outcome")
    return clause.title, clause.body, sorted(clause.may_decide), list(rules)


def _check(rule: WrittenRule) -> None:
    check_looks_at_no_text(read_condition(rule.condition), read_outcome(rule.kind, rule.outcome))
