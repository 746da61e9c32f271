"""The policy that a new company begins with, kept as a folder like any other, with departments named by their kinds."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from policies.document import Document, RuleText
from policies.folder import packing
from policies.folder.reading import read_files

FOLDER = Path(__file__).parent / "default"
# Who does what a department would do that the company does not have.
STAND_INS: Mapping[str, tuple[str, ...]] = {
    "public_relations": ("marketing",),
    "customer_service": ("it", "sales"),
    "sales": ("marketing",),
    "product": ("marketing",),
}


@functools.cache
def starter_document() -> Document:
    """Return the policy as it ships."""
    return read_files(packing.read_directory(FOLDER))


def fitted(document: Document, departments: Mapping[str, str]) -> Document:
    """Return a policy for the departments that there are: kinds become the slugs that ``departments`` has for them.

    A rule loses what it says about a department that the company has not, nor one that
    stands in for it, and is left out where nothing of use remains.
    """
    slugs = dict(departments)
    for kind, others in STAND_INS.items():
        found = [departments[one] for one in (kind, *others) if one in departments]
        if found:
            slugs[kind] = found[0]
    clauses = tuple(
        replace(clause, rules=tuple(fit for rule in clause.rules if (fit := _fit_rule(rule, slugs)) is not None))
        for clause in document.clauses
    )
    guide = [_fit_question(question, slugs) for question in document.parts.get("guide") or ()]
    return replace(document, clauses=clauses, parts={**document.parts, "guide": guide})


def _fit_question(question: Mapping[str, Any], slugs: Mapping[str, str]) -> dict[str, Any]:
    """Return a question whose answers lead to departments that there are; whoever walks the guide names the others."""
    answers = [
        {**answer, "then": _fit_outcome(answer["then"], slugs)} if "then" in answer else answer
        for answer in question["answers"]
    ]
    return {**question, "answers": answers}


def _fit_rule(rule: RuleText, slugs: Mapping[str, str]) -> RuleText | None:
    condition = _fit_condition(rule.condition, slugs)
    outcome = _fit_outcome(rule.outcome, slugs)
    return None if condition is None or not outcome else replace(rule, condition=condition, outcome=outcome)


def _fit_condition(condition: Mapping[str, Any], slugs: Mapping[str, str]) -> dict[str, Any] | None:
    """Return a condition about departments that there are, or None where it asks for one that there is not."""
    kind = condition.get("department")
    if kind is None:
        return dict(condition)
    return {**condition, "department": slugs[kind]} if kind in slugs else None


def _fit_outcome(outcome: Mapping[str, Any], slugs: Mapping[str, str]) -> dict[str, Any]:
    """Return what a rule says of the departments that there are; nothing where it then asks or tells nobody."""
    fit = dict(outcome)
    if "department" in fit:
        slug = slugs.get(fit.pop("department"))
        if slug is not None:
            fit["department"] = slug
    for name in ("asked", "tell"):
        if name in fit:
            fit[name] = _fit_named(fit[name], slugs)
            if not fit[name]:
                return {}
    return fit


def _fit_named(named: Sequence[Mapping[str, str]], slugs: Mapping[str, str]) -> list[dict[str, str]]:
    """Return who is named; nobody where departments are, and the company has none of them.

    Roles beside departments are there for when nobody of these can: on their own they are no
    substitute for somebody who knows the matter.
    """
    fit: list[dict[str, str]] = []
    for one in named:
        kind = one.get("department")
        if kind is None:
            fit.append(dict(one))
        elif kind in slugs and {"department": slugs[kind]} not in fit:
            fit.append({"department": slugs[kind]})
    asks_departments = any("department" in one for one in named)
    return [] if asks_departments and not any("department" in one for one in fit) else fit
