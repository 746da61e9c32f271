"""Which conversations belong to the incidents that are open, written down for lists and pages.

The rules do not look here: what an answer meets is read anew when it leaves (``facts_of``).
"""

from collections.abc import Sequence
from datetime import datetime

from policies.engine.incidents import Incidents, OpenIncident
from socialhub.lib.bulk import any_of
from triage.models import Event, IncidentPart
from triage.services import recording
from triage.services.arriving.facts import belonging_to

Belonging = dict[int, tuple[OpenIncident, ...]]


def enter(conversations: Sequence[int], incidents: Incidents, *, at: datetime) -> Belonging:
    """Write down to which incidents conversations belong, and return it. Harmless to run twice.

    Call it in a transaction in which ``incidents`` stay those that are open.
    """
    found = belonging_to(conversations, incidents)
    wanted = {(one.pk, pk): one for pk, several in found.items() for one in several}
    if not wanted:
        return found
    known = IncidentPart.objects.filter(conversation__in=any_of(conversations)).values_list("incident", "conversation")
    new = [(pk, one) for (_incident, pk), one in wanted.items() if (one.pk, pk) not in set(known)]
    IncidentPart.objects.bulk_create(
        [IncidentPart(incident_id=one.pk, conversation_id=pk, at=at) for pk, one in new], ignore_conflicts=True
    )
    recording.record_many([_event(Event.Kind.INCIDENT_JOINED, pk, one, at) for pk, one in new])
    return found


def leave(conversations: Sequence[int], incident: OpenIncident, *, at: datetime) -> list[int]:
    """Write down that these do not belong to an incident any more, where it was written that they do; return those."""
    parts = IncidentPart.objects.filter(incident=incident.pk, conversation__in=any_of(conversations))
    gone = list(parts.select_for_update().order_by("pk").values_list("conversation_id", flat=True))
    parts.filter(conversation__in=any_of(gone)).delete()
    recording.record_many([_event(Event.Kind.INCIDENT_LEFT, pk, incident, at) for pk in gone])
    return gone


def follow(*, source_id: int, target_id: int) -> None:
    """Let a conversation belong to whatever another belongs to."""
    parts = IncidentPart.objects.filter(conversation=source_id)
    IncidentPart.objects.bulk_create(
        [IncidentPart(incident_id=part.incident_id, conversation_id=target_id, at=part.at) for part in parts],
        ignore_conflicts=True,
    )


def _event(kind: Event.Kind, conversation_id: int, incident: OpenIncident, at: datetime) -> Event:
    data = {"incident": incident.pk, "name": incident.name, "level": incident.level}
    return Event(conversation_id=conversation_id, kind=kind, at=at, data=data)
