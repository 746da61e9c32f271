"""Find words and phrases in what people wrote, many lists against one text."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """Return the words of a text in their order, without case and punctuation."""
    return _WORD.findall(text.casefold())


class Wording:
    """A text prepared once, so that every list of words costs one set operation."""

    __slots__ = ("_joined", "words")

    def __init__(self, text: str) -> None:
        found = words_of(text)
        self.words = frozenset(found)
        self._joined = f" {' '.join(found)} "

    def has_phrase(self, phrase: str) -> bool:
        """Say whether the words of ``phrase`` (prepared by ``Words``) follow one another."""
        return phrase in self._joined


class Words:
    """A list of words and phrases to look for, whatever their case and punctuation."""

    __slots__ = ("_phrases", "_single")

    def __init__(self, entries: Iterable[str]) -> None:
        single: set[str] = set()
        phrases: set[str] = set()
        for entry in entries:
            found = words_of(entry)
            if len(found) == 1:
                single.add(found[0])
            elif found:
                phrases.add(f" {' '.join(found)} ")
        self._single = frozenset(single)
        self._phrases = tuple(sorted(phrases))

    def __bool__(self) -> bool:
        return bool(self._single or self._phrases)

    def first_in(self, wording: Wording) -> str:
        """Return a word or phrase of the list that the text has, or the empty text."""
        if not self._single.isdisjoint(wording.words):
            return min(self._single & wording.words)
        for phrase in self._phrases:
            if wording.has_phrase(phrase):
                return phrase.strip()
        return ""
