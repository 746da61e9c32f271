import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from listening.models import Channel, Mention, WaitingMention
from tests.factories.listening import ChannelFactory
from tests.factories.policies import PolicyVersionFactory
from tests.faults.fetching_worker import COUNT, NOON
from triage.models import Conversation, Event, ThreadEntry
from triage.services.arriving import intake

pytestmark = [
    pytest.mark.processes,
    pytest.mark.concurrency,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
]

PROJECT = Path(__file__).resolve().parents[2]
KILLS = 50
# With the page at which each is killed, so few that the fifty fit into one fetch of everything.
PAGES = 1


def fetch_while_being_killed(channel: Channel, how: str) -> int:
    """Start workers and kill them at random moments, then let one finish; return how many were killed at work."""
    database = conninfo_to_dict(os.environ["DATABASE_URL"]) | {"dbname": connection.settings_dict["NAME"]}
    environment = {
        **os.environ,
        "DATABASE_URL": make_conninfo("", **database),
        "DJANGO_SETTINGS_MODULE": "socialhub.settings.test",
    }
    moments = random.Random(7)
    killed = 0
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.fetching_worker", str(channel.pk), how],
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as workers:
        assert workers.stdin is not None
        assert workers.stdout is not None
        for number in range(KILLS + 1):
            workers.stdin.write(f"{PAGES if number < KILLS else COUNT}\n")
            workers.stdin.flush()
            if number < KILLS:
                pid, seconds_a_page = workers.stdout.readline().split()
                time.sleep(moments.uniform(0, float(seconds_a_page)))
                os.kill(int(pid), signal.SIGKILL)
            ended = int(workers.stdout.readline())
            assert ended in (0, -signal.SIGKILL)
            killed += ended != 0
        workers.stdin.close()
    return killed


@pytest.fixture
def channel() -> Channel:
    PolicyVersionFactory.published()
    return ChannelFactory(kind="paged", next_fetch_at=NOON)


def test_fifty_killed_workers_lose_and_double_nothing(channel):
    killed = fetch_while_being_killed(channel, "careful")
    intake.take_in_everything(at=NOON, patient=True)

    heard = Mention.objects.filter(channel=channel)
    told = Event.objects.filter(kind__in=["opened", "heard"]).values_list("data__mention", flat=True)
    assert killed == KILLS
    assert sorted(map(int, heard.values_list("external_id", flat=True))) == list(range(COUNT))
    assert not WaitingMention.objects.exists()
    assert ThreadEntry.objects.count() == COUNT
    assert len(told) == len(set(told)) == COUNT
    assert Conversation.objects.filter(mention_count__gt=0).count() == COUNT * 4 // 5
    channel.refresh_from_db()
    assert (channel.cursor, channel.failure_count, channel.last_error) == ({"after": COUNT}, 0, "")


def test_killed_workers_that_move_the_cursor_first_lose_something(channel):
    fetch_while_being_killed(channel, "naive")

    assert Mention.objects.filter(channel=channel).count() < COUNT
