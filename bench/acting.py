"""One worker of an act on many, in a process of its own: ``python -m bench.acting RUN``."""

import sys

import django


def main(run_id: int) -> None:
    """Act until the run is over."""
    django.setup()
    from django.utils import timezone

    from socialhub.lib.bouts import Bout
    from socialhub.lib.gently import gently
    from triage.services.bulk import running

    # Workers are there already when somebody begins.
    print("ready", flush=True)
    sys.stdin.readline()
    while gently(lambda: running.run_bout(run_id=run_id, clock=timezone.now)) == Bout.MORE:
        pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
