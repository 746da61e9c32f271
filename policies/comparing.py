"""What differs between two texts, and between two versions of the policy."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from policies.document import ClauseText, Document
from policies.models import PolicyVersion
from policies.parts import PARTS
from policies.parts.base import Part
from policies.sentences import sentence_of_rule
from policies.services.documents import document_for, document_of
from policies.wording import DISPOSITIONS, department_names
from socialhub.lib.moments import grouped
from teams.models import User

# Of more lines the places are not compared, and no more are told of that came or went.
MOST_LINES = 2_000
_WORD = re.compile(r"\s*\S+|\s+\Z")
# As Markdown marks them, a few lines of one paragraph at most; a star that only stands there stays.
_MARKED = re.compile(r"(?<!\\)(\*\*|\*)(?=[^\s*])((?:(?!\n[ \t]*\n).){1,400}?)(?<=[^\s*\\])\1", re.DOTALL)
_BULLET = re.compile(r"^(\s*)[-*+] ", re.MULTILINE)
# A word, and the element that it stands in where it is marked.
_Word = tuple[str, str]


class Change(StrEnum):
    """What became of a piece of text, or of a clause."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stayed, came or went; ``mark`` is the element that they stand in."""

    change: Change
    text: str
    mark: str = ""

    @property
    def shown(self) -> SafeString:
        """Return the words as a page shows them."""
        return format_html("<{0}>{1}</{0}>", self.mark, self.text) if self.mark else conditional_escape(self.text)


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """One clause in two versions; ``old_label`` or ``new_label`` is None where it is missing."""

    key: UUID
    change: Change
    old_label: str | None
    new_label: str | None
    title: Sequence[Piece]
    body: Sequence[Piece]
    rules: Sequence[Piece]
    is_substantial: bool

    @property
    def has_moved(self) -> bool:
        """Whether it has another number now."""
        return None not in (self.old_label, self.new_label) and self.old_label != self.new_label

    @property
    def is_same(self) -> bool:
        """Whether it says the same in the same place."""
        return self.change == Change.SAME and not self.has_moved


@dataclass(frozen=True, slots=True)
class PartChange:
    """A part beside the clauses in two versions, line by line; no lines where it says the same."""

    name: str
    title: str
    lines: Sequence[Piece]

    @property
    def is_same(self) -> bool:
        """Whether it says the same."""
        return all(piece.change == Change.SAME for piece in self.lines)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions side by side."""

    title: Sequence[Piece]
    summary: Sequence[Piece]
    clauses: Sequence[ClauseChange]
    parts: Sequence[PartChange]

    @property
    def is_empty(self) -> bool:
        """Whether nothing that binds anybody differs."""
        return all(clause.is_same for clause in self.clauses) and all(part.is_same for part in self.parts)

    def by_key(self) -> dict[UUID, ClauseChange]:
        """Return what became of each clause."""
        return {clause.key: clause for clause in self.clauses}


def compare_words(old: str, new: str) -> list[Piece]:
    """Return ``new`` with what went and came, word by word, joined where it follows one another."""
    return _compare_words(_words(old), _words(new))


def compare_text(old: str, new: str) -> list[Piece]:
    """Compare Markdown as ``compare_words`` does, with what is bold, slanted or listed as readers see it."""
    pieces = _compare_words(_marked_words(old), _marked_words(new))
    is_told = old == new or any(piece.change != Change.SAME for piece in pieces)
    # What reads the same was written otherwise all the same.
    return pieces if is_told else compare_words(old, new)


def _words(text: str, mark: str = "") -> list[_Word]:
    return [(word, mark) for word in _WORD.findall(text)]


def _marked_words(text: str) -> list[_Word]:
    words: list[_Word] = []
    text = _BULLET.sub(r"\1• ", text)
    place = 0
    for found in _MARKED.finditer(text):
        words += _words(text[place : found.start()])
        words += _words(found[2], "strong" if found[1] == "**" else "em")
        place = found.end()
    return [*words, *_words(text[place:])]


def _compare_words(before: Sequence[_Word], after: Sequence[_Word]) -> list[Piece]:
    if before == after:
        return _joined(Change.SAME, after)
    pieces: list[Piece] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            pieces += _joined(Change.SAME, after[new_from:new_to])
        else:
            pieces += _joined(Change.REMOVED, before[old_from:old_to])
            pieces += _joined(Change.ADDED, after[new_from:new_to])
    return pieces


def _joined(change: Change, words: Sequence[_Word]) -> list[Piece]:
    marks = groupby(words, key=itemgetter(1))
    return [Piece(change, "".join(word for word, _mark in together), mark) for mark, together in marks]


def compare_lines(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    """Return whole lines that stayed, came or went; of very many only the first that came or went."""
    if max(len(old), len(new)) > MOST_LINES:
        return _many_lines(old, new)
    pieces: list[Piece] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            pieces += [Piece(Change.SAME, line) for line in old[old_from:old_to]]
        else:
            pieces += [Piece(Change.REMOVED, line) for line in old[old_from:old_to]]
            pieces += [Piece(Change.ADDED, line) for line in new[new_from:new_to]]
    return pieces


def _many_lines(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    """Compare lines of which each stands alone: their places do not count, and it takes a moment for any number."""
    before, after = set(old), set(new)
    pieces = [Piece(Change.REMOVED, line) for line in old if line not in after]
    pieces += [Piece(Change.ADDED, line) for line in new if line not in before]
    more = len(pieces) - MOST_LINES
    if more > 0:
        told = ngettext("… and %(count)s more line.", "… and %(count)s more lines.", more) % {"count": grouped(more)}
        pieces[MOST_LINES:] = [Piece(Change.SAME, told)]
    return pieces


def compare_versions(old: PolicyVersion, new: PolicyVersion) -> Comparison:
    """Compare all that two versions say as ``compare_documents`` does."""
    return compare_documents(document_of(old), document_of(new), department_names())


def compare_for(user: User, old: PolicyVersion, new: PolicyVersion) -> Comparison:
    """Compare what two versions say to ``user``."""
    return compare_documents(document_for(user, old), document_for(user, new), department_names())


def compare_documents(old: Document, new: Document, names: Mapping[str, str]) -> Comparison:
    """Compare clause by clause; a clause is the same one as long as its key is. ``names`` are of departments."""
    before = {clause.key: (label, clause) for label, clause in zip(old.labels(), old.clauses, strict=True)}
    after = {clause.key: (label, clause) for label, clause in zip(new.labels(), new.clauses, strict=True)}
    changes = [_compare(before.get(key), found, names) for key, found in after.items()]
    for place, (key, found) in enumerate(before.items()):
        if key not in after:
            # What went stands where it stood.
            changes.insert(min(place, len(changes)), _compare(found, None, names))
    parts = [
        PartChange(
            part.name,
            str(part.title),
            _compare_parts(part, old.parts.get(part.name), new.parts.get(part.name)),
        )
        for part in PARTS
    ]
    return Comparison(compare_words(old.title, new.title), compare_words(old.summary, new.summary), changes, parts)


def _compare_parts(part: Part, old: Any, new: Any) -> list[Piece]:
    # A list of a hundred thousand words is told only where it changes.
    return [] if old == new else compare_lines(part.lines(old), part.lines(new))


def _compare(
    old: tuple[str, ClauseText] | None, new: tuple[str, ClauseText] | None, names: Mapping[str, str]
) -> ClauseChange:
    old_label, before = old or (None, None)
    new_label, after = new or (None, None)
    title = compare_words(before.title if before else "", after.title if after else "")
    body = compare_text(before.body if before else "", after.body if after else "")
    rules = compare_lines(_rules(before, names), _rules(after, names))
    change = Change.SAME
    if before is None:
        change = Change.ADDED
    elif after is None:
        change = Change.REMOVED
    elif any(piece.change != Change.SAME for piece in (*title, *body, *rules)):
        change = Change.CHANGED
    found = after or before
    assert found is not None  # noqa: S101 - one of the two has it
    return ClauseChange(
        found.key, change, old_label, new_label, title, body, rules, after is not None and after.is_substantial
    )


def _rules(clause: ClauseText | None, names: Mapping[str, str]) -> list[str]:
    if clause is None:
        return []
    told = [sentence_of_rule(rule, names) for rule in clause.rules]
    if clause.may_decide:
        kinds = get_text_list([str(DISPOSITIONS[name]) for name in clause.may_decide], _("or"))
        told.append(_("Its rules may decide by themselves: %(kinds)s.") % {"kinds": kinds})
    return told
