"""Do heavy work so that everything else comes first."""

import os
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import connections

Answer = TypeVar("Answer")

# Of 0 to 19: whoever else wants the processor gets about ten times as much.
NICENESS = 10


def gently(work: Callable[[], Answer]) -> Answer:
    """Return what ``work`` returns, done in a thread of its own that leaves the processor to others.

    The worker itself keeps its rank: what was lowered once only an administrator may raise again.
    """
    answers: list[Answer] = []
    failures: list[BaseException] = []

    def run() -> None:
        # On Linux a rank is that of a thread; elsewhere the work is done at the usual one.
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        try:
            answers.append(work())
        except BaseException as failure:  # noqa: BLE001 - raised again where it is waited for
            failures.append(failure)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, name="gently")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return answers[0]
