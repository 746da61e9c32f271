"""What narrows a list: a text in the language of the search box, its terms as chips, and what is wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q

from teams.models import User
from triage.finding.contradictions import contradiction
from triage.finding.fields import conditions
from triage.finding.language import LONGEST, Asked, NotUnderstood, Sought, Term, read

# Terms whose answer depends on who asks: what they find is not the same number for everybody.
_OF_READER = {"is": {"asked", "mine", "unread"}, "has": {"draft"}, "dept": {"mine"}, "holder": {"me"}}


@dataclass(frozen=True, slots=True)
class Chip:
    """One term of a filter, and the address of the list without it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as somebody wrote it. ``problem`` says why nothing can be found by it; then nothing is."""

    text: str
    sought: Sought
    problem: str = ""
    start: int = 0
    end: int = 0
    # Whether it cannot be read at all, so that there is nothing to save.
    is_unread: bool = False

    @property
    def wrong_part(self) -> str:
        """The part of the text that is wrong."""
        return self.text[self.start : self.end] if self.is_unread else ""

    def condition(self, user: User, at: datetime) -> Q:
        """Return what a conversation must fulfil for this reader; nothing does where there is a problem."""
        if self.problem:
            return Q(pk__in=[])
        return conditions(self.sought, reader=user, at=at) if self.sought else Q()

    def chips(self, address: Callable[[str], str]) -> list[Chip]:
        """Return its terms; ``address`` gives the list that another text narrows."""
        groups = self.sought.groups
        rest = (Sought((*groups[:place], *groups[place + 1 :])).text() for place in range(len(groups)))
        return [Chip(term, address(text)) for term, text in zip(self.terms(), rest, strict=True)]

    def terms(self) -> list[str]:
        """Return its terms as they are written."""
        return [" OR ".join(map(str, group)) for group in self.sought.groups]


NO_FILTER = Filter("", Sought())


def read_filter(text: str) -> Filter:
    """Read a filter; what cannot be read is kept with the reason."""
    text = text.replace("\x00", " ").strip()
    if not text:
        return NO_FILTER
    try:
        sought = read(text)
    except NotUnderstood as wrong:
        return Filter(text[:LONGEST], Sought(), str(wrong), wrong.start, wrong.end, is_unread=True)
    return Filter(text, sought, contradiction(sought))


def both(one: Filter, other: Filter) -> Filter:
    """Return the filter that asks for both."""
    if one.problem or not other.text:
        return one
    if other.problem or not one.text:
        return other
    sought = Sought((*one.sought.groups, *other.sought.groups))
    return Filter(f"{one.text} {other.text}", sought, contradiction(sought))


def depends_on_reader(sought: Sought) -> bool:
    """Say whether it finds something else for each who looks."""
    return any(_is_of_reader(term) for group in sought.groups for term in group)


def _is_of_reader(term: Term) -> bool:
    if not isinstance(term.what, Asked):
        return False
    of_reader = _OF_READER.get(term.what.name, set())
    return any(value.text.casefold() in of_reader for value in term.what.values)


def written(**parts: str) -> str:
    """Return the query of an address; what is empty is left out."""
    kept = {name: value for name, value in parts.items() if value}
    return f"?{urlencode(kept)}" if kept else ""
