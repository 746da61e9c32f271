"""What was heard and could not be stored: kept as it was received, with the reason, until a person settles it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from listening.connectors.base import Rejected
from listening.heard import HeardItem, Unusable, clean_item
from listening.models import Channel, SetAside

LONGEST_RAW = 20_000
LONGEST_WORD = 500


def sort_out(items: Iterable[HeardItem], *, at: datetime) -> tuple[list[HeardItem], list[Rejected]]:
    """Return the items that can be stored, cleaned, and what is wrong with the others."""
    usable, rejected = [], []
    for item in items:
        try:
            usable.append(clean_item(item, at=at))
        except Unusable as refusal:
            rejected.append(Rejected(raw_of(item), refusal.told))
    return usable, rejected


def set_aside(*, channel: Channel, rejected: Sequence[Rejected], at: datetime) -> None:
    """Keep what cannot be stored; what came before, and was perhaps settled, stays as it is."""
    SetAside.objects.bulk_create(
        [
            SetAside(
                channel=channel,
                raw=_storable(each.raw_excerpt)[:LONGEST_RAW],
                digest=_digest(channel, each.raw_excerpt),
                received_at=at,
                **each.reason.changed(_word).in_columns("reason"),
            )
            for each in rejected
        ],
        ignore_conflicts=True,
    )


def settle(*, channel_id: int, set_aside_id: int, at: datetime) -> bool:
    """Record that somebody is done with an item; return whether it was still open. Harmless to call twice."""
    still_open = SetAside.objects.filter(pk=set_aside_id, channel_id=channel_id, settled_at=None)
    return bool(still_open.update(settled_at=at))


def raw_of(item: HeardItem) -> str:
    """Return everything that is known of an item as text: what the network sent, if it came along."""
    told = {name: value for name, value in asdict(item).items() if value not in ("", None, False, {})}
    return json.dumps(told, ensure_ascii=False, default=str, indent=1)


def _digest(channel: Channel, raw: str) -> str:
    return hashlib.sha256(f"{channel.pk}\n{raw}".encode(errors="replace")).hexdigest()


def _word(said: str) -> str:
    return _storable(said)[:LONGEST_WORD]


def _storable(text: str) -> str:
    """Return the text as PostgreSQL takes it: without NUL and without half characters."""
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()
