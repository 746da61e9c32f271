"""Count, and look at what was counted."""

import time

from insights.models import HourlyCount, Timing
from insights.services import rollups
from tests.factories.teams import NOON

SECONDS = 30


def roll_up_all(count: int, *, batch: int = rollups.BATCH) -> None:
    """Roll up until ``count`` events are counted: another session's transaction may hold the newest back a moment."""
    deadline = time.monotonic() + SECONDS
    counted = 0
    while counted < count:
        counted += rollups.roll_up(at=NOON, batch=batch)
        assert time.monotonic() < deadline, f"only {counted} of {count} events were counted"
    assert counted == count


def counts() -> list[tuple[object, ...]]:
    """Return every hourly count as a tuple, in order."""
    columns = ("hour", "measure", "channel_id", "department_id", "sentiment", "n")
    return list(HourlyCount.objects.order_by(*columns).values_list(*columns))


def totals() -> dict[str, int]:
    """Return the sum of each measure."""
    found: dict[str, int] = {}
    for measure, n in HourlyCount.objects.values_list("measure", "n"):
        found[measure] = found.get(measure, 0) + n
    return found


def timings() -> list[dict[str, object]]:
    """Return every timing, in order."""
    return list(Timing.objects.order_by("conversation_id").values())
