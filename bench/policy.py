"""The policy at work: one mention against many rules, and a million conversations decided again."""

import json
import os
import statistics
import subprocess
import sys
import time

from django.utils import timezone

from bench import rulebook
from bench.figures import Figure
from bench.world import Browser
from bench.years import make_years
from policies.engine.rules import Policy
from policies.services import reading
from teams.models import User
from triage.models import BackTest, Conversation
from triage.services.arriving.facts import company_zone
from triage.services.arriving.opening import suggestion_data
from triage.services.back_tests import asking, work
from triage.services.back_tests import past as past

FEW, MANY = 300, 3_000
MENTIONS = 2_000
RUNS = 5
# ``manage.py bench policy --size`` makes it smaller.
SIZE = int(os.environ.get("BENCH_SIZE", "1000000"))
CHECKED = 10_000
MILLION = 1_000_000
# How often the inbox is asked while the back-test runs, and before.
PAUSE = 0.1
QUIET = 100

SUMMARY = "the policy: a mention against 300 and 3,000 rules; a million conversations tried again beside the inbox"


def measure() -> list[Figure]:
    """Measure the engine alone, then try the version in force on years of conversations."""
    return [*_engine(), *_back_test()]


def _engine() -> list[Figure]:
    words = rulebook.vocabulary()
    said = rulebook.texts(MENTIONS, words)
    few, many = rulebook.policy(FEW, words), rulebook.policy(MANY, words)
    # By turns, the best of some: a machine has other things to do as well.
    spent = [(_cpu(few, said), _cpu(many, said)) for _ in range(RUNS)]
    small, large = (min(times) for times in zip(*spent, strict=True))
    return [
        Figure("CPU of one mention, 300 rules, 5,000 words", small * 1000, "ms", 0.5),
        Figure("3,000 rules against 300, by CPU", large / small, "times", 3),
    ]


def _cpu(policy: Policy, said: list[str]) -> float:
    facts = [rulebook.facts_of(text) for text in said]
    started = time.process_time()
    for one in facts:
        policy.suggest(one)
    return (time.process_time() - started) / len(said)


def _back_test() -> list[Figure]:
    heard = min(CHECKED, SIZE)
    version, owner = make_years(SIZE, heard=heard, rules=FEW)
    differing = _differing(version.pk, heard)
    browser = Browser(owner)
    _ask(browser, QUIET // 4)
    quiet = statistics.median(_ask(browser, QUIET))
    asked, parts = _begin(version.pk, owner)
    workers = [_worker(part) for part in parts]
    for worker in workers:
        worker.stdout.readline()
    for worker in workers:
        worker.stdin.write(b"go\n")
        worker.stdin.flush()
    busy = []
    while any(worker.poll() is None for worker in workers):
        busy += _ask(browser, 1)
    told = [json.loads(worker.communicate()[0]) for worker in workers]
    seconds = max(one["seconds"] for one in told)
    asked.refresh_from_db()
    assert asked.state == BackTest.State.DONE, asked.state
    return [
        Figure("conversations decided live and again", heard),
        Figure("of these decided otherwise", differing, "", 0, "exactly"),
        Figure("conversations tried", asked.done_count, "", Conversation.objects.count(), "exactly"),
        Figure("of these moved by the version in force", asked.result["moved"], "", 0, "exactly"),
        Figure("seconds", seconds),
        Figure("CPU of the workers", sum(one["cpu"] for one in told) / asked.done_count * 1_000_000, "µs each"),
        Figure("a million takes", seconds / asked.done_count * MILLION / 60, "minutes", 10),
        Figure("memory of a process", max(one["memory"] for one in told), "MB", 1024),
        Figure("median of the inbox, quiet", quiet * 1000, "ms"),
        Figure("median of the inbox meanwhile", statistics.median(busy) * 1000, "ms"),
        Figure("inbox meanwhile against quiet", statistics.median(busy) / quiet, "times", 1.5),
    ]


def _differing(version_id: int, count: int) -> int:
    """Return for how many of those decided live the same version says something else now."""
    policy, zone, now = reading.read_policy(version_id), company_zone(), timezone.now()
    ids = Conversation.objects.order_by("pk").values_list("pk", flat=True)
    next_id, end_id = ids[0], ids[count - 1] + 1
    period = past.Period(Conversation.objects.get(pk=next_id).opened_at, now)
    differing = seen = 0
    while next_id < end_id:
        batch, next_id = past.read_batch(next_id=next_id, end_id=end_id, period=period, zone=zone, at=now)
        seen += len(batch)
        differing += sum(_kept(policy, one) != one.suggestion for one in batch)
    assert seen == count, seen
    return differing


def _kept(policy: Policy, one: past.Past) -> object:
    return json.loads(json.dumps(suggestion_data(policy.suggest(one.facts))))


def _begin(version_id: int, requester: User) -> tuple[BackTest, list[int]]:
    now = timezone.now()
    since = Conversation.objects.order_by("pk").values_list("opened_at", flat=True)[0]
    asked = asking.start_back_test(version_id=version_id, since=since, until=now, requester=requester, at=now)
    # The bench's own processes are the workers, and two of them however few there are.
    work.WORTH_SHARING = 0
    work.begin(back_test_id=asked.pk, at=now)
    return asked, list(asked.parts.order_by("pk").values_list("pk", flat=True))


def _worker(part_id: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.trying", str(part_id)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def _ask(browser: Browser, times: int) -> list[float]:
    """Return how long the inbox took, so many times."""
    spent = []
    for _ in range(times):
        time.sleep(PAUSE)
        started = time.perf_counter()
        status, _body = browser.ask("GET", "/inbox/needs-decision/")
        assert status == 200, status
        spent.append(time.perf_counter() - started)
    return spent
