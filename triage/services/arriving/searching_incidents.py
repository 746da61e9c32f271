"""Hold the conversations that are open against an incident that was declared, changed or ended, bout by bout.

A bout moves the search on in the transaction that writes down what it found. So a worker
that is killed costs one batch, and two that work at once do no harm.
"""

import time
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from policies.engine.incidents import Incidents
from policies.models import Incident
from policies.services import reading
from policies.services.incidents import standing_until_committed
from socialhub.lib import bouts, live
from socialhub.lib.bouts import Bout
from socialhub.lib.bulk import any_of
from socialhub.lib.queue import wake_last
from triage.models import Conversation, IncidentSearch
from triage.services.arriving import belonging
from triage.services.arriving.belonging import Belonging
from triage.services.arriving.facts import belonging_to
from triage.services.arriving.suggesting_anew import suggest_anew
from triage.states import RUNNING, Stage

BATCH = 200


def run_bout(*, incident_id: int, at: datetime, seconds: float = bouts.SECONDS) -> Bout:
    """Look at the next conversations for about so long. Harmless to run twice."""
    ends = time.monotonic() + seconds
    while (bout := _step(incident_id, at)) == Bout.MORE:
        if time.monotonic() > ends:
            return bout
    if bout == Bout.DONE:
        live.inbox_changed()
    return bout


def sweep() -> None:
    """Wake what has not been looked through as the incident is now."""
    done = IncidentSearch.objects.filter(done_at__isnull=False, revision=F("incident__revision"))
    waiting = Incident.objects.exclude(pk__in=done.values("pk")).order_by("pk")
    for pk in waiting.values_list("pk", flat=True):
        wake_last("triage.search_for_incident", incident_id=pk)


def _step(incident_id: int, at: datetime) -> Bout:
    with transaction.atomic():
        incidents = standing_until_committed()
        incident = Incident.objects.filter(pk=incident_id).first()
        search = None if incident is None else _begun(incident, at)
        if incident is None or search is None or search.done_at is not None:
            return Bout.GONE
        ids = _next(incident, search.after_id)
        # Nothing is said in them, and nobody attaches them, until what was found is written down.
        list(Conversation.objects.select_for_update().filter(pk__in=any_of(ids)).order_by("pk").values_list("pk"))
        suggest_anew(_stirred(incident, ids, incidents, at), reading.policy_in_force(), at)
        search.after_id = ids[-1] if ids else search.after_id
        search.looked_count += len(ids)
        search.moved_at = at
        search.done_at = at if len(ids) < BATCH else None
        search.save(update_fields=["after_id", "looked_count", "moved_at", "done_at"])
    return Bout.MORE if search.done_at is None else Bout.DONE


def _stirred(incident: Incident, ids: list[int], incidents: Incidents, at: datetime) -> Belonging:
    """Write down what belongs to an incident; return for whom its rules hold in another way now."""
    if not incident.is_open:
        # That they belonged to it stays written down.
        found = belonging_to(ids, incidents)
        return {pk: found.get(pk, ()) for pk in ids}
    settled = belonging.settle(ids, incidents, at=at)
    this = incidents.get(incident.pk)
    # What stays in it may be in another level of it.
    return {pk: ones for pk, ones in settled.found.items() if pk in settled.changed or this in ones}


def _begun(incident: Incident, at: datetime) -> IncidentSearch | None:
    """Return the locked search for an incident as it is now, or None where another worker is at it."""
    IncidentSearch.objects.bulk_create(
        [IncidentSearch(incident=incident, revision=0, moved_at=at)], ignore_conflicts=True
    )
    search = IncidentSearch.objects.select_for_update(skip_locked=True).filter(pk=incident.pk).first()
    if search is not None and search.revision != incident.revision:
        search.revision = incident.revision
        search.after_id = search.looked_count = 0
        search.total_count = sum(rows.count() for rows in _looked_at(incident))
        search.done_at = None
        search.save(update_fields=["revision", "after_id", "looked_count", "total_count", "done_at"])
    return search


def _looked_at(incident: Incident) -> tuple[QuerySet[Conversation], ...]:
    """Return what may belong to an incident that is open, and what belonged to one that has ended and is undecided.

    What is open comes in parts, each as an index holds it.
    """
    work = Conversation.objects.work()
    if not incident.is_open:
        return (work.filter(stage=Stage.NEW, incident_parts__incident=incident),)
    return work.filter(stage__in=RUNNING), work.filter(stage=Stage.WAITING)


def _next(incident: Incident, after_id: int) -> list[int]:
    rows = (part.filter(pk__gt=after_id).order_by("pk").values_list("pk", flat=True) for part in _looked_at(incident))
    return sorted(pk for several in rows for pk in several[:BATCH])[:BATCH]
