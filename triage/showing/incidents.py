"""Incidents as pages show them: those that are open on every page, read rarely; all of them on their own."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from policies.engine.conditions import read_condition
from policies.models import Incident
from policies.sentences import words_for_condition
from socialhub.lib.moments import date_format
from teams.models import User
from teams.services import organisation
from triage.finding.language import Asked
from triage.finding.values import Value
from triage.models import Conversation, IncidentSearch
from triage.states import Outcome

# Each process may be this many seconds behind; whoever sends is never behind.
STALE_AFTER_SECONDS = 5.0

_kept = threading.local()


@dataclass(frozen=True, slots=True)
class ShownIncident:
    """One incident as a page shows it."""

    pk: int
    name: str
    level: int
    level_text: str
    holding_text: str
    by: str
    at_text: str
    at_iso: str
    is_open: bool
    ended_by: str = ""
    ended_at_text: str = ""


@dataclass(frozen=True, slots=True)
class HoldingText:
    """What may be said meanwhile, and the address that puts it into the draft."""

    name: str
    text: str
    insert_url: str


@dataclass(frozen=True, slots=True)
class Found:
    """What belongs to an incident as far as somebody may see it, and how far the search for it has come."""

    count: int | None
    url: str
    looked: int
    total: int
    is_done: bool

    @property
    def share(self) -> int:
        """How much of the way is gone, of 100."""
        return 100 if self.is_done or not self.total else min(99, 100 * self.looked // self.total)


def open_now() -> list[ShownIncident]:
    """Return the incidents that are open, kept for some seconds; nothing is read while the company knows of none."""
    company = organisation.current()
    if company is None or not company.is_incident_open:
        return []
    kept: tuple[float, list[Incident]] | None = getattr(_kept, "incidents", None)
    if kept is None or time.monotonic() - kept[0] >= STALE_AFTER_SECONDS:
        kept = (time.monotonic(), list(read().filter(ended_at=None)))
        _kept.incidents = kept
    return [shown(incident) for incident in kept[1]]


def of_conversation(conversation_id: int) -> tuple[list[ShownIncident], list[ShownIncident]]:
    """Return the open incidents to which a conversation belongs, and the others."""
    among = open_now()
    if not among:
        return [], []
    own = set(Incident.objects.filter(parts__conversation=conversation_id, ended_at=None).values_list("pk", flat=True))
    return [one for one in among if one.pk in own], [one for one in among if one.pk not in own]


def holding_texts(incidents: Iterable[ShownIncident], conversation_id: int, *, slug: str) -> list[HoldingText]:
    """Return what incidents offer to say in a conversation; ``slug`` names the list around it."""
    return [
        HoldingText(
            one.name,
            one.holding_text,
            f"{reverse('triage:insert_holding_text', args=[conversation_id, one.pk])}?{urlencode({'from': slug})}",
        )
        for one in incidents
        if one.holding_text
    ]


def ended(*, most: int) -> list[ShownIncident]:
    """Return the incidents that ended last."""
    return [shown(one) for one in read().filter(ended_at__isnull=False).order_by("-ended_at", "-pk")[:most]]


def forget() -> None:
    """Read the incidents anew at the next page of this thread."""
    _kept.incidents = None
    organisation.forget()


def read() -> QuerySet[Incident]:
    """Return the incidents with whom they name, the gravest first."""
    return Incident.objects.select_related("declared_by", "ended_by").order_by("-level", "-declared_at", "-pk")


def shown(incident: Incident) -> ShownIncident:
    """Return an incident in words."""
    return ShownIncident(
        pk=incident.pk,
        name=incident.name,
        level=incident.level,
        level_text=str(incident.get_level_display()),
        holding_text=incident.holding_text,
        by=incident.declared_by.name,
        at_text=_moment(incident.declared_at),
        at_iso=incident.declared_at.isoformat(),
        is_open=incident.is_open,
        ended_by=incident.ended_by.name if incident.ended_by else "",
        ended_at_text=_moment(incident.ended_at) if incident.ended_at else "",
    )


def belongs_text(incident: Incident) -> str:
    """Return in words what belongs to an incident."""
    return words_for_condition(read_condition(incident.condition), {})


def found(incident: Incident, user: User) -> Found:
    """Return what belongs to an incident and ``user`` may see, and how far the search has come."""
    search = IncidentSearch.objects.filter(pk=incident.pk, revision=incident.revision).first()
    count = None
    if user.rights.may_somewhere("conversation.view"):
        belonging = Conversation.objects.visible_to(user).filter(incident_parts__incident=incident)
        # What was merged into another belongs in its place.
        count = belonging.exclude(outcome=Outcome.MERGED).count()
    return Found(
        count=count,
        url=list_url([incident.name]),
        looked=search.looked_count if search else 0,
        total=search.total_count if search else 0,
        is_done=not incident.is_open or bool(search and search.done_at),
    )


def list_url(names: Iterable[str]) -> str:
    """Return the address of the list of what belongs to an incident."""
    asked = str(Asked("incident", tuple(Value(name) for name in names)))
    return f"{reverse('triage:queue', args=['everything'])}?{urlencode({'q': asked})}"


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j M, H:i")
