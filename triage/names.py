"""What departments and channels are called: read at every page, changed once a month."""

import threading
import time

from listening.connectors.course import KIND as COURSE
from listening.models import Channel
from teams.models import Department
from triage.lists.rows import Names

# Each process may be this many seconds behind a rename.
STALE_AFTER_SECONDS = 5.0

_kept = threading.local()


def names_now() -> Names:
    """Return the names, read from the database every few seconds only."""
    kept: tuple[float, Names] | None = getattr(_kept, "names", None)
    if kept is not None and time.monotonic() - kept[0] < STALE_AFTER_SECONDS:
        return kept[1]
    departments = {
        pk: (slug, name) for pk, slug, name in Department.objects.by_name().values_list("pk", "slug", "name")
    }
    names = Names(departments, dict(Channel.objects.exclude(kind=COURSE).by_name().values_list("pk", "name")))
    _kept.names = (time.monotonic(), names)
    return names


def forget() -> None:
    """Read the names anew at the next page of this thread."""
    _kept.names = None
