"""Long work in bouts of seconds: each makes room for others, and what a lost worker leaves is taken up again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from typing import TypeVar

from django.db.models import Model, QuerySet

from socialhub.lib.gently import gently
from socialhub.lib.queue import wake_last

Row = TypeVar("Row", bound=Model)

SECONDS = 2.0
# Without a sign of life for so long, the worker is lost.
LOST_AFTER = timedelta(seconds=60)
# What was lost so often without any progress stops.
MOST_STUMBLES = 4


class Bout(Enum):
    """How a bout ended."""

    MORE = "more"
    DONE = "done"
    GONE = "gone"


def work_on(task: str, bout: Callable[[], Bout], **arguments: int) -> None:
    """Do one bout gently, and let ``task`` go on with these arguments once others had their turn."""
    if gently(bout) == Bout.MORE:
        wake_last(task, **arguments)


def take_lost(rows: QuerySet[Row], *, at: datetime) -> list[Row]:
    """Return the rows at work whose worker is lost, each to one caller only; ``moved_at`` is the last sign of life."""
    lost = rows.filter(moved_at__lt=at - LOST_AFTER).order_by("pk").values_list("pk", "moved_at")
    taken = [pk for pk, moved_at in lost if rows.filter(pk=pk, moved_at=moved_at).update(moved_at=at)]
    return list(rows.filter(pk__in=taken).order_by("pk"))
