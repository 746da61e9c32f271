"""What a search names although there is nothing of that name, and what may be meant."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from django.db.models import Q

from listening.models import AuthorList, Channel, Stream
from policies.engine.facts import name_of
from policies.models import Clause, Incident
from socialhub.lib.told import Told, told
from teams.models import Department, User
from triage.finding.authors import profiles_named
from triage.finding.fields import ME, MINE
from triage.finding.incidents import meant_by
from triage.finding.language import Asked, Sought, Term
from triage.finding.suggestions import holders_known_to, latest_conversations
from triage.finding.values import NONE
from triage.models import Conversation


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that nothing has: the sentence that says so, and, if one is near, the name and the search with it."""

    field: str
    name: str
    text: str
    nearest: str = ""
    instead: str = ""


Names = Callable[[User], Iterable[str]]

_SENTENCES: Mapping[str, Told] = {
    "from": told("Nobody of whom you may see something is called “%(name)s”."),
    "channel": told("There is no channel “%(name)s”, and none of that kind."),
    "lang": told("None of the latest conversations is in the language “%(name)s”."),
    "dept": told("There is no department “%(name)s”."),
    "holder": told("Nobody here is called “%(name)s”."),
    "clause": told("No version of the policy has a clause “%(name)s”."),
    "tag": told("None of the latest conversations has the tag “%(name)s”."),
    "incident": told("There is no incident “%(name)s”."),
    "stream": told("There is no stream “%(name)s”."),
    "list": told("There is no list of authors “%(name)s”."),
}


def unknown_in(sought: Sought, *, reader: User) -> list[Unknown]:
    """Return the names in ``sought`` that nothing has; asks the database for each field that is asked for a name."""
    found = []
    for field, names in _given(sought).items():
        known = {name_of(name): name for name in _KNOWN[field](reader)}
        for name in names:
            if name_of(name) in known or _is_known(field, name, reader):
                continue
            close = get_close_matches(name_of(name)[:40], known, n=1)
            nearest = known[close[0]] if close else ""
            found.append(
                Unknown(
                    field,
                    name,
                    str(_SENTENCES[field] % {"name": name[:40]}),
                    nearest,
                    _with(sought, field, {name: nearest}).text() if nearest else "",
                )
            )
    return found


def _given(sought: Sought) -> dict[str, list[str]]:
    """Return which names are asked for, by their fields."""
    given: dict[str, dict[str, None]] = {}
    for term in (term for group in sought.groups for term in group):
        if isinstance(term.what, Asked) and term.what.name in _SENTENCES:
            given.setdefault(term.what.name, {}).update(dict.fromkeys(value.text for value in term.what.values))
    return {field: list(names) for field, names in given.items()}


def _is_known(field: str, name: str, reader: User) -> bool:
    """Say whether there is such a name that the reader is not offered."""
    if field == "from":
        return Conversation.objects.visible_to(reader).filter(profile__in=profiles_named(name).values("pk")).exists()
    if field == "holder":
        return User.objects.filter(Q(name__iexact=name) | Q(email__iexact=name)).exists()
    if field == "incident":
        return Incident.objects.filter(meant_by(name)).exists()
    return False


def _with(sought: Sought, field: str, instead: Mapping[str, str]) -> Sought:
    return Sought(tuple(tuple(_corrected(term, field, instead) for term in group) for group in sought.groups))


def _corrected(term: Term, field: str, instead: Mapping[str, str]) -> Term:
    if not isinstance(term.what, Asked) or term.what.name != field:
        return term
    values = (replace(value, text=instead.get(value.text, value.text)) for value in term.what.values)
    return replace(term, what=replace(term.what, values=tuple(values)))


def _channels(_reader: User) -> Iterable[str]:
    # A name comes after the kinds, so that it is what is offered where both are written alike.
    named = list(Channel.objects.values_list("kind", "name"))
    return [*(kind for kind, _name in named), *(name for _kind, name in named)]


def _departments(_reader: User) -> Iterable[str]:
    departments = list(Department.objects.values_list("slug", "name"))
    return [MINE, NONE, *(slug for slug, _name in departments), *(name for _slug, name in departments)]


def _tags(reader: User) -> Iterable[str]:
    return {tag for tags in latest_conversations(reader).values_list("tags", flat=True) for tag in tags}


_KNOWN: Mapping[str, Names] = {
    "from": lambda _reader: (),
    "channel": _channels,
    "lang": lambda reader: {NONE, *latest_conversations(reader).values_list("language", flat=True)},
    "dept": _departments,
    "holder": lambda reader: (ME, NONE, *holders_known_to(reader).values_list("name", flat=True)),
    "clause": lambda _reader: Clause.objects.order_by().values_list("label", flat=True).distinct(),
    "tag": _tags,
    "incident": lambda _reader: Incident.objects.values_list("name", flat=True),
    "stream": lambda _reader: Stream.objects.values_list("name", flat=True),
    "list": lambda _reader: AuthorList.objects.values_list("name", flat=True),
}
