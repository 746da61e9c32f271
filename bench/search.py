"""The search at a million messages: rare and common words, with fields, for those who see all and who do not."""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.figures import Figure
from bench.world import Browser, make_company
from listening.models import Channel, Profile
from teams.models import User
from triage.finding.language import read
from triage.finding.searching import Ranking, search

SIZE = int(os.environ.get("BENCH_SIZE", "1000000"))
ROUNDS = 15

SUMMARY = "search over a million messages: time in the database of a rare word, of common words, and of the page"

# Words by how common they are: the first in a message is one of eight, the last one of fifty thousand.
LOAD = (
    """
    INSERT INTO triage_conversation (
        id, channel_id, profile_id, stage, fence, priority, disposition, visibility, outcome, suggestion,
        author_name, snippet, language, mention_count, opened_at, last_inbound_at, closed_at, due_for
    )
    SELECT n, %(channel)s, %(profile)s + n %% 1000, 'closed', 0, 1 + n %% 4, '', '', 'resolved', '{}',
        'Author number ' || n, 'Where is my order?', CASE n %% 3 WHEN 0 THEN 'de' ELSE 'en' END, 2,
        now() - (%(size)s - n) * interval '20 seconds', now() - (%(size)s - n) * interval '20 seconds', now(), ''
    FROM generate_series(%(begin)s::bigint, %(end)s::bigint) AS n
    """,
    """
    INSERT INTO listening_mention (
        id, channel_id, external_id, profile_id, is_ours, text, language, url, in_reply_to, published_at, heard_at, raw
    )
    SELECT m, %(channel)s, 'm' || m, %(profile)s + (m / 2) %% 1000, false,
        (ARRAY['orders', 'parcels', 'refunds', 'phones', 'bills', 'offers', 'prices', 'shops'])[1 + m %% 8]
        || ' word' || (m * 7919) %% 50 || ' word' || (m * 104729) %% 1000 || ' word' || (m * 15485863) %% 50000
        || CASE WHEN m %% 50000 = 17 THEN ' zebrafish' ELSE '' END
        || CASE WHEN m < %(size)s THEN ' yesteryear' ELSE '' END
        || ' nobody answers the phone and I have written three times already, what do I do now?',
        CASE (m / 2) %% 3 WHEN 0 THEN 'de' ELSE 'en' END, '', '',
        now() - (2 * %(size)s - m) * interval '10 seconds', now(), '{}'
    FROM generate_series(2 * %(begin)s::bigint, 2 * %(end)s::bigint + 1) AS m
    """,
    """
    INSERT INTO triage_threadentry (mention_id, conversation_id)
    SELECT m, m / 2 FROM generate_series(2 * %(begin)s::bigint, 2 * %(end)s::bigint + 1) AS m
    """,
    """
    INSERT INTO triage_concern (conversation_id, department_id, because)
    SELECT n, %(department)s, 'heard' FROM generate_series(%(begin)s::bigint, %(end)s::bigint) AS n WHERE n %% 20 = 0
    """,
    """
    INSERT INTO triage_note (conversation_id, author_id, body, written_at)
    SELECT n, %(author)s, 'They wrote about their orders before, word' || n %% 500,
        now() - (%(size)s - n) * interval '20 seconds'
    FROM generate_series(%(begin)s::bigint, %(end)s::bigint) AS n WHERE n %% 20 = 1
    """,
)


def measure() -> list[Figure]:
    """Load, then look for words of every kind: the median of what the database took."""
    company = make_company()
    owner, responder = company["owner"], company["people"][0]
    _load(company, SIZE // 2)
    browser = Browser(owner)

    def page() -> None:
        status, body = browser.ask("GET", "/search/?q=zebrafish")
        assert status == 200, status
        assert b"<mark>" in body

    page()
    rare = [_database("zebrafish", owner), _database("zebrafish", responder)]
    common = [
        _database(text, owner) for text in ("orders", "phone", "orders phone", "yesteryear", '"answers the phone"')
    ]
    narrow = [
        _database("orders word49999 OR word3", owner),
        _database("orders lang:de reach:>5 OR stage:closed", owner),
        _database("orders -phone", owner),
    ]
    few_seen = [_database("orders", responder), _database("phone", responder)]
    return [
        Figure("messages", SIZE),
        Figure("a rare word", rare[0] * 1000, "ms", 50),
        Figure("a rare word, one department", rare[1] * 1000, "ms", 50),
        Figure("a common word, newest first", max(common[:2]) * 1000, "ms", 150),
        Figure("two common words, a phrase, an old word", max(common[2:]) * 1000, "ms", 150),
        Figure("common words with fields", max(narrow) * 1000, "ms", 150),
        Figure("a common word, one department", max(few_seen) * 1000, "ms", 150),
        Figure("the page of a rare word", _median([_timed(page) for _ in range(ROUNDS)]) * 1000, "ms"),
        Figure("statements of the page", _queries(browser)),
    ]


def _load(company: dict[str, Any], conversations: int) -> None:
    now = timezone.now()
    channel = Channel.objects.create(name="Bench", kind="import", created_at=now)
    profiles = Profile.objects.bulk_create(
        Profile(channel=channel, external_id=f"p{n}", name=f"Person {n}", handle=f"person{n}") for n in range(1000)
    )
    what = {
        "channel": channel.pk,
        "profile": profiles[0].pk,
        "author": company["people"][0].pk,
        "department": company["departments"][0].pk,
        "size": conversations,
    }
    with connection.cursor() as cursor:
        for begin in range(1, conversations + 1, 50_000):
            span = {**what, "begin": begin, "end": min(begin + 49_999, conversations)}
            for statement in LOAD:
                cursor.execute(statement, span)
        cursor.execute(
            "VACUUM ANALYZE listening_mention, triage_threadentry, triage_conversation, triage_concern, triage_note"
        )


def _database(text: str, reader: User) -> float:
    """Return the median seconds that the database takes for the first page of a search."""
    sought = read(text)

    def ask() -> float:
        spent = 0.0

        def stop_watch(execute: Callable[..., Any], *args: Any) -> Any:
            nonlocal spent
            begun = time.perf_counter()
            try:
                return execute(*args)
            finally:
                spent += time.perf_counter() - begun

        with connection.execute_wrapper(stop_watch):
            search(sought, reader=reader, at=timezone.now(), ranking=Ranking.BEST)
        return spent

    ask()
    return _median([ask() for _ in range(ROUNDS)])


def _queries(browser: Browser) -> int:
    with CaptureQueriesContext(connection) as captured:
        browser.ask("GET", "/search/?q=zebrafish")
    return len(captured)


def _timed(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _median(seconds: Sequence[float]) -> float:
    return statistics.median(seconds)
