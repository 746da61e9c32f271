"""Versions as documents, taken from the tables."""

from dataclasses import replace

from django.db.models import Prefetch

from policies.checking import obstacles
from policies.document import ClauseText, Document, RuleText
from policies.fingerprints import fingerprint
from policies.folder.writing import write_files
from policies.models import Clause, PolicyVersion, Rule
from policies.parts import PARTS
from socialhub.lib.errors import Invalid
from teams.models import Department, User


def document_of(version: PolicyVersion) -> Document:
    """Return what a version says; a few queries, however long it is."""
    rules = Prefetch("rules", Rule.objects.order_by("position"))
    clauses = version.clauses.order_by("number").prefetch_related(rules)
    parts = {part.name: part.take(version) for part in PARTS}
    return Document(version.title, version.summary, [_clause(clause) for clause in clauses], parts)


def document_for(user: User, version: PolicyVersion) -> Document:
    """Return what a version says to ``user``: the quiz with its answers is for those who write it."""
    document = document_of(version)
    if user.rights.may("policy.edit"):
        return document
    is_open = {part.name: part.is_open for part in PARTS}
    return replace(document, parts={name: said for name, said in document.parts.items() if is_open[name]})


def fingerprint_of_text(version: PolicyVersion) -> str:
    """Return what is another one as soon as anything that the version says is."""
    return fingerprint(write_files(document_of(version)))


def check(version: PolicyVersion) -> None:
    """Refuse a version that could not be carried out.

    :raises Invalid: it has no clause, or a rule that could not be carried out.
    """
    known = set(Department.objects.active().values_list("slug", flat=True))
    for obstacle in obstacles(document_of(version), departments=known):
        raise Invalid(obstacle.text)


def _clause(clause: Clause) -> ClauseText:
    return ClauseText(
        key=clause.key,
        title=clause.title,
        body=clause.body,
        level=clause.level,
        may_decide=tuple(clause.may_decide),
        is_substantial=clause.is_substantial,
        rules=tuple(
            RuleText(rule.key, rule.name, rule.kind, rule.condition, rule.outcome) for rule in clause.rules.all()
        ),
    )
