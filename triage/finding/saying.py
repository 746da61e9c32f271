"""That something said in a conversation, beside it or to it has the words that are sought."""

from django.db.models import Exists, OuterRef, Q

from triage.finding.language import Sought
from triage.finding.stems import Stems, Written, stems_of
from triage.models import Note, ThreadEntry


def said_in(said: Sought) -> Q:
    """Return the condition that one message or note of a conversation says all of that."""
    stems = stems_of(said)
    if not stems:
        return Q(pk__in=[])
    if not stems.wanted:
        return ~_has(stems, excluded=True)
    return _has(stems)


def _has(stems: Stems, *, excluded: bool = False) -> Q:
    query = Written(stems.excluded) if excluded else stems.query
    entries = ThreadEntry.objects.filter(conversation=OuterRef("pk"), mention__search=query)
    notes = Note.objects.filter(conversation=OuterRef("pk"), search=query)
    return Q(Exists(entries)) | Q(Exists(notes))
