"""Thirty-two people on eight processes fight over five hundred conversations: does the record tell how it ended?"""

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.request import urlopen

from django.utils import timezone

from bench.fighting import Fight
from bench.figures import Figure
from socialhub.local import paths
from triage.models import Conversation, Event, Reply
from triage.services import checking
from triage.states import IN_FLIGHT

PEOPLE = 32
PROCESSES = 8
CONVERSATIONS = 500
SECONDS = 60
STARTING = 600

SUMMARY = "32 people on 8 processes fight over 500 conversations for a minute: the record tells what the tables say"


def measure() -> list[Figure]:
    """Start the processes, let everybody at it, and compare."""
    with serving(PROCESSES) as (ports, _processes):
        fight = Fight.over(CONVERSATIONS, people=PEOPLE, ports=ports)
        fight.go_on(seconds=SECONDS)
    return figures(fight)


def figures(fight: Fight) -> list[Figure]:
    """Return what the fight came to."""
    answers = fight.answers
    done = Counter(Event.objects.values_list("kind", flat=True))
    underway = Counter(Reply.objects.filter(state__in=IN_FLIGHT).values_list("conversation", flat=True))
    return [
        Figure("requests", sum(answers.values()), "", len(fight.fighters), "at least"),
        Figure("a second", sum(answers.values()) / fight.seconds),
        Figure("done", answers["done"]),
        Figure("refused as too late (409)", answers["409"], "", 1, "at least"),
        Figure("refused as not theirs (403, 404)", answers["403"] + answers["404"]),
        Figure("of no use (400, 422)", answers["400"] + answers["422"]),
        Figure("answered 500", sum(n for what, n in answers.items() if what.startswith("5")), "", 0, "exactly"),
        Figure("not answered", answers["broken"], "", 0, "exactly"),
        Figure("claims", done["claimed"]),
        Figure("hand-overs", done["handed_over"]),
        Figure("take-overs", done["taken_over"]),
        Figure("answers sent", done["reply_sent"]),
        Figure("conversations closed", done["closed"]),
        Figure("events", sum(done.values())),
        Figure("conversations with two answers on their way", sum(n > 1 for n in underway.values()), "", 0, "exactly"),
        Figure("differences from the record", len(list(checking.differences())), "", 0, "exactly"),
        Figure("conversations", Conversation.objects.count(), "", len(fight.said), "exactly"),
    ]


@contextmanager
def serving(count: int, *, role: str = "web") -> Iterator[tuple[list[int], list["subprocess.Popen[bytes]"]]]:
    """Run ``manage.py serve`` so many times, and yield the ports on which they answer, and the processes."""
    ports = [_free_port() for _ in range(count)]
    # A refusal is a line of the log, and there are thousands.
    variables = os.environ | {"SEND_UNDO_SECONDS": "1"}
    started = [
        subprocess.Popen(
            [sys.executable, "manage.py", "serve", role, "--host", "127.0.0.1", "--port", str(port)],
            cwd=paths.PROJECT,
            env=variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for port in ports
    ]
    try:
        for port in ports:
            _await(port)
        yield ports, started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _await(port: int) -> None:
    until = timezone.now().timestamp() + STARTING
    while timezone.now().timestamp() < until:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10):
            return
        time.sleep(0.2)
    raise RuntimeError(f"Nobody answers on port {port}.")
