"""Workers that send what waits, and are killed while they do.

``python -m bench.killing KILLS careful|naive BEGIN LONGEST PAUSE`` loads the product once and
forks workers of two processes each from it; it prints how many were killed at work.
"""

import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import django

# Both processes of a worker share its clock. What the last one had claimed is free by then, and retries are due.
APART = timedelta(minutes=3)
PATIENTLY = timedelta(minutes=30)
PROCESSES = 2
# Long enough for some answers.
LONGEST_LIFE = 0.25
MOST_WORKERS = 2_000


def send_while_killing(
    *,
    kills: int,
    how: str,
    at: datetime,
    variables: dict[str, str],
    longest_life: float = LONGEST_LIFE,
    pause: float = 0,
) -> int:
    """Send everything that waits by workers that are killed so many times; return how many died at work.

    ``pause`` is how many seconds lie between two workers: time for a network to finish what a dead one had asked.
    """
    told = [str(kills), how, at.isoformat(), str(longest_life), str(pause)]
    command = [sys.executable, "-m", "bench.killing", *told]
    done = subprocess.run(command, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True, check=True)
    return int(done.stdout.split()[-1])


def main(kills: int, how: str, begin: datetime, longest_life: float, pause: float) -> int:
    """Fork workers one after the other, and kill as many."""
    moments = random.Random(7)
    at, killed = begin, 0
    for number in range(MOST_WORKERS):
        begun, beginning = os.pipe()
        pids = [_forked(at, how, beginning) for _ in range(PROCESSES)]
        os.close(beginning)
        # Until one of them sends, or all have ended.
        os.read(begun, 1)
        os.close(begun)
        if number < kills:
            time.sleep(moments.uniform(0, longest_life))
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
        ended = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        assert {*ended} <= {0, 1, -signal.SIGKILL}, ended
        killed += -signal.SIGKILL in ended
        at += APART if number < kills else PATIENTLY
        time.sleep(pause)
        if number >= kills and 1 in ended:
            return killed
    raise AssertionError("The workers do not come to an end.")


def _forked(at: datetime, how: str, beginning: int) -> int:
    pid = os.fork()
    if pid == 0:
        code = 3
        try:
            code = work(at, beginning, naively=how == "naive")
        except Exception:  # noqa: BLE001 - whatever it is, the parent hears of it by the code
            traceback.print_exc()
        finally:
            os._exit(code)
    return pid


def work(begin: datetime, beginning: int, *, naively: bool) -> int:
    """Sweep and send until nothing is due; return 1 when nothing is left at all. ``beginning`` hears of the first."""
    from triage.models import Reply
    from triage.services.sending import outbox

    started = time.monotonic()
    has_begun = False
    woken: list[tuple[str, dict[str, Any]]] = []
    _collect(woken)
    acts: dict[str, Callable[..., object]] = {
        "triage.deliver_reply": outbox.deliver,
        "triage.resolve_reply": _send_again if naively else outbox.resolve,
    }
    while True:
        at = begin + timedelta(seconds=time.monotonic() - started)
        woken.clear()
        outbox.sweep(at=at)
        due = [(acts[name], arguments) for name, arguments in woken if name in acts]
        if due and not has_begun:
            os.write(beginning, b".")
            has_begun = True
        for act, arguments in due:
            act(**arguments, at=begin + timedelta(seconds=time.monotonic() - started))
        if not due:
            return 0 if Reply.objects.filter(state__in=["queued", "sending"]).exists() else 1


def _send_again(*, reply_id: int, at: datetime) -> None:
    """Take for granted that a dead worker had not sent: how an answer goes out twice."""
    from triage.models import Reply

    Reply.objects.filter(pk=reply_id, state="sending").update(state="queued", claimed_at=None)


def _collect(woken: list[tuple[str, dict[str, Any]]]) -> None:
    from socialhub.lib import live, queue

    live._send = lambda *_: None
    queue._send = lambda task, arguments, _seconds: woken.append((task, arguments))


if __name__ == "__main__":
    django.setup()
    from bench.ledger import register
    from triage.services.sending import outbox  # noqa: F401 - loaded once, not by every worker

    register()
    kills, how, begin, longest_life, pause = sys.argv[1:]
    began_at = datetime.fromisoformat(begin).astimezone(UTC)
    print(main(int(kills), how, began_at, float(longest_life), float(pause)))
