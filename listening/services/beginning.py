"""The first things to listen to: each is tried before it is saved, and one that fails leaves the others."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils import translation

from listening.connectors.base import ConnectorFailed
from listening.connectors.registry import connector_for
from listening.models import Channel
from listening.services import channels
from teams.models import User

LONGEST_NAME = 80
POLL_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Proposed:
    """A channel to be connected; ``searches`` is what it is tried with, since it belongs to no stream yet."""

    kind: str
    name: str
    options: Mapping[str, object]
    searches: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: the channel, or why there is none; ``told`` is a sentence in either case."""

    proposed: Proposed
    channel: Channel | None
    told: str


def connect(*, proposed: Sequence[Proposed], owner: User, at: datetime) -> list[Outcome]:
    """Try all that is proposed at the same time, and connect what answers. Call it outside any transaction."""
    if not proposed:
        return []
    with ThreadPoolExecutor(max_workers=len(proposed), thread_name_prefix="begin") as pool:
        told = list(pool.map(partial(_try, language=translation.get_language()), proposed))
    return [
        Outcome(one, _add(one, owner, at), sentence) if is_fine else Outcome(one, None, sentence)
        for one, (is_fine, sentence) in zip(proposed, told, strict=True)
    ]


def _try(proposed: Proposed, *, language: str | None) -> tuple[bool, str]:
    """Try it and say how it is in the language of whoever waits: another thread has its own."""
    settings = {**proposed.options, "our_handles": [], "searches": list(proposed.searches)}
    with translation.override(language):
        try:
            return True, channels.try_connection(kind=proposed.kind, settings=settings)
        except ConnectorFailed as failure:
            return False, str(failure)


def _add(proposed: Proposed, owner: User, at: datetime) -> Channel:
    return channels.add_channel(
        name=_free_name(proposed.name),
        kind=proposed.kind,
        options=proposed.options,
        our_handles=[],
        poll_seconds=connector_for(proposed.kind).poll_seconds or POLL_SECONDS,
        owner=owner,
        at=at,
    )


def _free_name(name: str) -> str:
    """Return the name, or the first numbered one that no channel has."""
    number, free = 1, name[:LONGEST_NAME]
    while Channel.objects.filter(name__iexact=free).exists():
        number += 1
        free = f"{name[: LONGEST_NAME - 5]} {number}"
    return free
