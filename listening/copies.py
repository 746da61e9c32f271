"""When two texts say the same: what passing on by hand, links and typography add is left out."""

import re
from hashlib import blake2b

# Shorter texts are said by chance: "Thank you so much!".
FEWEST_CHARACTERS = 40
FEWEST_WORDS = 6

_ADDED = re.compile(r"https?://\S+|www\.\S+|\brt\s+@\w+|@\w[\w.@-]*")
_WORD = re.compile(r"\w+")


def plain_words(text: str) -> str:
    """Return a text as it is compared: its words, without case, links, handles, punctuation and "RT @somebody:"."""
    text = text.casefold()
    if "@" in text or "http" in text or "www." in text:
        text = _ADDED.sub(" ", text)
    return " ".join(_WORD.findall(text))


def copy_key(text: str) -> int | None:
    """Return the number that equal texts share, or None where a text is too short to be anybody's copy."""
    words = plain_words(text)
    if len(words) < FEWEST_CHARACTERS and words.count(" ") + 1 < FEWEST_WORDS:
        return None
    return int.from_bytes(blake2b(words.encode(), digest_size=8).digest(), "big", signed=True)
