"""The record of administrative changes."""

from datetime import datetime
from typing import Any

from socialhub.lib import live
from teams.changes import Verb
from teams.models import AuditEntry, User


def note(*, actor: User | None, verb: Verb, subject: str, at: datetime, **detail: Any) -> None:
    """Append one entry. Call it in the transaction that makes the change.

    ``detail`` are the further words of the verb's sentence; never a secret.
    """
    AuditEntry.objects.create(actor=actor, verb=verb, subject=subject[:200], detail=detail, at=at)
    # Most of these change who may see what; open pages are held against it before they hear anything more.
    live.rights_changed()
