"""What differs between two texts, and between two versions of the policy."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from policies.models import Clause, PolicyVersion
from policies.sentences import sentence_of_rule
from policies.wording import department_names, words_for_targets

_WORD = re.compile(r"\s*\S+|\s+\Z")


class Change(StrEnum):
    """What became of a piece of text, or of a clause."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stayed, came or went."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """One clause in two versions; ``old_label`` or ``new_label`` is None where it is missing."""

    change: Change
    old_label: str | None
    new_label: str | None
    title: Sequence[Piece]
    body: Sequence[Piece]
    rules: Sequence[Piece]

    @property
    def has_moved(self) -> bool:
        """Whether it has another number now."""
        return None not in (self.old_label, self.new_label) and self.old_label != self.new_label


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions side by side."""

    clauses: Sequence[ClauseChange]
    targets: Sequence[Piece]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        is_same = all(clause.change == Change.SAME and not clause.has_moved for clause in self.clauses)
        return is_same and all(piece.change == Change.SAME for piece in self.targets)


def compare_words(old: str, new: str) -> list[Piece]:
    """Return ``new`` with what went and came, word by word, joined where it follows one another."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    pieces: list[Piece] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            pieces.append(Piece(Change.SAME, "".join(before[old_from:old_to])))
            continue
        if old_to > old_from:
            pieces.append(Piece(Change.REMOVED, "".join(before[old_from:old_to])))
        if new_to > new_from:
            pieces.append(Piece(Change.ADDED, "".join(after[new_from:new_to])))
    return pieces


def compare_lines(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    """Return whole lines that stayed, came or went."""
    pieces: list[Piece] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            pieces += [Piece(Change.SAME, line) for line in old[old_from:old_to]]
        else:
            pieces += [Piece(Change.REMOVED, line) for line in old[old_from:old_to]]
            pieces += [Piece(Change.ADDED, line) for line in new[new_from:new_to]]
    return pieces


def compare_versions(old: PolicyVersion, new: PolicyVersion) -> Comparison:
    """Compare clause by clause; a clause is the same one as long as its key is."""
    before = {clause.key: clause for clause in _clauses(old)}
    after = {clause.key: clause for clause in _clauses(new)}
    names = department_names()
    changes = [_compare(before.get(key), clause, names) for key, clause in after.items()]
    for clause in before.values():
        if clause.key not in after:
            # What went stands where it stood.
            changes.insert(min(clause.number - 1, len(changes)), _compare(clause, None, names))
    return Comparison(changes, compare_lines(words_for_targets(old), words_for_targets(new)))


def _clauses(version: PolicyVersion) -> list[Clause]:
    return list(version.clauses.prefetch_related("rules").order_by("number"))


def _compare(old: Clause | None, new: Clause | None, names: Mapping[str, str]) -> ClauseChange:
    title = compare_words(old.title if old else "", new.title if new else "")
    body = compare_words(old.body if old else "", new.body if new else "")
    rules = compare_lines(_rules(old, names), _rules(new, names))
    change = Change.SAME
    if old is None:
        change = Change.ADDED
    elif new is None:
        change = Change.REMOVED
    elif any(piece.change != Change.SAME for piece in (*title, *body, *rules)):
        change = Change.CHANGED
    return ClauseChange(change, old.label if old else None, new.label if new else None, title, body, rules)


def _rules(clause: Clause | None, names: Mapping[str, str]) -> list[str]:
    if clause is None:
        return []
    return [sentence_of_rule(rule, names) for rule in sorted(clause.rules.all(), key=lambda rule: rule.position)]
