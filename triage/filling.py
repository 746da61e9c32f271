"""The variables of saved answers, filled in. Pure functions."""

import re
import unicodedata
from collections.abc import Mapping

VARIABLES = ("customer", "agent", "company", "channel")
LONGEST_VALUE = 80

_VARIABLE = re.compile(r"\{(" + "|".join(VARIABLES) + r")\}")
# Stands for what nobody knows; no text that is stored has it.
_NOTHING = "\0"
_NOTHING_FIRST = re.compile(_NOTHING + r"[^\S\n]*[,;:.!]?[^\S\n]*(\w?)")
_NOTHING_LATER = re.compile(r"[^\S\n]*" + _NOTHING)
_JOINER = "\u200d"


def fill(body: str, values: Mapping[str, str]) -> str:
    """Return ``body`` with its variables filled in; braces around anything else stay as they are.

    A value that is empty goes together with the space before it: "Hello {customer},"
    becomes "Hello,". At the beginning of a line it goes with the comma and the space
    behind it, and the next word begins the sentence.
    """
    filled = _VARIABLE.sub(lambda match: _plain(values.get(match[1], "")) or _NOTHING, body.replace(_NOTHING, ""))
    return "\n".join(_without_gaps(line) for line in filled.split("\n"))


def _without_gaps(line: str) -> str:
    while line.lstrip().startswith(_NOTHING):
        line = _NOTHING_FIRST.sub(lambda match: match[1].upper(), line.lstrip(), count=1)
    return _NOTHING_LATER.sub("", line)


def _plain(value: str) -> str:
    """Return a name on one line, without marks that are not seen: some turn the text after them around."""
    seen = "".join(
        mark if mark == _JOINER or not unicodedata.category(mark).startswith("C") else " " * mark.isspace()
        for mark in value
    )
    return " ".join(seen.split())[:LONGEST_VALUE]
