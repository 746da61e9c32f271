"""What may be meant by what is being typed: fields, their values, people and tags."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, F, OuterRef, QuerySet

from listening.models import AuthorList, Channel, Stream
from policies.models import Clause, Incident, PolicyVersion
from socialhub.lib.moments import grouped
from socialhub.lib.stemming import CONFIGURATIONS
from teams.models import Department, Membership, User
from triage.finding.elsewhere import people_named
from triage.finding.fields import ME, MINE
from triage.finding.incidents import asked_as
from triage.finding.language import LONGEST
from triage.finding.values import NONE, TODAY, YESTERDAY, Value, quoted
from triage.finding.vocabulary import CALLED_ELSEWHERE, VOCABULARY, Field, Kind
from triage.models import Conversation

MOST = 8
# Of the tags in use: those of so many of the latest conversations.
LATEST = 2_000

_LAST = re.compile(r'(?:[^\s"]|"[^"]*(?:"|\Z))*\Z')
_BEGUN = re.compile(r"(-?)([A-Za-z][A-Za-z_-]*):(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to go on: the ``text`` that the box then has, what is ``shown`` for it, and what that is."""

    text: str
    shown: str
    title: str


def suggest(text: str, *, reader: User) -> list[Suggestion]:
    """Return how what is written may go on where it ends; not more than eight."""
    text = text.replace("\x00", " ")
    if len(text) > LONGEST:
        return []
    last = _LAST.search(text)
    begun = last[0] if last else ""
    before = text[: len(text) - len(begun)]
    field = _BEGUN.match(begun)
    name = field[2].lower() if field else ""
    meant = VOCABULARY.get(CALLED_ELSEWHERE.get(name, name))
    found = _values(meant, field[1], field[3], reader) if field and meant else _fields_and_people(begun, reader)
    return [Suggestion(before + term + end, term, title) for term, end, title in found][:MOST]


def _fields_and_people(begun: str, reader: User) -> Iterable[tuple[str, str, str]]:
    sign = "-" if begun.startswith("-") else ""
    word = begun.removeprefix("-").strip('"').lower()
    for field in VOCABULARY.values():
        if field.name.startswith(word):
            yield f"{sign}{field.name}:", "", str(field.title)
    if len(word) < 2:
        return
    for field in VOCABULARY.values():
        for name, title in _words_of(field):
            if name.startswith(word):
                yield f"{sign}{field.name}:{name}", " ", title
    for profile in people_named(word, reader=reader, is_begun=True):
        yield f"{sign}from:{_written(profile.handle or str(profile))}", " ", str(profile)


def _values(field: Field, sign: str, written: str, reader: User) -> Iterable[tuple[str, str, str]]:
    """Return how a field goes on; of several values the last is meant."""
    before, comma, begun = written.rpartition(",")
    begun = begun.strip('"').lower()
    names = list(_words_of(field))
    if field.name in _NAMED:
        names += _NAMED[field.name](begun, reader)
    for name, title in names:
        if any(word.startswith(begun) for word in (name.lower(), title.lower(), *title.lower().split())):
            yield f"{sign}{field.name}:{before}{comma}{_written(name)}", " ", title


def _words_of(field: Field) -> Iterable[tuple[str, str]]:
    if field.kind is Kind.DAY:
        yield from ((TODAY, str(field.title)), (YESTERDAY, str(field.title)), ("7d", str(field.title)))
    yield from ((name, str(title)) for name, (title, _facts) in field.options.items())
    yield from ((name, str(title)) for name, (title, _limits) in field.named.items())


def _written(name: str) -> str:
    return quoted(Value(name.replace('"', "")))


Names = Callable[[str, User], Sequence[tuple[str, str]]]


def _channels(_begun: str, _reader: User) -> Sequence[tuple[str, str]]:
    return [(name, kind) for name, kind in Channel.objects.by_name().values_list("name", "kind")]


def _departments(_begun: str, _reader: User) -> Sequence[tuple[str, str]]:
    return [(MINE, ""), (NONE, ""), *Department.objects.active().by_name().values_list("slug", "name")]


def holders_known_to(reader: User) -> QuerySet[User]:
    """Return those who hold what the reader may see, and who works where it may come to lie."""
    people = User.objects.active().by_name()
    if not reader.rights.everywhere("conversation.view"):
        held = Conversation.objects.visible_to(reader).filter(holder=OuterRef("pk"))
        colleagues = Membership.objects.filter(user=OuterRef("pk"), department__in=list(reader.rights.departments))
        people = people.filter(Exists(held) | Exists(colleagues))
    return people


def latest_conversations(reader: User) -> QuerySet[Conversation]:
    """Return those in which the tags in use are looked for."""
    return Conversation.objects.visible_to(reader).order_by("-last_inbound_at", "-pk")[:LATEST]


def _holders(begun: str, reader: User) -> Sequence[tuple[str, str]]:
    people = holders_known_to(reader).filter(name__icontains=begun)
    names = dict.fromkeys(people.values_list("name", flat=True)[:MOST])
    # Whichever of their names was begun.
    return [(ME, ""), (NONE, ""), *((name, name) for name in names)]


def _people(begun: str, reader: User) -> Sequence[tuple[str, str]]:
    found = people_named(begun, reader=reader, is_begun=True)
    # By whichever name was begun.
    return [(profile.handle or str(profile), f"{profile} {begun}".strip()) for profile in found]


def _tags(begun: str, reader: User) -> Sequence[tuple[str, str]]:
    tagged, parameters = latest_conversations(reader).values("tags").query.sql_with_params()
    with connection.cursor() as cursor:
        # The list is Django's own; what was typed goes beside it.
        cursor.execute(
            f"""
            SELECT tag, count(*) FROM ({tagged}) AS latest (tags), jsonb_array_elements_text(tags) AS tag
            WHERE strpos(tag, %s) > 0 GROUP BY tag ORDER BY count(*) DESC, tag LIMIT %s
            """,  # noqa: S608
            [*parameters, begun, MOST],
        )
        return [(tag, grouped(count)) for tag, count in cursor.fetchall()]


def _streams(_begun: str, _reader: User) -> Sequence[tuple[str, str]]:
    return [(name, "") for name in Stream.objects.order_by("name").values_list("name", flat=True)]


def _incidents(begun: str, _reader: User) -> Sequence[tuple[str, str]]:
    latest = list(Incident.objects.filter(name__icontains=begun).order_by("-declared_at", "-pk")[:MOST])
    levels = (str(incident.get_level_display()) for incident in latest)
    return list(zip(asked_as(latest), levels, strict=True))


def _author_lists(_begun: str, _reader: User) -> Sequence[tuple[str, str]]:
    lists = AuthorList.objects.order_by("name")
    return [(each.name, str(each.get_kind_display())) for each in lists]


def _clauses(_begun: str, _reader: User) -> Sequence[tuple[str, str]]:
    in_force = Clause.objects.filter(version__state=PolicyVersion.State.IN_FORCE).order_by("number")
    return list(in_force.values_list("label", F("title")))


def _languages(_begun: str, _reader: User) -> Sequence[tuple[str, str]]:
    return [(code, name) for code, name in CONFIGURATIONS.items()] + [(NONE, "")]


_NAMED: Mapping[str, Names] = {
    "from": _people,
    "channel": _channels,
    "dept": _departments,
    "holder": _holders,
    "tag": _tags,
    "stream": _streams,
    "incident": _incidents,
    "list": _author_lists,
    "clause": _clauses,
    "lang": _languages,
}
