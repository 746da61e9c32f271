"""Words that are kept in one language and read in another."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone, translation
from django.utils.functional import Promise

from socialhub.lib.moments import date_format

# What is kept is in the language of the code: its texts are what catalogues are looked up by.
KEPT_IN = "en"


class Told:
    """A text of ours with the names in it, which says the same in every language.

    ``text`` is as the catalogues have it: write ``told`` where it is written, or mark it with ``gettext_noop``.
    A moment among the words is written as the reader's language and time zone have it.
    """

    def __init__(self, text: str, words: Mapping[str, object] | None = None) -> None:
        self.text = text
        self.words = dict(words or {})

    def __str__(self) -> str:
        text = retold(self.text)
        return text % {name: _said(word) for name, word in self.words.items()} if self.words else text

    def __mod__(self, words: Mapping[str, object]) -> "Told":
        """Return it with the names in it, as one does with a translated text."""
        return Told(self.text, words)

    def kept(self) -> dict[str, Any]:
        """Return what ``read`` makes the words of again, for a JSON column."""
        return {"text": self.text, "words": {name: _kept(word) for name, word in self.words.items()}}

    def in_columns(self, name: str) -> dict[str, Any]:
        """Return it for the text column ``name`` and the JSON column beside it."""
        kept = self.kept()
        return {name: kept["text"], f"{name}_words": kept["words"]}

    def changed(self, change: Callable[[str], str]) -> "Told":
        """Return it with everything changed that is not ours: the names in it, or a text without any."""
        if not self.words:
            return Told(change(self.text))
        return Told(self.text, {name: _changed(word, change) for name, word in self.words.items()})


class ToldFailure(Exception):
    """Something failed: ``told`` is a sentence for people, ``str()`` has it in the language of whoever asks."""

    def __init__(self, sentence: str | Told) -> None:
        super().__init__(sentence)
        self.told = sentence if isinstance(sentence, Told) else Told(sentence)

    def __str__(self) -> str:
        return str(self.told)


NO_PROBLEM = Told("")


def told(text: str) -> Told:
    """Mark a text for the catalogues where it is written; it is translated where it is read."""
    return Told(text)


def one_after_another(sentences: Sequence[Told], *, between: str = " ") -> Told:
    """Return several sentences as one text."""
    if len(sentences) == 1:
        return sentences[0]
    names = [f"s{place}" for place in range(len(sentences))]
    return Told(between.join(f"%({name})s" for name in names), dict(zip(names, sentences, strict=True)))


def read(kept: Mapping[str, Any]) -> Told:
    """Return words that were kept."""
    return Told(kept["text"], {name: _read(word) for name, word in kept["words"].items()})


def as_kept(words: str | Promise | Told) -> str:
    """Return words as the code has them, whoever acts and in whatever language."""
    with translation.override(KEPT_IN):
        return str(words)


def retold(text: str) -> str:
    """Return a kept text of ours in the reader's language; what is not ours, or has names in it, as it is."""
    # An empty text is what catalogues keep their own description under.
    return translation.gettext(text) if text else ""


def _said(word: object) -> object:
    return date_format(timezone.localtime(word), "j M, H:i") if isinstance(word, datetime) else word


def _kept(word: object) -> object:
    if isinstance(word, Told):
        return word.kept()
    if isinstance(word, datetime):
        return {"moment": word.isoformat()}
    return word if isinstance(word, str | int | float) else str(word)


def _changed(word: object, change: Callable[[str], str]) -> object:
    if isinstance(word, Told):
        return word.changed(change)
    # Numbers and moments are none of the network's words, and have to stay what they are.
    return word if isinstance(word, int | float | datetime) else change(str(word))


def _read(word: object) -> object:
    if not isinstance(word, Mapping):
        return word
    return datetime.fromisoformat(word["moment"]) if "moment" in word else read(word)
