"""The stops that stand, as every page shows them: read rarely, set once a year."""

import threading
import time
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from socialhub.lib.moments import date_format
from teams.models import User
from triage.models import SendingStop
from triage.services.sending.stopping import what_is_stopped

# Each process may be this many seconds behind; whoever sends is never behind.
STALE_AFTER_SECONDS = 5.0

_kept = threading.local()


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop as a page shows it."""

    pk: int
    what: str
    reason: str
    by: str
    at_text: str
    at_iso: str
    department_id: int | None
    lifted_by: str = ""
    lifted_at_text: str = ""


def standing_for(user: User) -> list[Stop]:
    """Return the stops that concern ``user``, kept for some seconds."""
    kept: tuple[float, list[SendingStop]] | None = getattr(_kept, "stops", None)
    if kept is None or time.monotonic() - kept[0] >= STALE_AFTER_SECONDS:
        kept = (time.monotonic(), list(_read().filter(lifted_at=None)))
        _kept.stops = kept
    return [shown(stop) for stop in kept[1] if concerns(stop, user)]


def lifted_for(user: User, *, most: int) -> list[Stop]:
    """Return the stops that were lifted last."""
    lifted = _read().filter(lifted_at__isnull=False).order_by("-lifted_at", "-pk")[:most]
    return [shown(stop) for stop in lifted if concerns(stop, user)]


def forget() -> None:
    """Read the stops anew at the next page of this thread."""
    _kept.stops = None


def concerns(stop: SendingStop, user: User) -> bool:
    """Say whether a stop is for ``user`` to know: of a department, by its people; of everything else, by everybody."""
    if stop.department_id is None:
        return user.rights.may_somewhere("conversation.view")
    return user.rights.may("conversation.view", stop.department_id)


def shown(stop: SendingStop) -> Stop:
    """Return a stop in words."""
    return Stop(
        pk=stop.pk,
        what=str(what_is_stopped(stop)),
        reason=stop.reason,
        by=stop.stopped_by.name,
        at_text=date_format(timezone.localtime(stop.stopped_at), "j M, H:i"),
        at_iso=stop.stopped_at.isoformat(),
        department_id=stop.department_id,
        lifted_by=stop.lifted_by.name if stop.lifted_by else "",
        lifted_at_text=date_format(timezone.localtime(stop.lifted_at), "j M, H:i") if stop.lifted_at else "",
    )


def _read() -> QuerySet[SendingStop]:
    people = ("channel", "stream", "department", "stopped_by", "lifted_by")
    return SendingStop.objects.select_related(*people).order_by("-stopped_at", "-pk")
