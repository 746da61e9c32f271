"""The one way to start background work."""

from typing import Any

import structlog
from celery import Task
from django.db import transaction

log = structlog.get_logger(__name__)


def wake(task: Task, **arguments: int | str) -> None:
    """Start ``task`` once the surrounding transaction has committed.

    The row is the truth and the message only saves time: a broker that cannot be
    reached is logged and left to the sweep, never an error for who saved the row.
    """
    wake_in(0, task, **arguments)


def wake_in(seconds: float, task: Task, **arguments: int | str) -> None:
    """Start ``task`` some seconds after the surrounding transaction has committed, as ``wake`` does at once.

    Few seconds only: a worker keeps the message in its memory, and what waits
    longer than the broker's time limit would be delivered twice.
    """

    # Not a ``partial``: Django asks for the name of what failed, and would fail itself.
    def send() -> None:
        _send(task, arguments, seconds)

    transaction.on_commit(send, robust=True)


def _send(task: Task, arguments: dict[str, Any], seconds: float) -> None:
    when = {"countdown": seconds} if seconds else {}
    try:
        task.apply_async(kwargs=arguments, retry=False, **when)
    except task.OperationalError as error:
        log.warning("wake-up lost, the sweep will find the row", task=task.name, error=str(error))
