"""What a version says, apart from the tables and from the folder that it is kept in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from policies.numbering import labels


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as it is written; ``key`` stays the same from version to version."""

    key: UUID
    name: str
    kind: str
    condition: Mapping[str, Any]
    outcome: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ClauseText:
    """A clause as it is written, with its rules in their order."""

    key: UUID
    title: str
    body: str
    level: int = 1
    may_decide: Sequence[str] = ()
    is_substantial: bool = True
    rules: Sequence[RuleText] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole version; ``parts`` holds what each of ``policies.parts`` says, by its name."""

    title: str
    summary: str
    clauses: Sequence[ClauseText] = ()
    parts: Mapping[str, Any] = field(default_factory=dict)

    def labels(self) -> list[str]:
        """Return what the clauses are called, in their order."""
        return labels(clause.level for clause in self.clauses)
