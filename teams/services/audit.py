"""The record of administrative changes."""

from datetime import datetime
from typing import Any

from django.utils.functional import Promise

from socialhub.lib import live
from socialhub.lib.told import Told, as_kept
from teams.changes import Verb
from teams.models import AuditEntry, User


def note(*, actor: User | None, verb: Verb, subject: str | Told, at: datetime, **detail: Any) -> None:
    """Append one entry. Call it in the transaction that makes the change.

    ``detail`` are the further words of the verb's sentence; never a secret. Words of ours are given as ``Told``, so
    that each reader has them in their own language.
    """
    told = {name: word.kept() for name, word in {"subject": subject, **detail}.items() if isinstance(word, Told)}
    kept = {name: as_kept(word) if isinstance(word, Promise | Told) else word for name, word in detail.items()}
    if told:
        kept["told"] = told
    AuditEntry.objects.create(actor=actor, verb=verb, subject=as_kept(subject)[:200], detail=kept, at=at)
    # Most of these change who may see what; open pages are held against it before they hear anything more.
    live.rights_changed()
