"""The inbox page at ten thousand and at a million conversations, against a page that reads nothing."""

import statistics
import time
from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from bench.figures import Figure
from bench.world import Browser, make_company
from listening.models import Channel, Profile
from triage.lists import rows
from triage.services import counting

SMALL, LARGE = 10_000, 1_000_000
ROUNDS = 60

SUMMARY = "inbox page of 50 rows: queries, growth with the number of conversations, CPU against a bare page"

# Half of the conversations are closed, the others spread over stages, departments and deadlines as work does.
LOAD = """
INSERT INTO triage_conversation (
    channel_id, profile_id, stage, department_id, holder_id, fence, priority, disposition, visibility, outcome,
    suggestion, author_name, snippet, language, sentiment, mention_count, opened_at, last_inbound_at, closed_at,
    due_at, due_for
)
SELECT
    %(channel)s, %(profile)s + n %% 100, stage, CASE WHEN stage IN ('new') THEN NULL ELSE %(department)s + n %% 7 END,
    CASE WHEN stage = 'claimed' THEN %(holder)s END, 0, 1 + n %% 4, '', '',
    CASE WHEN stage = 'closed' THEN 'resolved' ELSE '' END, '{}',
    'Author number ' || n, 'My order ' || n || ' has not arrived and nobody answers the phone, what do I do now? '
    || 'I have written three times already.', 'en', (n %% 21 - 10) / 10.0, 1 + n %% 3,
    now() - n * interval '20 seconds', now() - n * interval '19 seconds',
    CASE WHEN stage = 'closed' THEN now() - n * interval '10 seconds' END,
    CASE WHEN stage IN ('new', 'assigned', 'claimed') THEN now() + (n %% 500000 - 1000) * interval '1 second' END,
    CASE WHEN stage = 'new' THEN 'decide' WHEN stage = 'assigned' THEN 'claim' WHEN stage = 'claimed' THEN 'answer'
    ELSE '' END
FROM (
    SELECT n, (ARRAY['closed', 'new', 'closed', 'assigned', 'closed', 'new', 'closed', 'claimed', 'closed', 'waiting']
    )[1 + n %% 10] AS stage FROM generate_series(%(begin)s::bigint, %(end)s::bigint) AS n
) AS made
"""


def measure() -> list[Figure]:
    """Load, ask, load more, ask again; the bare page is asked in between so that all share the machine's mood."""
    company = make_company()
    now = timezone.now()
    channel = Channel.objects.create(name="Bench", kind="import", created_at=now)
    profiles = Profile.objects.bulk_create(
        Profile(channel=channel, external_id=f"p{n}", name=f"P {n}") for n in range(100)
    )
    what = {
        "channel": channel.pk,
        "profile": profiles[0].pk,
        "department": company["departments"][0].pk,
        "holder": company["people"][0].pk,
    }
    browser = Browser(company["owner"])

    def page() -> None:
        status, body = browser.ask("GET", "/inbox/needs-decision/")
        assert status == 200, status
        assert body.count(b'class="row"') == 50, body.count(b'class="row"')

    load(what, 1, SMALL)
    page()
    few = _queries(page)
    small, small_cpu = _time(page)
    cold_cpu = _cold(page)
    with override_settings(MIDDLEWARE=[], ROOT_URLCONF="bench.reference"):
        bare_page = _bare_page(Browser(company["owner"]))
        _, reference_cpu = _time(bare_page)
    load(what, SMALL + 1, LARGE)
    page()
    many = _queries(page)
    large, large_cpu = _time(page)
    with override_settings(MIDDLEWARE=[], ROOT_URLCONF="bench.reference"):
        _, again_cpu = _time(bare_page)
    bare = min(reference_cpu, again_cpu)
    return [
        Figure("queries at 10,000", few, "", 12),
        Figure("queries at 1,000,000", many, "", 12),
        Figure("median at 10,000", small * 1000, "ms"),
        Figure("median at 1,000,000", large * 1000, "ms"),
        Figure("growth of the median", large / small, "times", 1.3),
        Figure("CPU of the page at 10,000", small_cpu * 1000, "ms"),
        Figure("CPU of the page at 1,000,000", large_cpu * 1000, "ms"),
        Figure("CPU with every row printed anew", cold_cpu * 1000, "ms"),
        Figure("CPU of the bare page", bare * 1000, "ms"),
        Figure("CPU against the bare page", large_cpu / bare, "times", 1.0),
    ]


def load(what: dict[str, int], begin: int, end: int) -> None:
    """Make conversations; the numbers beside the lists are as if the sweep had just added them together."""
    with connection.cursor() as cursor:
        for start in range(begin, end + 1, 100_000):
            cursor.execute(LOAD, {**what, "begin": start, "end": min(start + 99_999, end)})
        cursor.execute("VACUUM ANALYZE triage_conversation")
    counting.compact()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE triage_queuecount")


def _bare_page(browser: Browser) -> Callable[[], None]:
    """Return the question for the bare page; the browser must have been made without middleware."""

    def ask() -> None:
        status, body = browser.ask("GET", "/rows/")
        assert status == 200, status
        assert body.count(b"<tr") == 50

    return ask


def _queries(page: Callable[[], None]) -> int:
    with CaptureQueriesContext(connection) as captured:
        page()
    # At once: the next request begins a new record.
    return len(captured)


def _cold(page: Callable[[], None]) -> float:
    """Return the CPU of a page whose rows nobody has seen in this minute."""
    spent = []
    for _ in range(10):
        rows._print_row.cache_clear()
        cpu = time.process_time()
        page()
        spent.append(time.process_time() - cpu)
    return statistics.median(spent)


def _time(work: Callable[[], None]) -> tuple[float, float]:
    """Return the median seconds and the median CPU seconds of one call, in this process."""
    walls, cpus = [], []
    for _ in range(5):
        work()
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus)
