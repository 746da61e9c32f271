"""A text in the parts that networks show differently. Pure functions."""

import re
from dataclasses import dataclass

_MARKED = re.compile(
    r"(?P<link>(?<![^\s(])https?://[^\s<>\"]+)"
    r"|(?P<mention>(?<![^\s(])@[\w-]+(?:\.[\w-]+)*(?:@[\w-]+(?:\.[\w-]+)+)?)"
    r"|(?P<tag>(?<![^\s(])[#＃](?!\d+\b)\w+)"
)
_PUNCTUATION = ".,;:!?…'\"»”)"


@dataclass(frozen=True, slots=True)
class Part:
    """Some words; ``kind`` is ``link``, ``mention``, ``tag`` or empty."""

    text: str
    kind: str = ""


def parts_of(text: str) -> list[Part]:
    """Return ``text``, cut where something begins or ends that a network marks; joined it is the text again."""
    parts: list[Part] = []
    end = 0
    for match in _MARKED.finditer(text):
        kind = match.lastgroup or ""
        marked = match[0].rstrip(_PUNCTUATION) if kind == "link" else match[0]
        if match.start() > end:
            parts.append(Part(text[end : match.start()]))
        parts.append(Part(marked, kind))
        end = match.start() + len(marked)
    if end < len(text):
        parts.append(Part(text[end:]))
    return parts
