"""Which conversations belong to the incidents that are open, written down for lists and pages.

The rules do not look here: what an answer meets is read anew when it leaves (``facts_of``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from policies.engine.incidents import Incidents, OpenIncident
from socialhub.lib.bulk import any_of
from teams.models import User
from triage.models import Event, IncidentPart, IncidentWord
from triage.services import recording
from triage.services.arriving.facts import belonging_to

Belonging = dict[int, tuple[OpenIncident, ...]]


@dataclass(frozen=True, slots=True)
class Settled:
    """To which incidents conversations belong, and which of them came to one or left one just now."""

    found: Belonging = field(default_factory=dict)
    changed: frozenset[int] = frozenset()


def enter(conversations: Sequence[int], incidents: Incidents, *, at: datetime) -> Belonging:
    """Write down to which incidents conversations that just began belong, and return it. Harmless to run twice.

    Call it in a transaction in which ``incidents`` stay those that are open.
    """
    found = belonging_to(conversations, incidents)
    _enter(found, actor=None, at=at)
    return found


def settle(conversations: Collection[int], incidents: Incidents, *, at: datetime, actor: User | None = None) -> Settled:
    """Write down to which incidents conversations belong now, and to which they do not any more.

    Call it in a transaction in which ``incidents`` stay those that are open and the
    conversations are locked, so that nothing is said in them meanwhile.
    """
    if not incidents or not conversations:
        return Settled()
    found = belonging_to(list(conversations), incidents)
    entered = _enter(found, actor=actor, at=at)
    written = IncidentPart.objects.filter(conversation__in=any_of(conversations), incident__in=incidents.ids)
    gone: dict[int, Event] = {}
    for pk, conversation_id, incident_id in written.order_by("pk").values_list("pk", "conversation", "incident"):
        one = incidents.get(incident_id)
        if one is not None and one not in found.get(conversation_id, ()):
            gone[pk] = _event(Event.Kind.INCIDENT_LEFT, conversation_id, one, actor, at)
    if gone:
        IncidentPart.objects.filter(pk__in=any_of(gone)).delete()
        recording.record_many(list(gone.values()))
    return Settled(found, frozenset(entered) | {event.conversation_id for event in gone.values()})


def follow(*, source_id: int, target_id: int) -> None:
    """Let a conversation belong to whatever people said that another belongs to, and to what that was part of."""
    words = IncidentWord.objects.filter(conversation=source_id, belongs=True)
    IncidentWord.objects.bulk_create(
        [
            IncidentWord(
                incident_id=word.incident_id, conversation_id=target_id, belongs=True, by_id=word.by_id, at=word.at
            )
            for word in words
        ],
        ignore_conflicts=True,
    )
    parts = IncidentPart.objects.filter(conversation=source_id, incident__ended_at__isnull=False)
    IncidentPart.objects.bulk_create(
        [IncidentPart(incident_id=part.incident_id, conversation_id=target_id, at=part.at) for part in parts],
        ignore_conflicts=True,
    )


def part(*, source_id: int, target_id: int) -> None:
    """Take back from a conversation what people said of another, and what followed from there (``follow``)."""
    for word in IncidentWord.objects.filter(conversation=source_id, belongs=True):
        IncidentWord.objects.filter(
            conversation=target_id, incident=word.incident_id, belongs=True, by=word.by_id, at=word.at
        ).delete()


def _enter(found: Belonging, *, actor: User | None, at: datetime) -> set[int]:
    """Write down what is not written yet, and return the conversations that it changes."""
    wanted = {(one.pk, pk): one for pk, several in found.items() for one in several}
    if not wanted:
        return set()
    known = set(IncidentPart.objects.filter(conversation__in=any_of(found)).values_list("incident", "conversation"))
    new = [(pk, one) for (incident, pk), one in wanted.items() if (incident, pk) not in known]
    IncidentPart.objects.bulk_create(
        [IncidentPart(incident_id=one.pk, conversation_id=pk, at=at) for pk, one in new], ignore_conflicts=True
    )
    recording.record_many([_event(Event.Kind.INCIDENT_JOINED, pk, one, actor, at) for pk, one in new])
    return {pk for pk, _one in new}


def _event(kind: Event.Kind, conversation_id: int, incident: OpenIncident, actor: User | None, at: datetime) -> Event:
    data = {"incident": incident.pk, "level": incident.level}
    return Event(conversation_id=conversation_id, kind=kind, actor=actor, at=at, data=data)
