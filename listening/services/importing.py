"""Read a file of mentions into a channel: in batches, again and again if need be, from where it stopped."""

import csv
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from listening.heard import HeardItem, Unusable
from listening.importing.mapping import ColumnMapping, row_to_item
from listening.importing.reading import RejectedRow, Row, RowFile
from listening.models import Channel, ImportRun
from listening.services import ingest
from socialhub.lib.errors import Invalid
from teams.models import User

BATCH = 1000
LONGEST_NAME = 80
COUNTED = ("read_count", "new_count", "known_count", "rejected_count")
REJECTED_COLUMNS = ("line", "reason", "excerpt")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come, for whoever shows it."""

    bytes_read: int
    total_bytes: int
    run: ImportRun


def import_channel(*, name: str, owner: User | None, at: datetime, our_handles: Sequence[str] = ()) -> Channel:
    """Return the channel of this name, making one for imports if there is none; ``our_handles`` are added to its own.

    :raises Invalid: a channel cannot have this name.
    """
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(
            _("A channel's name has from 1 to %(most)d characters.") % {"most": LONGEST_NAME}, field="channel"
        )
    channel = Channel.objects.filter(name__iexact=name).first()
    if channel is None:
        channel = Channel.objects.create(name=name, kind="import", owner=owner, created_at=at)
    added = [handle for handle in our_handles if handle not in channel.our_handles]
    if added:
        channel.our_handles = [*channel.our_handles, *added]
        channel.save(update_fields=["our_handles"])
    return channel


def begin_run(*, channel: Channel, path: Path, mapping: ColumnMapping, at: datetime) -> ImportRun:
    """Return the run of this file with this mapping: a killed one as it stood, a finished one from the start."""
    run, _created = ImportRun.objects.get_or_create(
        channel=channel,
        digest=_digest(path, mapping),
        defaults={"file_name": path.name, "started_at": at},
    )
    if run.finished_at is not None:
        run.last_line = run.read_count = run.new_count = run.known_count = run.rejected_count = 0
        run.started_at, run.finished_at = at, None
        run.save(update_fields=[*COUNTED, "last_line", "started_at", "finished_at"])
    return run


def read_file(
    *,
    run: ImportRun,
    file: RowFile,
    mapping: ColumnMapping,
    rejected_path: Path,
    at: datetime,
    after_batch: Callable[[Progress], None],
) -> None:
    """Store every row of ``file`` that can be stored; write the others to ``rejected_path`` with line and reason.

    A batch and the position behind it are committed together, so a run that is
    killed goes on behind its last batch and stores nothing twice. ``after_batch``
    is called after each commit.
    """
    if run.last_line:
        file.skip_to(run.last_line + 1)
    with _rejects(rejected_path, keep_until=run.last_line) as reject:
        for rows in _batches(file):
            items: list[HeardItem] = []
            rejected_count = 0
            for row in rows:
                if isinstance(row, RejectedRow):
                    reject(row)
                    rejected_count += 1
                    continue
                try:
                    items.append(row_to_item(row.values, mapping, at=at))
                except Unusable as unusable:
                    reject(RejectedRow(row.line, str(unusable), str(dict(row.values))[:200]))
                    rejected_count += 1
            _store(run, items, len(rows), rejected_count, rows[-1].line, at)
            after_batch(Progress(file.bytes_read, file.total_bytes, run))
    run.finished_at = at
    run.save(update_fields=["finished_at"])


def _store(run: ImportRun, items: list[HeardItem], read: int, rejected: int, line: int, at: datetime) -> None:
    with transaction.atomic():
        stored = ingest.store_items(channel=run.channel, items=items, at=at)
        run.read_count += read
        run.new_count += stored.new_count
        run.known_count += stored.known_count
        run.rejected_count += rejected
        run.last_line = line
        run.save(update_fields=[*COUNTED, "last_line"])


def _batches(file: RowFile) -> Iterator[list[Row | RejectedRow]]:
    batch: list[Row | RejectedRow] = []
    for row in file:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@contextmanager
def _rejects(path: Path, *, keep_until: int) -> Iterator[Callable[[RejectedRow], None]]:
    """Open the file of rejected rows when the first one comes; keep those of an earlier part of this run."""
    kept: list[list[str]] = []
    if keep_until and path.exists():
        with path.open(newline="", encoding="utf-8") as earlier:
            kept = [row for row in csv.reader(earlier) if row and row[0].isdigit() and int(row[0]) <= keep_until]
    path.unlink(missing_ok=True)
    opened = None

    def reject(row: RejectedRow) -> None:
        nonlocal opened
        if opened is None:
            # A reason may quote half of a character.
            opened = path.open("w", newline="", encoding="utf-8", errors="backslashreplace")
            csv.writer(opened).writerows([REJECTED_COLUMNS, *kept])
        csv.writer(opened).writerow([row.line, row.reason, row.excerpt])
        opened.flush()

    try:
        yield reject
    finally:
        if opened is None and kept:
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([REJECTED_COLUMNS, *kept])
        elif opened is not None:
            opened.close()


def _digest(path: Path, mapping: ColumnMapping) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(mapping.description.encode())
    return digest.hexdigest()
