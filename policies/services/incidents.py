"""Declared incidents: declared, changed and ended by people, and read by whatever asks the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from policies.engine.incidents import LEVELS, NO_INCIDENTS, Incidents, OpenIncident, read_belonging
from policies.models import Incident
from policies.models.incident import MOST_HOLDING, MOST_NAME
from policies.signals import incidents_changed
from socialhub.lib import live, locks
from socialhub.lib.errors import Conflict, Invalid
from teams.changes import Verb
from teams.models import Organisation, User
from teams.services import audit, organisation

# What was read of the incidents that are open, by their ids and revisions. One entry: the newest.
_kept: dict[tuple[tuple[int, int], ...], Incidents] = {}


class OpenAlready(Conflict):
    """An open incident has that name."""

    code = "incident_open_already"


class IncidentOver(Conflict):
    """The incident has been ended."""

    code = "incident_over"


class IncidentChanged(Conflict):
    """Somebody else has changed the incident."""

    code = "incident_changed"


@dataclass(frozen=True, slots=True)
class Said:
    """What people say of an incident."""

    name: str
    level: int
    condition: Mapping[str, Any]
    holding_text: str = ""


def declare(*, said: Said, actor: User, at: datetime) -> Incident:
    """Declare an incident. When this returns, no answer begins to leave that was not held against it.

    Waits for what is being taken in, and for answers that are being claimed this moment.

    :raises Invalid: the name, the level, the text or the condition cannot be used.
    :raises OpenAlready: an open incident has that name.
    """
    said = _checked(said)
    with transaction.atomic():
        locks.take(locks.Lock.INCIDENTS)
        try:
            with transaction.atomic():
                incident = Incident.objects.create(
                    name=said.name,
                    level=said.level,
                    condition=dict(said.condition),
                    holding_text=said.holding_text,
                    declared_by=actor,
                    declared_at=at,
                )
        except IntegrityError as error:
            raise OpenAlready(_("An incident of that name is open already.")) from error
        _note(incident, Verb.INCIDENT_DECLARED, actor, at, level=incident.level)
    organisation.forget()
    return incident


def change(*, incident_id: int, said: Said, seen: int, actor: User, at: datetime) -> Incident:
    """Say something else of an open incident; ``seen`` is the revision that the person had before them.

    :raises Invalid: the name, the level, the text or the condition cannot be used.
    :raises IncidentOver: it has ended.
    :raises IncidentChanged: somebody else has changed it.
    :raises OpenAlready: another open incident has that name.
    """
    said = _checked(said)
    with transaction.atomic():
        locks.take(locks.Lock.INCIDENTS)
        incident = Incident.objects.get(pk=incident_id)
        _check_open(incident)
        if incident.revision != seen:
            raise IncidentChanged(_("Somebody has changed this incident meanwhile. Look at it as it is now."))
        incident.name, incident.level = said.name, said.level
        incident.condition, incident.holding_text = dict(said.condition), said.holding_text
        incident.revision = seen + 1
        try:
            with transaction.atomic():
                incident.save(update_fields=["name", "level", "condition", "holding_text", "revision"])
        except IntegrityError as error:
            raise OpenAlready(_("An incident of that name is open already.")) from error
        _note(incident, Verb.INCIDENT_CHANGED, actor, at, level=incident.level)
    return incident


def end(*, incident_id: int, actor: User, at: datetime) -> None:
    """End an incident: its rules hold no more. What was decided under them stays.

    :raises IncidentOver: somebody else was first.
    """
    with transaction.atomic():
        locks.take(locks.Lock.INCIDENTS)
        ended = Incident.objects.filter(pk=incident_id, ended_at=None).update(
            ended_by=actor, ended_at=at, revision=F("revision") + 1
        )
        incident = Incident.objects.get(pk=incident_id)
        if not ended:
            _check_open(incident)
        _note(incident, Verb.INCIDENT_ENDED, actor, at)
    organisation.forget()


def standing() -> Incidents:
    """Return the incidents that are open; one small query once they have been read."""
    # Written out: whatever asks the rules asks it, and compiling it would take longer than answering it.
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, revision FROM policies_incident WHERE ended_at IS NULL ORDER BY id")
        key = tuple(cursor.fetchall())
    if not key:
        return NO_INCIDENTS
    found = _kept.get(key)
    if found is None:
        found = _read(key)
        _kept.clear()
        _kept[key] = found
    return found


def standing_on_pages() -> Incidents:
    """Return the incidents that are open, without a query while the company knows of none: some seconds late."""
    company = organisation.current()
    return standing() if company is not None and company.is_incident_open else NO_INCIDENTS


def standing_until_committed() -> Incidents:
    """Return the incidents that are open, and let nobody declare or change one until the transaction ends."""
    locks.share(locks.Lock.INCIDENTS)
    return standing()


def _read(key: tuple[tuple[int, int], ...]) -> Incidents:
    rows = Incident.objects.filter(pk__in=[pk for pk, _revision in key]).order_by("pk")
    return Incidents((OpenIncident(row.pk, row.name, row.level), read_belonging(row.condition)) for row in rows)


def _checked(said: Said) -> Said:
    # Between quotation marks a name stands in the filter of lists.
    name, text = " ".join(said.name.replace('"', "'").split()), said.holding_text.strip()
    if not name or len(name) > MOST_NAME:
        raise Invalid(_("Give it a name of at most %(count)d characters.") % {"count": MOST_NAME}, field="name")
    if said.level not in LEVELS:
        raise Invalid(_("The level must be 1, 2 or 3."), field="level")
    if len(text) > MOST_HOLDING:
        told = {"count": MOST_HOLDING}
        raise Invalid(_("The holding text has at most %(count)d characters.") % told, field="holding_text")
    read_belonging(said.condition)
    return Said(name, said.level, said.condition, text)


def _check_open(incident: Incident) -> None:
    if not incident.is_open:
        raise IncidentOver(_("This incident has ended."))


def _note(incident: Incident, verb: Verb, actor: User, at: datetime, **detail: Any) -> None:
    """Write down what was done, and let whoever must know look again."""
    is_open = Incident.objects.filter(ended_at=None).exists()
    Organisation.objects.update(is_incident_open=is_open)
    audit.note(actor=actor, verb=verb, subject=incident.name, at=at, incident=incident.pk, **detail)
    incidents_changed.send(Incident, incident_id=incident.pk)
    live.incidents_changed()
