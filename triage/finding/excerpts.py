"""What was found, as people read it: the part around the words, which are marked without trusting the text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchHeadline
from django.db.models import Case, QuerySet, Value, When
from django.db.models.functions import Left, Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from listening.models import Mention
from socialhub.lib.bulk import any_of
from socialhub.lib.stemming import CONFIGURATIONS, PLAIN
from triage.finding.sources import ANSWER, MESSAGE, NOTE, Hit
from triage.finding.stems import Stems
from triage.models import Note, Reply

# What is behind it in a longer text is found, and not shown.
LONGEST_READ = 20_000
SHOWN_WHOLE = 280
# No text has these: what is between them has been found.
_BEGIN, _END = "\x02", "\x03"
_MARKED = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an excerpt, and whether it is what was sought."""

    text: str
    is_match: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One text in which something was found; ``kind`` is message, ours, note or answer."""

    kind: str
    label: str
    name: str
    at: datetime
    language: str
    parts: Sequence[Part]


def excerpts_of(hits: Iterable[Hit], stems: Stems) -> dict[tuple[int, int], Excerpt]:
    """Return the excerpts by source and id: a query for each source that has hits."""
    wanted: dict[int, list[int]] = {}
    for hit in hits:
        wanted.setdefault(hit.source, []).append(hit.pk)
    found: dict[tuple[int, int], Excerpt] = {}
    for source, ids in wanted.items():
        found |= {(source, pk): excerpt for pk, excerpt in _READERS[source](ids, stems)}
    return found


def marked(text: str) -> list[Part]:
    """Return the parts of a text in which PostgreSQL has marked the words."""
    parts: list[Part] = []
    at = 0
    for found in _MARKED.finditer(text):
        parts += [Part(_clean(text[at : found.start()])), Part(_clean(found[1]), is_match=True)]
        at = found.end()
    parts.append(Part(_clean(text[at:])))
    return [part for part in parts if part.text]


def own_configuration() -> str:
    """Return how texts are cut that are in the language of whoever reads."""
    return CONFIGURATIONS.get((get_language() or "")[:2], PLAIN)


def headline(column: str, stems: Stems, configuration: Any) -> Case:
    """Return a short text whole, and of a long one the parts around the words."""
    marks = {"config": configuration, "start_sel": _BEGIN, "stop_sel": _END}
    around = SearchHeadline(
        Left(column, LONGEST_READ),
        stems.query,
        max_words=32,
        min_words=16,
        max_fragments=2,
        fragment_delimiter=" … ",
        **marks,
    )
    whole = SearchHeadline(column, stems.query, highlight_all=True, **marks)
    return Case(When(LessThanOrEqual(Length(column), SHOWN_WHOLE), then=whole), default=around)


def _clean(text: str) -> str:
    return text.replace(_BEGIN, "").replace(_END, "")


def _messages(ids: Sequence[int], stems: Stems) -> Iterable[tuple[int, Excerpt]]:
    own = Case(*(When(language=code, then=Value(name)) for code, name in CONFIGURATIONS.items()), default=Value(PLAIN))
    rows = Mention.objects.filter(pk__in=any_of(ids)).values_list(
        "pk",
        "is_ours",
        "profile__name",
        "profile__handle",
        "published_at",
        "language",
        headline("text", stems, own),
    )
    for pk, is_ours, name, handle, at, language, text in rows:
        kind, label = ("ours", _("Our answer")) if is_ours else ("message", _("Message"))
        yield pk, Excerpt(kind, label, name or handle, at, language, marked(text))


def _notes(ids: Sequence[int], stems: Stems) -> Iterable[tuple[int, Excerpt]]:
    yield from _beside(Note.objects.filter(pk__in=any_of(ids)), "written_at", "note", _("Note"), stems)


def _answers(ids: Sequence[int], stems: Stems) -> Iterable[tuple[int, Excerpt]]:
    label = _("Answer that is not out")
    yield from _beside(Reply.objects.filter(pk__in=any_of(ids)), "queued_at", "answer", label, stems)


def _beside(
    rows: QuerySet[Any, Any], moment: str, kind: str, label: str, stems: Stems
) -> Iterable[tuple[int, Excerpt]]:
    text = headline("body", stems, own_configuration())
    for pk, name, at, said in rows.values_list("pk", "author__name", moment, text):
        yield pk, Excerpt(kind, label, name, at, "", marked(said))


_READERS = {MESSAGE: _messages, NOTE: _notes, ANSWER: _answers}
