"""What a call says, by the mapping that its channel has chosen."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from listening.webhooks.mapped import Mapped, read_json
from listening.webhooks.meta import map_meta
from listening.webhooks.own_shape import map_own_shape
from listening.webhooks.x import map_x
from listening.webhooks.youtube import map_youtube

MAPPINGS: Final[dict[str, Callable[[object, datetime], Mapped]]] = {
    "socialhub": map_own_shape,
    "meta": map_meta,
    "x": map_x,
    "youtube": map_youtube,
}
# Built from documentation and recordings: the live service has never been asked.
NEVER_RUN_LIVE: Final = frozenset({"meta", "x", "youtube"})


def map_call(mapping: str, body: bytes, *, at: datetime) -> Mapped:
    """Read a body; ``at`` is when it came, for what carries no time of its own.

    :raises Unmappable: it is not JSON that can be read.
    """
    return MAPPINGS.get(mapping, map_own_shape)(read_json(body), at)
