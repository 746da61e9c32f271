"""The language in which people say what they look for: read from a text, and written back. Knows no database.

Words and "phrases" must all be there; ``-`` in front excludes; ``OR`` between two means
one of them and binds closer than a space. ``name:value`` asks a field, ``name:a,b`` takes
one of several values.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from triage.finding.values import Value, quoted, read_values
from triage.finding.vocabulary import VOCABULARY
from triage.finding.wrong import NotUnderstood, too_long, too_many, unknown_field, without_value

LONGEST = 1000
MOST_TERMS = 60

# What cannot be stored, and the quotes of other keyboards: as many signs as before, so that places stay right.
_EVEN = dict.fromkeys(map(ord, "“”„‟«»＂"), '"') | {0: " "} | dict.fromkeys(range(0xD800, 0xE000), " ")
_FIELD = re.compile(r"([A-Za-z][A-Za-z_-]*):(?!//)")
_GAP = re.compile(r"\s+")
_RUN = re.compile(r'[^\s"]+')
_HAS_LETTER = re.compile(r"\w")
_JOINING, _IGNORED = "OR", "AND"

__all__ = ["LONGEST", "Asked", "Group", "NotUnderstood", "Said", "Sought", "Term", "read"]


@dataclass(frozen=True, slots=True)
class Said:
    """That something said has this word, or these words one after the other."""

    text: str
    is_phrase: bool = False

    def __str__(self) -> str:
        return f'"{self.text}"' if self.is_phrase else self.text


@dataclass(frozen=True, slots=True)
class Asked:
    """That a field has one of these values."""

    name: str
    values: tuple[Value, ...]

    def __str__(self) -> str:
        return f"{self.name}:{','.join(quoted(value) for value in self.values)}"


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is sought, or excluded; ``start`` and ``end`` say where it was written."""

    what: Said | Asked
    is_excluded: bool = False
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"-{self.what}" if self.is_excluded else str(self.what)


# One of these.
Group = tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody looks for: of every group one term must hold."""

    groups: tuple[Group, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.groups)

    def text(self) -> str:
        """Write it back; reading that gives the same."""
        return " ".join(" OR ".join(map(str, group)) for group in self.groups)

    def said(self) -> "Sought":
        """Return the groups of words only: what one and the same message must say."""
        return Sought(tuple(group for group in self.groups if all(isinstance(term.what, Said) for term in group)))

    def asked(self) -> "Sought":
        """Return the other groups: what is asked of the conversation."""
        said = set(self.said().groups)
        return Sought(tuple(group for group in self.groups if group not in said))

    def split(self, subject: str) -> tuple["Sought", "Sought"]:
        """Return the groups that ask other things, and those that ask only fields about ``subject``."""
        about = [group for group in self.groups if all(_is_about(term, subject) for term in group)]
        return Sought(tuple(group for group in self.groups if group not in about)), Sought(tuple(about))

    def words(self) -> tuple[str, ...]:
        """Return the words and phrases that are wanted, for marking them."""
        wanted = (term.what for group in self.groups for term in group if not term.is_excluded)
        return tuple(dict.fromkeys(what.text for what in wanted if isinstance(what, Said)))

    def fields(self) -> frozenset[str]:
        """Return the names of the fields that it asks."""
        return frozenset(term.what.name for group in self.groups for term in group if isinstance(term.what, Asked))


def _is_about(term: Term, subject: str) -> bool:
    return isinstance(term.what, Asked) and VOCABULARY[term.what.name].subject == subject


def read(text: str) -> Sought:
    """Read what somebody wrote.

    :raises NotUnderstood: it says something that nobody can look for; ``start`` and ``end`` say where.
    """
    if len(text) > LONGEST:
        raise too_long(LONGEST, len(text))
    groups: list[list[Term]] = []
    is_joined = False
    count = 0
    for term in _terms(text.translate(_EVEN)):
        if isinstance(term, str):
            is_joined = bool(groups) and (is_joined or term == _JOINING)
            continue
        count += 1
        if count > MOST_TERMS:
            raise too_many(MOST_TERMS, term.start, len(text))
        if is_joined:
            groups[-1].append(term)
        else:
            groups.append([term])
        is_joined = False
    return Sought(tuple(dict.fromkeys(tuple(dict.fromkeys(group)) for group in groups)))


def _terms(text: str) -> Iterator[Term | str]:
    """Give the terms and the words between them one after the other."""
    at = 0
    while at < len(text):
        if gap := _GAP.match(text, at):
            at = gap.end()
            continue
        start = at
        is_excluded = text[at] == "-" and at + 1 < len(text) and not text[at + 1].isspace()
        at += is_excluded
        if text[at] == '"':
            end = text.find('"', at + 1)
            inside, at = (text[at + 1 :], len(text)) if end < 0 else (text[at + 1 : end], end + 1)
            phrase = " ".join(inside.split())
            if _HAS_LETTER.search(phrase):
                yield Term(Said(phrase, is_phrase=True), is_excluded, start, at)
            continue
        named = _FIELD.match(text, at)
        if named and (asked := _asked(text, named)):
            name, values, at = asked
            yield Term(Asked(name, values), is_excluded, start, at)
            continue
        run = _RUN.match(text, at)
        word = run[0] if run else text[at]
        at += len(word)
        if word in (_JOINING, _IGNORED) and not is_excluded:
            yield word
        elif _HAS_LETTER.search(word):
            yield Term(Said(word), is_excluded, start, at)


def _asked(text: str, named: re.Match[str]) -> tuple[str, tuple[Value, ...], int] | None:
    """Return the field, its values and where they end; None where ``Hello:`` is only a word."""
    name, after = named[1].lower(), named.end()
    is_empty = after >= len(text) or text[after].isspace()
    if name not in VOCABULARY:
        if is_empty:
            return None
        raise unknown_field(named[1], named.start(1), named.end(1))
    if is_empty:
        raise without_value(VOCABULARY[name], named.start(1), after)
    values, end = read_values(VOCABULARY[name], text, after)
    if not values:
        raise without_value(VOCABULARY[name], named.start(1), end)
    return name, values, end
