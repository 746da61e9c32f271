"""Mentions through the whole pipeline while many streams listen."""

import re
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from bench.cpu import application_seconds, database_seconds
from bench.figures import Figure
from bench.world import make_company
from listening.heard import HeardItem, clean_item
from listening.matching import Query, QueryIndex
from listening.models import Channel, Stream, StreamDay, StreamMatch, WaitingMention
from listening.practice.compose import replay_openings
from listening.services.ingest import store_items
from teams.models import User
from triage.services.arriving.alongside import intake_alongside

COUNT = 20_000
BATCH = 1000
FEW, MANY, USUAL = 10, 1000, 200
# Of the comparison: by CPU, by turns, the best of some, since a machine has other things to do as well.
COMPARED = 8_000
RUNS = 3

SUMMARY = "whole pipeline with 200 streams: mentions a second; and 1,000 streams against 10"


def measure() -> list[Figure]:
    """Hear mentions with 200 streams, then with few and with many by turns."""
    owner = make_company()["owner"]
    texts = [replay_openings(1, index).opening for index in range(1000)]
    # The first one pays for what is loaded and planned once.
    _hear(texts, BATCH, "Warm")
    _listen_for(texts, USUAL, owner)
    started = time.perf_counter()
    _hear(texts, COUNT, "Usual")
    speed = COUNT / (time.perf_counter() - started)
    matches = StreamMatch.objects.count()
    few, many = [], []
    for run in range(RUNS):
        _listen_for(texts, FEW, owner)
        few.append(_cpu(texts, f"Few {run}"))
        _listen_for(texts, MANY, owner)
        many.append(_cpu(texts, f"Many {run}"))
    assert not WaitingMention.objects.exists()
    return [
        Figure("mentions heard", COUNT),
        Figure("matches of 200 streams", matches),
        Figure("matching alone, 10 streams", _match(texts, FEW), "µs each"),
        Figure("matching alone, 1,000 streams", _match(texts, MANY), "µs each"),
        Figure("whole pipeline, 200 streams", speed, "a second", 1500, "at least"),
        Figure("CPU with 10 streams", min(few) / COMPARED * 1_000_000, "µs each"),
        Figure("1,000 streams against 10, by CPU", min(many) / min(few), "times", 1.3, "at most"),
    ]


def _queries(texts: list[str], count: int) -> list[Query]:
    """Return streams as companies have them: names that are seldom said, and in every fifth a word that is."""
    said = Counter(word for text in texts for word in set(re.findall(r"[a-z]{5,}", text.lower())))
    words = [word for word, times in said.most_common() if times <= len(texts) / 50]
    queries = []
    for n in range(count):
        terms = [f"brand{n}", f"lamp number {n}", f"#campaign{n}"]
        if n % 5 == 0:
            terms.append(words[n // 5 % len(words)])
        queries.append(Query(n, terms, no_terms=["job offer"]))
    return queries


def _listen_for(texts: list[str], count: int, owner: User) -> None:
    now = timezone.now()
    for model in (StreamMatch, StreamDay, Stream):
        model.objects.all().delete()
    Stream.objects.bulk_create(
        Stream(
            name=f"Stream {query.key}",
            purpose=Stream.Purpose.NAME,
            any_terms=list(query.any_terms),
            no_terms=list(query.no_terms),
            owner=owner,
            reason="Bench",
            review_on=now.date(),
            created_at=now,
        )
        for query in _queries(texts, count)
    )


def _cpu(texts: list[str], name: str) -> float:
    """Return the seconds of CPU that hearing costs the application and the database."""
    application, database = application_seconds(), database_seconds()
    _hear(texts, COMPARED, name)
    return application_seconds() - application + database_seconds() - database


def _hear(texts: list[str], count: int, name: str) -> None:
    """Do it all in one process, from what a connector hands over to the last conversation."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    items = [
        HeardItem(
            external_id=str(n),
            text=f"{texts[n % len(texts)]} {n}",
            published_at=begin + timedelta(seconds=37 * n),
            author_id=f"author{n % 7000}",
            in_reply_to=str(n - 3) if n % 10 in (3, 6, 9) else "",
            is_ours=n % 10 == 9,
        )
        for n in range(count)
    ]
    channel = Channel.objects.create(name=name, kind="import", created_at=timezone.now())
    with intake_alongside(timezone.now) as announce:
        for first in range(0, count, BATCH):
            at = timezone.now()
            batch = [clean_item(item, at=at) for item in items[first : first + BATCH]]
            store_items(channel=channel, items=batch, at=at)
            announce()


def _match(texts: list[str], count: int) -> float:
    index = QueryIndex(_queries(texts, count))
    started = time.perf_counter()
    for text in texts:
        index.match(text)
    return (time.perf_counter() - started) / len(texts) * 1_000_000
