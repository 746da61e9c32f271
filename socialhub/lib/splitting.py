"""A long text in parts that each fit: cut where people would cut it, never in a word or a link. Pure functions."""

import re
from collections.abc import Callable
from itertools import count

# A line of the writer's own that says: here begins the next part.
BORDER = "---"

_BORDER_LINE = re.compile(r"^[ \t]*---[ \t]*$", re.MULTILINE)
# The last of what fits is looked for in this order: a paragraph, a line, a sentence, a clause, a word.
# Scripts that put no spaces between words may be cut between any two of their signs.
_WIDE = "[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
_CUTS = (
    re.compile(r"\n[ \t]*\n\s*"),
    re.compile(r"\n\s*"),
    re.compile(r"(?<=[.!?…])[\"'”’»)]*\s+|(?<=[。！？])"),
    re.compile(r"(?<=[,;:–—])\s+|(?<=[、，；])"),
    re.compile(rf"\s+|(?<={_WIDE})(?![。！？、，；]|\Z)"),
)
_NUMBER = re.compile(r" \d+/\d+\Z")
_LINK = re.compile(r"https?://\S+")
# A better place to cut is taken only where the part does not become much shorter by it.
_LEAST = 0.5
_WINDOW = 256


class Unsplittable(Exception):
    """One word, or one link, is longer than a part may be."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def split(text: str, fits: Callable[[str], bool], *, is_numbered: bool = False) -> list[str]:
    """Return the parts of ``text``, each of which ``fits``; numbered they end with “1/3”.

    :raises Unsplittable: a word is longer than a part may be.
    """
    pieces = _pieces(text)
    if len(pieces) == 1 and fits(pieces[0]):
        return pieces
    if not is_numbered:
        return _parts(pieces, fits)
    # The numbers need room, which depends on how many parts there are.
    for digits in count(1):
        room = "9" * digits
        parts = _parts(pieces, lambda part, room=room: fits(f"{part} {room}/{room}"))  # type: ignore[misc]
        if len(str(len(parts))) <= digits:
            return [numbered(part, place, len(parts)) for place, part in enumerate(parts, start=1)]
    raise AssertionError


def numbered(part: str, place: int, total: int) -> str:
    """Return a part with its number; the only one has none."""
    return f"{part} {place}/{total}" if total > 1 else part


def without_number(part: str) -> str:
    """Return a numbered part as it was before it had its number."""
    return _NUMBER.sub("", part)


def _parts(pieces: list[str], fits: Callable[[str], bool]) -> list[str]:
    parts: list[str] = []
    for piece in pieces:
        rest = piece
        while rest:
            part, rest = _cut(rest, fits)
            parts.append(part)
    return parts


def _pieces(text: str) -> list[str]:
    pieces = (piece.strip() for piece in _BORDER_LINE.split(text.replace("\r\n", "\n")))
    return [piece for piece in pieces if piece]


def _cut(text: str, fits: Callable[[str], bool]) -> tuple[str, str]:
    """Return the longest good beginning of ``text`` that fits, and the rest."""
    # Counting a long text is slow, so no more of it is looked at than is needed.
    size = _WINDOW
    while fits(text[:size].rstrip()):
        if size >= len(text):
            return text, ""
        size *= 2
    view = text[:size]
    links = [found.span() for found in _LINK.finditer(view)]
    places = [_places(cut, view, links) for cut in _CUTS]
    longest = _longest(text, places[-1], fits)
    for kind in places:
        best = max((place for place in kind if place <= longest), default=0)
        if best >= longest * _LEAST:
            return text[:best].rstrip(), text[best:].lstrip()
    raise AssertionError


def _places(cut: re.Pattern[str], view: str, links: list[tuple[int, int]]) -> list[int]:
    """Return where a part may begin after something that ``cut`` matches; never inside a link."""
    places = (found.end() for found in cut.finditer(view))
    return [place for place in places if 0 < place < len(view) and not any(a < place < b for a, b in links)]


def _longest(text: str, places: list[int], fits: Callable[[str], bool]) -> int:
    """Return the last of ``places`` before which all fits, by halving."""
    low, high = 0, len(places)
    while low < high:
        middle = (low + high) // 2
        if fits(text[: places[middle]].rstrip()):
            low = middle + 1
        else:
            high = middle
    if low == 0:
        raise Unsplittable(text.split(maxsplit=1)[0])
    return places[low - 1]
