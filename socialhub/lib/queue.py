"""The one way to start background work: by the name of its task, so that rules need not know who calls them."""

from collections.abc import Mapping
from typing import Any

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

# Of the broker's levels, of which 0 is the first. What has not had its turn after a minute
# is found by a sweep, and no worker need do it twice.
_LAST = {"priority": 9, "expires": 60}


def wake(task: str, **arguments: int | str) -> None:
    """Start ``task`` once the surrounding transaction has committed.

    The row is the truth and the message only saves time: a broker that cannot be
    reached is logged and left to the sweep, never an error for who saved the row.
    """
    wake_in(0, task, **arguments)


def wake_in(seconds: float, task: str, **arguments: int | str) -> None:
    """Start ``task`` some seconds after the surrounding transaction has committed, as ``wake`` does at once.

    Few seconds only: a worker keeps the message in its memory, and what waits
    longer than the broker's time limit would be delivered twice.
    """

    _send_on_commit(task, arguments, {"countdown": seconds} if seconds else {})


def wake_last(task: str, **arguments: int | str) -> None:
    """Start ``task`` as ``wake`` does, but when no worker has anything else to do; within a minute or not at all."""
    _send_on_commit(task, arguments, _LAST)


def _send_on_commit(task: str, arguments: dict[str, Any], when: Mapping[str, float]) -> None:
    # Not a ``partial``: Django asks for the name of what failed, and would fail itself.
    def send() -> None:
        _send(task, arguments, when)

    transaction.on_commit(send, robust=True)


def _send(task: str, arguments: dict[str, Any], when: Mapping[str, float]) -> None:
    try:
        current_app.send_task(task, kwargs=arguments, retry=False, **when)
    except OperationalError as error:
        log.warning("wake-up lost, the sweep will find the row", task=task, error=str(error))
