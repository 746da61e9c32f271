"""Hundreds of open inboxes on one live process while mentions come in: who hears of what, and when."""

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from bench.fight import serving
from bench.figures import Figure
from bench.world import Browser, make_company
from listening.models import Channel
from socialhub.live.readers import Reader, read_readers
from teams.models import Appointment, Membership, User
from teams.roles import Role
from triage.models import Concern, ThreadEntry
from triage.models import Event as Line

SUMMARY = "500 open inboxes on one live process, 50 mentions a second: who hears of what, when, and what it takes"

SIZE = int(os.environ.get("BENCH_SIZE", "500"))
PER_SECOND, SECONDS = 50, 20
# What has not come so long after the last mention is missing.
PATIENCE = 5
OPENED_AT_ONCE = 25
EVENT = re.compile(rb"event: changed\ndata: (.*)\n\n")


@dataclass(slots=True)
class Listener:
    """One browser: whose it is, and when it first heard of which conversation."""

    reader: Reader
    heard: dict[int, float] = field(default_factory=dict)
    reloads: int = 0


def measure() -> list[Figure]:
    """Open the inboxes, let them rest, weigh the process, let mentions in, and compare with the record."""
    people, departments = _people()
    channel = Channel.objects.create(name="Feed", kind="import", created_at=people[0].joined_at)
    cookies = [Browser(person).headers["Cookie"] for person in people]
    readers = read_readers([person.pk for person in people])
    listeners = [Listener(readers[person.pk]) for person in people]
    with serving(1, role="live") as ((port,), (process,)):
        facts = asyncio.run(_listen(listeners, cookies, port, process.pid, channel.pk))
    return [*_figures(listeners, facts), Figure("departments", len(departments))]


def _people() -> tuple[list[User], list[int]]:
    """Return readers of every kind: a fifth sees everything, a tenth nothing, the others one or two departments."""
    departments = [department.pk for department in make_company()["departments"]]
    people = User.objects.bulk_create(
        User(email=f"l{number}@bench.example", name=f"Lee {number}") for number in range(SIZE)
    )
    everything = [person for number, person in enumerate(people) if number % 5 == 0]
    Appointment.objects.bulk_create(Appointment(user=person, role=Role.MANAGER) for person in everything)
    Membership.objects.bulk_create(
        Membership(user=person, department_id=pk, role=Role.LISTENER)
        for number, person in enumerate(people)
        if number % 5 and number % 10 != 9
        for pk in {departments[number % 7], departments[number % 3]}
    )
    return people, departments


async def _listen(listeners: list[Listener], cookies: list[str], port: int, pid: int, channel_id: int) -> dict:
    reading: list[asyncio.Task[None]] = []
    # One stands before the weighing: what the process needs for the first is not what each further one costs.
    warm = await _open(listeners[0], cookies[0], port)
    await asyncio.sleep(2)
    empty = _resident(pid)
    started = time.perf_counter()
    for first in range(1, len(listeners), OPENED_AT_ONCE):
        batch = range(first, min(first + OPENED_AT_ONCE, len(listeners)))
        reading += await asyncio.gather(*(_open(listeners[number], cookies[number], port) for number in batch))
    opened = time.perf_counter() - started
    await asyncio.sleep(3)
    full = _resident(pid)
    busy = _cpu(pid)
    feed = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.live_feed",
        str(channel_id),
        str(PER_SECOND),
        str(SECONDS),
        stdout=subprocess.PIPE,
    )
    told, _ = await feed.communicate()
    await asyncio.sleep(PATIENCE)
    spent = _cpu(pid) - busy
    for task in (warm, *reading):
        task.cancel()
    return {
        "arrived": {int(pk): at for pk, at in json.loads(told).items()},
        "opened": opened,
        "each": (full - empty) / max(len(listeners) - 1, 1),
        "full": full,
        "spent": spent / (SECONDS + PATIENCE),
        "lost": sum(task.done() for task in (warm, *reading)),
    }


async def _open(listener: Listener, cookie: str, port: int) -> "asyncio.Task[None]":
    """Connect, and go on reading in the background once the stream has begun."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [b"GET /live/?age=0 HTTP/1.1", b"Host: localhost", b"Cookie: " + cookie.encode()]
    writer.write(b"\r\n".join([*lines, b"", b""]))
    await writer.drain()
    assert (await reader.readline()).split()[1] == b"200"
    await reader.readuntil(b"retry: ")
    return asyncio.create_task(_read(listener, reader, writer))


async def _read(listener: Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    held = b""
    try:
        # A chunk may end in the middle of an event; the lengths between chunks stand on lines of their own.
        while more := await reader.read(65536):
            held += more
            now = time.time()
            end = 0
            for found in EVENT.finditer(held):
                end = found.end()
                for change in json.loads(found[1]):
                    listener.heard.setdefault(change["conversation"], now)
            listener.reloads += held.count(b"event: reload", 0, end or len(held))
            held = held[end:][-100_000:]
    finally:
        writer.close()


def _figures(listeners: list[Listener], facts: dict) -> list[Figure]:
    placed = dict(ThreadEntry.objects.filter(mention__in=facts["arrived"]).values_list("mention", "conversation"))
    arrived: dict[int, float] = {}
    for mention, conversation in placed.items():
        at = facts["arrived"][mention]
        arrived[conversation] = min(at, arrived.get(conversation, at))
    concerned = defaultdict(set)
    for conversation, department in Concern.objects.values_list("conversation", "department"):
        concerned[conversation].add(department)
    everything = set(Line.objects.values_list("conversation", flat=True))
    delays, missing, unentitled = [], 0, 0
    for listener in listeners:
        theirs = {pk for pk in everything if listener.reader.may_hear(concerned[pk])}
        unentitled += len(listener.heard.keys() - theirs)
        missing += len((theirs & arrived.keys()) - listener.heard.keys())
        delays += [listener.heard[pk] - at for pk, at in arrived.items() if pk in listener.heard]
    delays.sort()
    return [
        Figure("open inboxes", len(listeners)),
        Figure("all opened within", facts["opened"], "s"),
        Figure("lost connections", facts["lost"], "", 0, "exactly"),
        Figure("mentions", len(facts["arrived"]), "", PER_SECOND * SECONDS, "exactly"),
        Figure("changes told", len(delays)),
        Figure("changes missing", missing, "", 0, "exactly"),
        Figure("told to load anew", sum(listener.reloads for listener in listeners), "", 0, "exactly"),
        Figure("ids told to the wrong reader", unentitled, "", 0, "exactly"),
        Figure("median from hearing to telling", statistics.median(delays) * 1000, "ms"),
        Figure("99 of 100 within", delays[int(len(delays) * 0.99)] * 1000, "ms", 1000),
        Figure("the slowest", delays[-1] * 1000, "ms"),
        Figure("memory for each idle connection", facts["each"], "KB", 100),
        Figure("memory of the process with all", facts["full"] / 1024, "MB"),
        Figure("CPU of the process while they come in", facts["spent"], "of a core"),
    ]


def _resident(pid: int) -> int:
    """Return the resident set of a process in kilobytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def _cpu(pid: int) -> float:
    """Return the seconds that a process has worked."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
