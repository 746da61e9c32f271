"""Words, phrases and hashtags as people enter them."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from listening.matching import is_usable_term
from socialhub.lib.errors import Refusal

MOST_TERMS = 100
LONGEST_TERM = 200


class Unsearchable(Refusal):
    """Terms cannot be listened for; ``str()`` is one sentence for people."""

    code = "unsearchable"


def checked_terms(entered: Iterable[str]) -> list[str]:
    """Return the terms, each once, whatever its case.

    :raises Unsearchable: there are too many, or one cannot be looked for.
    """
    unique: dict[str, str] = {}
    for line in entered:
        term = " ".join(line.split())
        if term:
            unique.setdefault(term.casefold(), term)
    terms = list(unique.values())
    if len(terms) > MOST_TERMS:
        raise Unsearchable(_("There are at most %(n)d words or phrases.") % {"n": MOST_TERMS})
    for term in terms:
        if len(term) > LONGEST_TERM:
            raise Unsearchable(_("“%(term)s…” is too long.") % {"term": term[:30]})
        if not is_usable_term(term):
            raise Unsearchable(_("In “%(term)s” there is nothing to look for.") % {"term": term})
        if term[0] in "#＃" and " " in term:
            raise Unsearchable(_("“%(term)s” is more than one word; a hashtag is one.") % {"term": term})
    return terms
