"""Let several threads do something at the same moment, each on its own connection."""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, connections

# How long one thread waits for another: far longer than a machine stands still that has other things to do.
SECONDS = 30
# Whoever waits in vain says so before the race is given up.
LONGEST_SECONDS = 2 * SECONDS

# Told by the locks alone: what is known of the sessions is kept until the transaction ends, without those that come.
WAITING = """
    SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND pid IN (
        SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE datname = current_database()
    )
"""


def race(*acts: Callable[[], Any]) -> list[Any]:
    """Run all ``acts`` at once; return what each returned or raised, in the order given."""
    barrier = threading.Barrier(len(acts), timeout=SECONDS)
    outcomes: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            outcomes[place] = act()
        except Exception as error:  # noqa: BLE001 - the test judges it
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, act), daemon=True) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + LONGEST_SECONDS
    for thread in threads:
        thread.join(max(0, ends - time.monotonic()))
        assert not thread.is_alive(), "a thread of the race did not come to an end"
    return outcomes


def until_somebody_waits(count: int = 1, *, unless: threading.Event | None = None) -> None:
    """Go on once so many in this database wait for a lock, or once what would not have to wait has happened."""
    has_happened = unless or threading.Event()
    ends = time.monotonic() + SECONDS
    with connection.cursor() as cursor:
        while not has_happened.wait(0.01):
            cursor.execute(WAITING)
            if cursor.fetchone()[0] >= count:
                return
            assert time.monotonic() < ends, "nobody waits"
