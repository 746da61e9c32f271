"""What a filter names although there is nothing of that name, and what may be meant."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from django.utils.translation import gettext as _

from triage.finding.fields import MINE
from triage.finding.language import Asked, Sought, Term
from triage.finding.values import NONE
from triage.lists.rows import Names


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A name that nothing has: the sentence that says so, and the list with the ``nearest`` instead, if one is near."""

    text: str
    nearest: str = ""
    url: str = ""


def misspelt_in(sought: Sought, names: Names, address: Callable[[str], str]) -> list[Misspelt]:
    """Return the departments that a filter asks for and that do not exist; ``address`` gives the list of a text."""
    known = {name.casefold(): name for slug, title in names.departments.values() for name in (slug, title)}
    found: dict[str, Misspelt] = {}
    for given in _departments(sought):
        if given.casefold() in known or given.casefold() in (MINE, NONE):
            continue
        close = get_close_matches(given.casefold()[:40], known, n=1)
        text = _("There is no department “%(name)s”.") % {"name": given[:40]}
        found[given] = Misspelt(text)
        if close:
            nearest = known[close[0]]
            found[given] = Misspelt(text, nearest, address(_with(sought, {given: nearest}).text()))
    return list(found.values())


def _departments(sought: Sought) -> Iterable[str]:
    for group in sought.groups:
        for term in group:
            if isinstance(term.what, Asked) and term.what.name == "dept":
                yield from (value.text for value in term.what.values)


def _with(sought: Sought, instead: Mapping[str, str]) -> Sought:
    return Sought(tuple(tuple(_corrected(term, instead) for term in group) for group in sought.groups))


def _corrected(term: Term, instead: Mapping[str, str]) -> Term:
    if not isinstance(term.what, Asked) or term.what.name != "dept":
        return term
    values = (replace(value, text=instead.get(value.text, value.text)) for value in term.what.values)
    return replace(term, what=replace(term.what, values=tuple(values)))
