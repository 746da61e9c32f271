"""What is wrong with a translation, as far as a program can tell."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from socialhub.translating.messages import Message

_PLACEHOLDER = re.compile(r"%%|%\(\w+\)[-#0 +]?\d*(?:\.\d+)?[a-zA-Z]|%[sdifr]|\{\{[^}]*\}\}|\{\w*\}")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>|&[a-z]+;")
_ENDS = {".": ".", "…": "…", "?": "?", "!": "!", ":": ":", ",": ","}


def faults(message: Message, forms: Iterable[str]) -> list[str]:
    """Return what is wrong with the translated ``forms`` of a message: one, or one for each number."""
    found = []
    originals = [message.key.singular, message.plural] if message.plural else [message.key.singular]
    for at, form in enumerate(forms):
        original = originals[min(at, len(originals) - 1)]
        if not form.strip():
            found.append("it is empty")
            continue
        # The words for one may leave the number out, and in some languages those for many stand for it.
        allowed = [_placeholders(text) for text in originals]
        if _placeholders(form) not in allowed:
            found.append(f"its placeholders differ: {_told(_placeholders(form))} for {_told(_placeholders(original))}")
        found.extend(_differences(original, form))
    return found


def _differences(original: str, form: str) -> Iterator[str]:
    if sorted(_TAG.findall(form)) != sorted(_TAG.findall(original)):
        yield "its tags differ"
    for side, pattern in (("begins", r"^\s*"), ("ends", r"\s*$")):
        if _matched(pattern, form) != _matched(pattern, original):
            yield f"it {side} with other white space"
    if _ends_with(form) != _ends_with(original):
        yield f"it ends with {_ends_with(form) or 'no mark'}, the text with {_ends_with(original) or 'no mark'}"


def _placeholders(text: str) -> Counter[str]:
    return Counter(_PLACEHOLDER.findall(text))


def _told(placeholders: Counter[str]) -> str:
    return ", ".join(sorted(placeholders.elements())) or "none"


def _matched(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[0] if found else ""


def _ends_with(text: str) -> str:
    return _ENDS.get(text.rstrip()[-1:], "")
