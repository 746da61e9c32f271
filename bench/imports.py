"""Mentions through the whole pipeline, against plain inserts of the same rows."""

import csv
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection
from django.utils import timezone

from bench.figures import Figure
from bench.world import make_company
from listening.importing.mapping import automatic_mapping
from listening.importing.reading import RowFile
from listening.models import Mention, WaitingMention
from listening.practice.compose import replay_openings
from listening.services import importing
from listening.services.ingest import MENTION_COLUMNS as PLAIN_COLUMNS
from socialhub.lib.bulk import insert_rows
from triage.models import Conversation, Event
from triage.services.arriving.alongside import intake_alongside

COUNT = 20_000
BATCH = 1000

SUMMARY = "import through the whole pipeline: mentions a second, and against plain INSERT … ON CONFLICT"


def measure() -> list[Figure]:
    """Insert plainly, import, insert plainly again: the better plain run is the measure."""
    make_company()
    rows = _rows()
    first = _plain(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mentions.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["external_id", "author_id", "published_at", "text", "in_reply_to", "inbound"])
            writer.writerows(rows)
        seconds = _imported(path, Path(folder) / "rejected.csv")
    second = _plain(rows)
    plain = COUNT / min(first, second)
    speed = COUNT / seconds
    assert Mention.objects.count() == COUNT
    assert not WaitingMention.objects.exists()
    return [
        Figure("mentions imported", COUNT),
        Figure("conversations opened", Conversation.objects.count()),
        Figure("events written", Event.objects.count()),
        Figure("plain inserts", plain, "a second"),
        Figure("whole pipeline", speed, "a second", 2000, "at least"),
        Figure("pipeline against plain", speed / plain, "times", 1 / 15, "at least"),
    ]


def _rows() -> list[list[str]]:
    """Return mentions as real files have them: three in ten answer another, one in ten of all is ours."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    texts = [replay_openings(1, index).opening for index in range(1000)]
    rows = []
    for n in range(COUNT):
        is_ours = n % 10 == 9
        parent = str(n - 3) if n % 10 in (3, 6, 9) else ""
        rows.append(
            [
                str(n),
                "us" if is_ours else f"author{n % 7000}",
                (begin + timedelta(seconds=37 * n)).isoformat(),
                f"{texts[n % 1000]} {n}",
                parent,
                "false" if is_ours else "true",
            ]
        )
    return rows


def _plain(rows: list[list[str]]) -> float:
    """Insert the same mentions, with all that is stored of them, into a bare table with the same two keys."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS plain")
        columns = ", ".join(f"{name} {kind} NOT NULL" for name, kind in PLAIN_COLUMNS.items())
        cursor.execute(f"CREATE TABLE plain (id bigserial PRIMARY KEY, {columns}, UNIQUE (channel_id, external_id))")
    made = [
        (
            1,
            row[0],
            n % 7000,
            row[5] == "false",
            row[3],
            "en",
            0.25,
            "",
            row[4],
            False,
            False,
            "",
            n,
            row[2],
            row[2],
            {},
        )
        for n, row in enumerate(rows)
    ]
    started = time.perf_counter()
    for begin in range(0, len(made), BATCH):
        insert_rows("plain", PLAIN_COLUMNS, made[begin : begin + BATCH], on_conflict="DO NOTHING")
    return time.perf_counter() - started


def _imported(path: Path, rejected: Path) -> float:
    now = timezone.now()
    started = time.perf_counter()
    with RowFile(path) as file:
        mapping = automatic_mapping(file.columns)
        channel = importing.import_channel(name="Bench", owner=None, at=now)
        run = importing.begin_run(channel=channel, path=path, mapping=mapping, at=now)
        with intake_alongside(timezone.now) as announce:
            importing.read_file(
                run=run,
                file=file,
                mapping=mapping,
                rejected_path=rejected,
                at=now,
                after_batch=lambda _progress: announce(),
            )
    return time.perf_counter() - started
