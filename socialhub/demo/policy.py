"""The invented company's social media policy: six clauses, an older version, its rules and its guide."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class ClauseSpec:
    """One numbered clause in Markdown; ``earlier`` lists what the retired version said instead."""

    number: int
    title: str
    body: str
    earlier: tuple[tuple[str, str], ...] = ()

    @property
    def earlier_body(self) -> str:
        """Return the clause as the retired version had it."""
        body = self.body
        for now, before in self.earlier:
            body = body.replace(now, before)
        return body


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """What a clause suggests, and when, as the engine reads both."""

    clause: int
    name: str
    condition: dict[str, Any]
    outcome: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TargetSpec:
    """The minutes allowed at one priority."""

    priority: int
    decide: int
    claim: int
    answer: int


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))


def _clause(row: dict[str, Any]) -> ClauseSpec:
    earlier = tuple((now, before) for now, before in row.get("earlier", ()))
    return ClauseSpec(row["number"], row["title"], row["body"], earlier)


def _rule(row: dict[str, Any]) -> RuleSpec:
    return RuleSpec(row["clause"], row["name"], row["when"], row["then"])


_TEXT = _read("policy.toml")
TITLE: str = _TEXT["title"]
SUMMARY: str = _TEXT["summary"]
EARLIER_SUMMARY: str = _TEXT["earlier_summary"]
CLAUSES = tuple(_clause(row) for row in _TEXT["clauses"])
TARGETS = tuple(TargetSpec(**row) for row in _TEXT["targets"])
EARLIER_TARGETS = tuple(TargetSpec(**row) for row in _TEXT["earlier_targets"])
RULES = tuple(_rule(row) for row in _read("rules.toml")["rules"])
# Its questions, each with the number of its clause.
GUIDE: tuple[dict[str, Any], ...] = tuple(_read("guide.toml")["questions"])
