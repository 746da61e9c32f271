"""Count characters as people and networks see them."""

import regex

_GRAPHEME = regex.compile(r"\X")


def count_graphemes(text: str) -> int:
    """Return the number of user-perceived characters: a family emoji is one."""
    return len(text) if text.isascii() else len(_GRAPHEME.findall(text))
