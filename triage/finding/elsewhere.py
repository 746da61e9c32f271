"""What is found beside conversations: the people who speak, and the clauses of the policy in force."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from listening.models import Profile
from policies.models import Clause, PolicyVersion
from socialhub.lib.stemming import PLAIN, name_words, of_names
from teams.models import User
from triage.finding.excerpts import Part, headline, marked, own_configuration
from triage.finding.language import Asked, Said, Sought, Term
from triage.finding.stems import Stems
from triage.finding.values import Value
from triage.models import Conversation, ThreadEntry

MOST_PEOPLE = 5
MOST_CLAUSES = 3
# Of people with a very common name: enough to find some of whom the reader may see something.
MOST_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """Somebody who speaks; ``search`` finds what they said, and ``person`` is who they are where that is known."""

    name: str
    handle: str
    channel: str
    search: str
    person: int | None


@dataclass(frozen=True, slots=True)
class FoundClause:
    """A clause of the policy in force."""

    label: str
    title: str
    url: str
    parts: Sequence[Part]


def people_found(sought: Sought, *, reader: User) -> list[FoundPerson]:
    """Return who has these words in their name, of those of whom the reader may see something; not more than five."""
    if not _is_name(sought):
        return []
    return [_person(profile) for profile in people_named(" ".join(sought.words()), reader=reader)[:MOST_PEOPLE]]


def people_named(words: str, *, reader: User, is_begun: bool = False) -> list[Profile]:
    """Return profiles with these words in name or handle; of the last word the beginning does where ``is_begun``."""
    wanted = [word for word in name_words(words).split() if word.strip("'\\")]
    if not wanted:
        return []
    query = SearchQuery(wanted[0], config=PLAIN)
    for word in wanted[1:-1] if is_begun else wanted[1:]:
        query = query & SearchQuery(word, config=PLAIN)
    if is_begun:
        beginning = SearchQuery(f"{_lexeme(wanted[-1])}:*", config=PLAIN, search_type="raw")
        query = beginning if len(wanted) == 1 else query & beginning
    named = Profile.objects.alias(words=of_names("name", "handle")).filter(words=query, is_ours=False)
    looked_at = named.order_by().values("pk")[:MOST_LOOKED_AT]
    return list(_spoken(Profile.objects.filter(pk__in=looked_at), reader).order_by("name", "pk")[:MOST_PEOPLE])


def _spoken(profiles: QuerySet[Profile], reader: User) -> QuerySet[Profile]:
    visible = Conversation.objects.visible_to(reader)
    entries = ThreadEntry.objects.filter(mention__profile=OuterRef("pk"), conversation__in=visible)
    return profiles.filter(Exists(entries)).select_related("channel")


def _lexeme(word: str) -> str:
    """Return a word as the query language of PostgreSQL quotes it."""
    inside = word.replace("\\", "").replace("'", "")
    return f"'{inside}'"


def _is_name(sought: Sought) -> bool:
    """Say whether nothing but words is sought, and none of them excluded: what a name may be."""
    return bool(sought) and all(
        len(group) == 1 and isinstance(group[0].what, Said) and not group[0].is_excluded for group in sought.groups
    )


def _person(profile: Profile) -> FoundPerson:
    term = Term(Asked("from", (Value(profile.handle or profile.name or profile.external_id),)))
    return FoundPerson(str(profile), profile.handle, profile.channel.name, str(term), profile.person_id)


def clauses_found(sought: Sought, stems: Stems, *, reader: User) -> list[FoundClause]:
    """Return the clauses in force that have the words best; not more than three."""
    if sought.asked() or not stems.wanted or not reader.rights.may_somewhere("policy.view"):
        return []
    configuration = own_configuration()
    words = SearchVector("title", weight="A", config=configuration) + SearchVector(
        "body", weight="B", config=configuration
    )
    found = (
        Clause.objects.filter(version__state=PolicyVersion.State.IN_FORCE)
        .annotate(words=words, shown=headline("body", stems, configuration))
        .filter(words=stems.query)
        .annotate(rank=SearchRank("words", stems.query))
        .order_by("-rank", "number")
    )
    address = reverse("policies:in_force")
    return [
        FoundClause(label, title, f"{address}#clause-{label}", marked(shown))
        for label, title, shown in found.values_list("label", "title", "shown")[:MOST_CLAUSES]
    ]
