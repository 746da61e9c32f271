"""A version written as the files of a folder."""

import re
import unicodedata
from typing import Any

from policies.document import ClauseText, Document, RuleText
from policies.folder.packing import MAIN
from policies.folder.yaml_text import write_yaml
from policies.parts import PARTS

FORMAT = 1
_BEGINNING = (
    "# The policy, to be kept in git. `manage.py policy check` looks at it; docs/policy.md says what it may say.\n"
)


def write_files(document: Document) -> dict[str, str]:
    """Return the texts of the folder by their path, policy.yaml first."""
    clause_files, listed = {}, []
    width = max((len(label.split(".")[0]) for label in document.labels()), default=1)
    for label, clause in zip(document.labels(), document.clauses, strict=True):
        upper, *lower = label.split(".")
        number = ".".join([upper.zfill(max(width, 2)), *lower])
        path = f"clauses/{number}-{_slug(clause.title)}.md"
        clause_files[path] = f"# {clause.title}\n\n{clause.body.strip()}\n"
        listed.append(_clause(clause, path))
    main: dict[str, Any] = {
        "format": FORMAT,
        "title": document.title,
        "summary": document.summary,
        "clauses": listed,
    }
    part_files: dict[str, str] = {}
    for part in PARTS:
        data, files = part.write(document.parts.get(part.name))
        if data is not None and data != [] and data != {}:
            main[part.name] = data
        part_files |= files
    return {MAIN: _BEGINNING + write_yaml(main), **clause_files, **part_files}


def _clause(clause: ClauseText, path: str) -> dict[str, Any]:
    written: dict[str, Any] = {"file": path, "key": str(clause.key)}
    if clause.level != 1:
        written["level"] = clause.level
    written["substantial"] = clause.is_substantial
    if clause.may_decide:
        written["may_decide"] = list(clause.may_decide)
    if clause.rules:
        written["rules"] = [_rule(rule) for rule in clause.rules]
    return written


def _rule(rule: RuleText) -> dict[str, Any]:
    return {
        "name": rule.name,
        "key": str(rule.key),
        "kind": rule.kind,
        "when": dict(rule.condition),
        "then": dict(rule.outcome),
    }


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "clause"
