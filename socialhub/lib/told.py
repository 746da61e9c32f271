"""Words that are kept in one language and read in another."""

from collections.abc import Mapping
from typing import Any

from django.utils import translation
from django.utils.functional import Promise

# What is kept is in the language of the code: its texts are what catalogues are looked up by.
KEPT_IN = "en"


class Told:
    """A text of ours with the names in it, which says the same in every language.

    ``text`` is as the catalogues have it: mark it with ``gettext_noop`` where it is written.
    """

    def __init__(self, text: str, words: Mapping[str, object] | None = None) -> None:
        self.text = text
        self.words = dict(words or {})

    def __str__(self) -> str:
        return retold(self.text) % self.words

    def kept(self) -> dict[str, Any]:
        """Return what ``read`` makes the words of again, for a JSON column."""
        return {"text": self.text, "words": self.words}


def read(kept: Mapping[str, Any]) -> Told:
    """Return words that were kept."""
    return Told(kept["text"], kept["words"])


def as_kept(words: str | Promise | Told) -> str:
    """Return words as the code has them, whoever acts and in whatever language."""
    with translation.override(KEPT_IN):
        return str(words)


def retold(text: str) -> str:
    """Return a kept text of ours in the reader's language; what is not ours, or has names in it, as it is."""
    # An empty text is what catalogues keep their own description under.
    return translation.gettext(text) if text else ""
