"""Sending: how long it takes from a person's click to the call of the network, beyond the time to undo."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from bench.figures import Figure
from bench.held import make_held
from bench.ledger import Ledger, ledger, register
from bench.world import Browser, make_company
from listening.models import Channel
from triage.models import Conversation, Reply, ThreadEntry

COUNT = 40
UNDO_SECONDS = 1
STARTED_WITHIN = 60.0

SUMMARY = "from “send” to the network call beyond the time to undo, by an idle worker"


def measure() -> list[Figure]:
    """Send one answer after the other by pages, a real queue and a real worker."""
    settings.SEND_UNDO_SECONDS = UNDO_SECONDS
    register()
    company = make_company()
    now = timezone.now()
    browser = Browser(company["people"][0])
    with ledger() as network, worker():
        network.is_fair = True
        channel = Channel.objects.create(
            name="Ledger", kind="ledger", created_at=now, options={"port": network.server_port}
        )
        held = make_held(
            COUNT + 1, channel=channel, department=company["departments"][0], people=company["people"], at=now
        )
        # The first waits for the worker to have started.
        _send(browser, held[-1], company["version"].pk, network)
        late = [_send(browser, one, company["version"].pk, network) for one in held[:COUNT]]
    late.sort()
    return [
        Figure("answers", COUNT),
        Figure("accepted", len(network.accepted), "", COUNT + 1, "exactly"),
        Figure("earliest beyond the undo", late[0] * 1000, "ms", 0, "at least"),
        Figure("median beyond the undo", statistics.median(late) * 1000, "ms"),
        Figure("95 of 100 beyond the undo", late[int(COUNT * 0.95) - 1] * 1000, "ms", 300),
        Figure("latest beyond the undo", late[-1] * 1000, "ms"),
    ]


@contextmanager
def worker() -> Iterator[None]:
    """Run a worker of the product that knows the ledger until the block ends."""
    started = subprocess.Popen(
        [sys.executable, "-m", "bench.worker"],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "SEND_UNDO_SECONDS": str(UNDO_SECONDS)},
    )
    try:
        yield
    finally:
        started.terminate()
        started.wait(30)


def _send(browser: Browser, conversation: Conversation, version_id: int, network: Ledger) -> float:
    """Return the seconds from the click to the network beyond the time to undo."""
    before = len(network.accepted)
    form = {
        "body": "On+our+way.",
        "key": str(uuid4()),
        "fence": str(conversation.fence),
        "seen_mention": str(ThreadEntry.objects.values_list("mention_id", flat=True).get(conversation=conversation)),
        "policy_version": str(version_id),
    }
    clicked = timezone.now()
    status, page = browser.ask("POST", f"/conversations/{conversation.pk}/send/", form)
    assert status == 302, page
    deadline = time.monotonic() + STARTED_WITHIN
    while len(network.accepted) == before:
        assert time.monotonic() < deadline, Reply.objects.get(conversation=conversation).state
        time.sleep(0.002)
    arrived: datetime = network.accepted[-1][1]
    # Idle means that it has written down what it did.
    while not Reply.objects.filter(conversation=conversation, state="sent").exists():
        time.sleep(0.01)
    return (arrived - clicked).total_seconds() - UNDO_SECONDS
