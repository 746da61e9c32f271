"""Labels of choices inside sentences."""

from django.utils.translation import get_language


def inside_sentence(label: object) -> str:
    """Return a label as it stands inside a sentence: small, but in German, which writes its nouns large everywhere."""
    text = str(label)
    return text if (get_language() or "").startswith("de") else text.lower()
