"""Take in on one connection while the caller goes on storing on another."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection

from triage.services.arriving import intake


@contextmanager
def intake_alongside(clock: Callable[[], datetime]) -> Iterator[Callable[[], None]]:
    """Yield a function that says "there is more"; everything is taken in when the block ends.

    One process then uses the time in which it waits for the database. What is
    stored must be committed before more is announced. ``clock`` tells the time,
    which goes on meanwhile. An error of the intake is raised at the end of the block.
    """
    more, is_over = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while not is_over.is_set():
                more.wait()
                more.clear()
                intake.take_in_everything(at=clock())
            # Another process may be at it too; afterwards nothing waits any more.
            intake.take_in_everything(at=clock(), patient=True)
        except BaseException as error:  # noqa: BLE001 - carried over to the caller's thread
            failures.append(error)
        finally:
            connection.close()

    worker = threading.Thread(target=work, name="intake")
    worker.start()
    try:
        yield more.set
    finally:
        is_over.set()
        more.set()
        worker.join()
    if failures:
        raise failures[0]
