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

    # Not a ``partial``: Django asks for the name of what failed, and would fail itself.
    def send() -> None:
        _send(task, arguments)

    transaction.on_commit(send, robust=True)


def _send(task: Task, arguments: dict[str, Any]) -> None:
    try:
        task.apply_async(kwargs=arguments, retry=False)
    except task.OperationalError as error:
        log.warning("wake-up lost, the sweep will find the row", task=task.name, error=str(error))
