"""The company itself: made once, changed rarely, read at every request."""

import threading
import time
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from socialhub.lib.errors import Conflict
from socialhub.lib.locks import Lock, take
from teams.changes import Verb
from teams.models import Organisation, User
from teams.services import audit

# Read at every request and changed once a year: each process may be this many seconds behind.
STALE_AFTER_SECONDS = 5.0

_kept = threading.local()


class AlreadySetUp(Conflict):
    """Somebody else has set up this installation."""

    code = "already_set_up"


def current() -> Organisation | None:
    """Return the organisation, or None before set-up. Reads the database every few seconds only."""
    kept: tuple[float, Organisation] | None = getattr(_kept, "organisation", None)
    if kept is not None and time.monotonic() - kept[0] < STALE_AFTER_SECONDS:
        return kept[1]
    organisation = Organisation.objects.first()
    if organisation is not None:
        _kept.organisation = (time.monotonic(), organisation)
    return organisation


def forget() -> None:
    """Read the organisation anew at the next request of this thread."""
    _kept.organisation = None


def create_organisation(
    *, name: str, time_zone: str, is_demo: bool, at: datetime, language: str = settings.LANGUAGE_CODE
) -> Organisation:
    """Make the one organisation of this installation.

    :raises AlreadySetUp: there is one.
    """
    with transaction.atomic():
        take(Lock.SET_UP)
        if Organisation.objects.exists():
            raise AlreadySetUp(_("This installation has been set up already."))
        organisation = Organisation.objects.create(
            pk=1, name=name, time_zone=time_zone, language=language, is_demo=is_demo, set_up_at=at
        )
    forget()
    return organisation


def change_organisation(*, name: str, time_zone: str, language: str, actor: User, at: datetime) -> None:
    """Rename the organisation, move its clock, or change the language of who chose none."""
    with transaction.atomic():
        Organisation.objects.filter(pk=1).update(name=name, time_zone=time_zone, language=language)
        audit.note(actor=actor, verb=Verb.ORGANISATION_CHANGED, subject=name, at=at)
    forget()
