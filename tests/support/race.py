"""Let several threads do something at the same moment, each on its own connection."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

SECONDS = 20


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
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive(), "a thread of the race did not come to an end"
    return outcomes
