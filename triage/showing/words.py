"""The words of one message as people read them: how long, in which language, and to what they are the answer."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from listening.models import Mention

# Longer than a letter. The rest waits in a fold.
LONG = 4_000
# So much of it stands above the fold, up to the last space.
BEGINNING = 2_000
QUOTED = 60


def folded(text: str) -> tuple[str, str]:
    """Return the beginning of a text and the rest of it; no rest unless it is very long."""
    if len(text) <= LONG:
        return text, ""
    cut = max(text.rfind(" ", BEGINNING // 2, BEGINNING), text.rfind("\n", BEGINNING // 2, BEGINNING))
    cut = cut if cut > 0 else BEGINNING
    return text[:cut], text[cut:].lstrip()


def without_descriptions(text: str, descriptions: Sequence[str]) -> str:
    """Return a text without what stands below its pictures once more: in brackets at its end, or as all that it is.

    Connectors put descriptions there, so that lists, the search, streams and rules know them;
    what was said without a word is nothing else.
    """
    if text.split() == " ".join(descriptions).split():
        return ""
    for described in reversed([f"[{each}]" for each in descriptions if each]):
        if text != described and not text.endswith(f"\n\n{described}"):
            break
        text = text.removesuffix(described).rstrip()
    return text


def language_told(language: str) -> str:
    """Return what the language of a message is called, where it is not the reader's; nothing is translated."""
    spoken = (get_language() or "")[:2]
    if not language or language[:2].lower() == spoken:
        return ""
    return _name_of(language.lower(), spoken)


@lru_cache(maxsize=1000)
def _name_of(language: str, spoken: str) -> str:
    """Return the name of a language; ``spoken`` only tells entries of the cache apart: it is the active one."""
    try:
        return str(get_language_info(language)["name_translated"])
    except KeyError:
        return language.upper()


def answered(mention: Mention, before: Mention | None, parents: Mapping[str, Mention], *, is_whole: bool) -> str:
    """Return what a message answers, where that is not the one right above it.

    ``is_whole`` says that all of the thread is known, so that what is not in it was never heard.
    """
    referred = mention.in_reply_to
    if not referred or (before is not None and before.external_id == referred):
        return ""
    parent = parents.get(referred)
    if parent is None:
        return _("In answer to something that was not heard here.") if is_whole else ""
    if parent.erased_at is not None:
        return ""
    words = " ".join(parent.text[: QUOTED * 2].split())
    quoted = words if len(words) <= QUOTED else f"{words[:QUOTED].rstrip()}…"
    name = _("our answer") if parent.is_ours else str(parent.profile)
    return _("In answer to %(name)s: “%(words)s”") % {"name": name, "words": quoted}
