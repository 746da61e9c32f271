"""What keeps a text from coming in force, found without a database."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _

from policies.document import Document
from policies.engine.conditions import Condition, InvalidAt, read_condition_at, terms_in
from policies.engine.guide import GuideQuestion, read_guide, unreached
from policies.engine.keeping import check_looks_at_no_text
from policies.engine.outcomes import Approval, Conduct, Escalation, Outcome, Retention, Routing, read_outcome
from policies.engine.terms import TERMS, Family
from socialhub.lib.errors import Invalid


class Written(Protocol):
    """A rule as it is written, whoever keeps it."""

    @property
    def kind(self) -> str:
        """One of ``policies.engine.outcomes.Kind``."""

    @property
    def condition(self) -> Mapping[str, object]:
        """When it applies."""

    @property
    def outcome(self) -> Mapping[str, object]:
        """What it says then."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What could not be carried out; ``clause`` and ``rule`` are the places of a rule, from 0."""

    text: str
    clause: int | None = None
    rule: int | None = None


def check_rule(rule: Written) -> tuple[Condition, Outcome]:
    """Read a rule as the machine will.

    :raises InvalidAt: it does not understand it; the place begins with ``when`` or ``then``, lists count from 0.
    """
    condition = read_condition_at("when", rule.condition)
    try:
        outcome = read_outcome(rule.kind, rule.outcome)
    except Invalid as refusal:
        raise InvalidAt(str(refusal), field="outcome", place="then") from None
    try:
        check_looks_at_no_text(condition, outcome)
    except Invalid as refusal:
        raise InvalidAt(str(refusal), field="condition", place="when") from None
    return condition, outcome


def obstacles(document: Document, *, departments: Set[str] | None = None) -> Iterator[Obstacle]:
    """Yield what keeps a text from coming in force; departments are looked at only where they are given."""
    if not document.clauses:
        yield Obstacle(_("A policy needs at least one clause before it can be published."))
    lists = set(document.parts.get("lists") or ())
    keys = {str(clause.key) for clause in document.clauses}
    for question in (document.parts.get("quiz") or {"questions": ()})["questions"]:
        if question["clause"] not in keys:
            told = {"question": question["text"]}
            yield Obstacle(_("The question “%(question)s” is about a clause that is not there.") % told)
    for trouble in guide_obstacles(
        document.parts.get("guide") or (), clauses=keys, lists=lists, departments=departments
    ):
        yield Obstacle(trouble)
    for at, (label, clause) in enumerate(zip(document.labels(), document.clauses, strict=True)):
        for place, rule in enumerate(clause.rules):
            told = {"rule": rule.name, "clause": label}
            try:
                condition, outcome = check_rule(rule)
            except Invalid as refusal:
                reason = {**told, "reason": refusal}
                text = _("The rule “%(rule)s” of clause %(clause)s cannot be read: %(reason)s") % reason
                yield Obstacle(text, at, place)
                continue
            if departments is not None and departments_of(outcome) - departments:
                text = _("The rule “%(rule)s” of clause %(clause)s names a department that takes no conversations.")
                yield Obstacle(text % told, at, place)
            for missing in sorted(lists_of(condition) - lists):
                text = _("The rule “%(rule)s” of clause %(clause)s names the list “%(list)s”, which is not there.")
                yield Obstacle(text % {**told, "list": missing}, at, place)
            if isinstance(outcome, Routing) and outcome.decides and outcome.disposition not in clause.may_decide:
                text = _("The rule “%(rule)s” decides by itself, which clause %(clause)s does not allow its rules.")
                yield Obstacle(text % told, at, place)


def guide_obstacles(
    data: Any, *, clauses: Set[str], lists: Set[str], departments: Set[str] | None = None
) -> Iterator[str]:
    """Yield what is wrong with a stored guide; departments are looked at only where they are given."""
    try:
        questions = read_guide(data)
    except Invalid as refusal:
        yield _("The guide cannot be read: %(reason)s") % {"reason": refusal}
        return
    for question in unreached(questions):
        yield _("Nothing in the guide leads to “%(question)s”.") % {"question": question.text}
    for question in questions:
        for trouble in troubles_of_question(question, clauses=clauses, lists=lists, departments=departments):
            yield _("The guide asks “%(question)s”: %(trouble)s") % {"question": question.text, "trouble": trouble}


def troubles_of_question(
    question: GuideQuestion, *, clauses: Set[str], lists: Set[str], departments: Set[str] | None = None
) -> Iterator[str]:
    """Yield what a question names that is not there."""
    if question.clause and question.clause not in clauses:
        yield _("It stands on a clause that is not there.")
    for answer in question.answers:
        told = {"answer": answer.text}
        if departments is not None and answer.outcome and departments_of(answer.outcome.routing()) - departments:
            yield _("The answer “%(answer)s” names a department that takes no conversations.") % told
        missing = sorted(lists_of(answer.when) - lists) if answer.when is not None else []
        for name in missing:
            sentence = _("The answer “%(answer)s” looks into the list “%(list)s”, which is not there.")
            yield sentence % {**told, "list": name}


def lists_in_guide(data: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the word lists that a stored guide looks into, each with the text of the first question that does."""
    try:
        questions = read_guide(data)
    except Invalid:
        return {}
    found: dict[str, str] = {}
    for question in questions:
        for answer in question.answers:
            for name in sorted(lists_of(answer.when)) if answer.when is not None else ():
                found.setdefault(name, question.text)
    return found


def departments_of(outcome: Outcome) -> set[str]:
    """Return the slugs of the departments that a rule names."""
    match outcome:
        case Routing(department=slug):
            return {slug} if slug else set()
        case Approval(asked=named) | Escalation(tell=named):
            return {one.name for one in named if one.kind == "department"}
        case Conduct(approval=approval):
            return departments_of(approval) if approval is not None else set()
        case Retention():
            return set()


def lists_of(condition: Condition) -> set[str]:
    """Return the names of the word lists that a condition looks into."""
    return {name for term in terms_in(condition) if TERMS[term.name].family == Family.LIST for name in term.value}
