"""Labels of choices and words of others inside sentences."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _


def inside_sentence(label: object) -> str:
    """Return a label as it stands inside a sentence: small, but in German, which writes its nouns large everywhere."""
    text = str(label)
    return text if (get_language() or "").startswith("de") else text.lower()


def quoted(words: str) -> str:
    """Return words in the quotation marks of the reader's language."""
    return _("“%(words)s”") % {"words": words}
