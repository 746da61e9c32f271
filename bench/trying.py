"""One worker of a back-test, in a process of its own: ``python -m bench.trying PART``."""

import json
import resource
import sys
import time

import django


def main(part_id: int) -> None:
    """Try until the part is done, and print what it took."""
    django.setup()
    from django.utils import timezone

    from socialhub.lib.bouts import Bout
    from socialhub.lib.gently import gently
    from triage.services.back_tests import work

    # Workers are there already when somebody tries a version.
    print("ready", flush=True)
    sys.stdin.readline()
    started, processor, bouts = time.perf_counter(), time.process_time(), 1
    while gently(lambda: work.run_bout(part_id=part_id, at=timezone.now())) == Bout.MORE:
        bouts += 1
    told = {
        "bouts": bouts,
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - processor,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))
