"""That something said in a conversation, beside it or to it has the words that are sought."""

from django.db.models import Exists, OuterRef, Q

from listening.models import Mention
from socialhub.lib.bulk import any_of
from triage.finding.language import Sought
from triage.finding.planning import few
from triage.finding.stems import Stems, Written, stems_of
from triage.models import Note, ThreadEntry


def said_in(said: Sought) -> Q:
    """Return the condition that one message or note of a conversation says all of that."""
    stems = stems_of(said)
    if not stems:
        return Q(pk__in=[])
    if not stems.wanted:
        return ~_has(stems, excluded=True)
    found = said_among_few(stems)
    return _has(stems) if found is None else Q(pk__in=any_of(found))


def said_among_few(stems: Stems) -> list[int] | None:
    """Return the conversations in which it is said; None where there are many."""
    mentions = few(Mention.objects.filter(search=stems.query))
    if mentions is None:
        return None
    beside = few(Note.objects.filter(search=stems.query), "conversation")
    if beside is None:
        return None
    entries = ThreadEntry.objects.filter(mention__in=any_of(mentions)).values_list("conversation", flat=True)
    return sorted({*entries, *beside})


def _has(stems: Stems, *, excluded: bool = False) -> Q:
    query = Written(stems.excluded) if excluded else stems.query
    entries = ThreadEntry.objects.filter(conversation=OuterRef("pk"), mention__search=query)
    notes = Note.objects.filter(conversation=OuterRef("pk"), search=query)
    return Q(Exists(entries)) | Q(Exists(notes))
