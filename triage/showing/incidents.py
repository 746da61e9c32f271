"""Incidents as pages show them: those that are open on every page, read rarely; all of them on their own."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from policies.engine.conditions import read_condition
from policies.models import Incident
from policies.sentences import words_for_condition
from socialhub.lib.moments import date_format, grouped
from teams.models import User
from teams.services import organisation
from triage.finding.incidents import asked_as
from triage.finding.language import Asked
from triage.finding.values import Value
from triage.models import Conversation, IncidentSearch
from triage.services.decisions.rule_preview import Preview
from triage.showing.addresses import act_url
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
    # What finds it alone in lists.
    asked: str = ""
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
    """What belongs to an incident as far as somebody may see it, and how far the search for it has come.

    ``count`` is None until that is known, and where they may see nothing; then there is no ``url`` either.
    """

    count: int | None
    url: str
    looked: int
    total: int
    is_done: bool

    @property
    def share(self) -> int:
        """How much of the way is gone, of 100."""
        return 100 if self.is_done else min(99, 100 * self.looked // (self.total or 1))


def open_now() -> list[ShownIncident]:
    """Return the incidents that are open, kept for some seconds; nothing is read while the company knows of none."""
    company = organisation.current()
    if company is None or not company.is_incident_open:
        return []
    kept: tuple[float, list[Incident], list[str]] | None = getattr(_kept, "incidents", None)
    if kept is None or time.monotonic() - kept[0] >= STALE_AFTER_SECONDS:
        found = list(read().filter(ended_at=None))
        kept = (time.monotonic(), found, asked_as(found))
        _kept.incidents = kept
    return [replace(shown(incident), asked=asked) for incident, asked in zip(kept[1], kept[2], strict=True)]


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
            act_url("insert_holding_text", conversation_id, one.pk, slug=slug),
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
    """Return what belongs to an incident and ``user`` may see, and how far the search has come.

    It is counted once the search is done: pages ask every two seconds until then.
    """
    search = IncidentSearch.objects.filter(pk=incident.pk, revision=incident.revision).first()
    is_done = not incident.is_open or bool(search and search.done_at)
    may_see = user.rights.may_somewhere("conversation.view")
    count = None
    if may_see and is_done:
        belonging = Conversation.objects.visible_to(user).filter(incident_parts__incident=incident)
        # What was merged into another belongs in its place.
        count = belonging.exclude(outcome=Outcome.MERGED).count()
    return Found(
        count=count,
        url=list_url(asked_as([incident])) if may_see else "",
        looked=search.looked_count if search else 0,
        total=search.total_count if search else 0,
        is_done=is_done,
    )


def of_open(preview: Preview) -> str:
    """Return in words how many of those that are open would belong to an incident."""
    told = {"hits": grouped(preview.open_match_count), "open": grouped(preview.open_count)}
    if preview.is_nearly_all_open:
        return _("Nearly everything that is open would belong to it: %(hits)s of %(open)s conversations.") % told
    return _("Of those that are open: %(hits)s of %(open)s.") % told


def list_url(names: Iterable[str]) -> str:
    """Return the address of the list of what belongs to an incident."""
    asked = str(Asked("incident", tuple(Value(name) for name in names)))
    return f"{reverse('triage:queue', args=['everything'])}?{urlencode({'q': asked})}"


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j M, H:i")
