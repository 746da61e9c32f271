"""Rows from a file of CSV or of JSON lines: any size, one at a time; what cannot be read is told line by line."""

import csv
import json
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Self

from listening.importing.gunzip import Damaged
from listening.importing.lines import MAX_ROW_BYTES, Line, LineSource, NotReadable

MAX_EXCERPT = 200
MAX_DEPTH = 4

_DELIMITERS = (",", ";", "\t")
# JSON lines have no header: what the first rows have is what there is.
_HEADER_ROWS = 100

# The limit is the process's; ours bounds the whole record, so it is only ever raised.
csv.field_size_limit(max(MAX_ROW_BYTES, csv.field_size_limit()))


class Row(NamedTuple):
    """One row, with the number of the line on which it begins and the byte (unpacked) at which that line does."""

    line: int
    offset: int
    values: Mapping[str, object]


class RejectedRow(NamedTuple):
    """A row that cannot be read, with the reason in a sentence."""

    line: int
    reason: str
    excerpt: str


class RowFile:
    """A file of rows; iterate over it once, inside ``with``.

    ``columns`` are the header of a CSV, or what the first rows of a file of
    JSON lines have. ``bytes_read`` of ``total_bytes`` tells the progress.

    :raises NotReadable: the file is not one of rows; the sentence says what it is.
    """

    def __init__(self, path: Path) -> None:
        self._source = LineSource(path)
        self._first_line = 0
        try:
            start = self._source.head.lstrip()[:1]
            if start == b"[":
                raise NotReadable("The file is one JSON list. Write one object per line instead (jq -c '.[]' does it).")
            self.kind = "ndjson" if start == b"{" else "csv"
            self.columns: tuple[str, ...] = ()
            if self.kind == "csv":
                self._delimiter = _delimiter(self._source.head)
                self.columns = self._read_header()
            else:
                self.columns = self._peek_columns()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._source.__exit__(None, None, None)

    @property
    def total_bytes(self) -> int:
        """Return the size of the file on disk."""
        return self._source.total_bytes

    @property
    def bytes_read(self) -> int:
        """Return how much of the file on disk has been read."""
        return self._source.bytes_read

    def skip_to(self, line: int) -> None:
        """Leave out every row that begins before ``line``, to go on where an earlier run stopped."""
        self._first_line = line

    def __iter__(self) -> Iterator[Row | RejectedRow]:
        rows = self._csv_rows() if self.kind == "csv" else self._json_rows()
        for row in rows:
            if row.line >= self._first_line:
                yield row

    def _csv_rows(self) -> Iterator[Row | RejectedRow]:
        columns = self.columns
        width = len(columns)
        lines = _RecordLines(self._source)
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        while True:
            try:
                fields = next(reader)
            except StopIteration:
                return
            except Damaged as damage:
                yield _damaged(lines.next_number, damage)
                return
            except csv.Error as error:
                yield lines.give_up_first(_quoting_reason(error))
            except _RowTooLong:
                yield lines.skip_too_long()
            else:
                if lines.problem:
                    yield lines.rejected(lines.problem)
                elif len(fields) == width:
                    first = lines.first
                    yield Row(first.number, first.offset, dict(zip(columns, fields, strict=True)))
                elif fields:
                    yield lines.rejected(f"It has {len(fields)} columns where the header has {width}.")
            lines.begin()

    def _json_rows(self) -> Iterator[Row | RejectedRow]:
        while True:
            try:
                line = self._source.next_line()
            except Damaged as damage:
                yield _damaged(self._source.line + 1, damage)
                return
            if line is None:
                return
            if not line.is_too_long and not line.raw.strip():
                continue
            values = _json_object(line)
            if isinstance(values, str):
                yield RejectedRow(line.number, values, _excerpt(line.raw))
            else:
                yield Row(line.number, line.offset, values)

    def _read_header(self) -> tuple[str, ...]:
        lines = _RecordLines(self._source)
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        names: list[str] = []
        try:
            while not any(names) or (names[0].lower().startswith("sep=") and not any(names[1:])):
                lines.begin()
                names = next(reader)
        except (StopIteration, csv.Error, _RowTooLong, Damaged) as error:
            raise NotReadable("The first line of the file is not a header that names the columns.") from error
        if lines.problem:
            raise NotReadable(f"The header cannot be read. {lines.problem}")
        names = [name.strip() or f"column_{position}" for position, name in enumerate(names, start=1)]
        for name in names:
            if names.count(name) > 1:
                raise NotReadable(f"The header names the column “{name[:80]}” twice.")
        return tuple(names)

    def _peek_columns(self) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for count, row in enumerate(self._json_rows(), start=1):
            if isinstance(row, Row):
                names.update(dict.fromkeys(row.values))
            if count >= _HEADER_ROWS:
                break
        self._source.rewind()
        return tuple(names)


class _RowTooLong(Exception):
    """The row that is being read has more bytes than one may have."""


class _RecordLines:
    """Feeds lines to the CSV reader and remembers those of the record at hand, so that a broken one costs only itself.

    The reader forgets a half-read record when it, or this iterator, raises; the
    next line then begins a new record.
    """

    def __init__(self, source: LineSource) -> None:
        self._source = source
        self._again: deque[Line] = deque()
        self._taken: list[Line] = []
        self._size = 0
        self.problem = ""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._source.next_line()
        if line is None:
            raise StopIteration
        self._taken.append(line)
        self._size += len(line.raw)
        if line.is_too_long or self._size > MAX_ROW_BYTES:
            raise _RowTooLong
        raw = line.raw
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            self.problem = _encoding_reason(error)
            text = raw.decode(errors="replace")
        if "\x00" in text:
            self.problem = "It contains a NUL byte."
            text = text.replace("\x00", "")
        return text

    @property
    def first(self) -> Line:
        """Return the line on which the record at hand begins."""
        return self._taken[0]

    @property
    def next_number(self) -> int:
        """Return the number of the line at which a damaged file stops being readable."""
        return self._taken[0].number if self._taken else self._source.line + 1

    def begin(self) -> None:
        """Forget the last record."""
        self._taken.clear()
        self._size = 0
        self.problem = ""

    def rejected(self, reason: str) -> RejectedRow:
        """Reject the record at hand."""
        return RejectedRow(self.first.number, reason, _excerpt(self.first.raw))

    def give_up_first(self, reason: str) -> RejectedRow:
        """Reject the first line of the record at hand, and read the others again: they may be rows of their own."""
        self._again.extendleft(reversed(self._taken[1:]))
        return self.rejected(reason)

    def skip_too_long(self) -> RejectedRow:
        """Reject a record that is too long, and go on after its end.

        A record goes on while its quotation marks do not pair up. When they never
        do, the mark that began it was a stray one, and the lines after it were
        rows after all.
        """
        first = self.first
        is_quoted = sum(line.quotes or line.raw.count(b'"') for line in self._taken) % 2 == 1
        after_first = self._taken[1].offset if len(self._taken) > 1 else None
        while is_quoted:
            line = self._source.next_line()
            if line is None:
                if after_first is None:
                    break
                self._source.rewind(first.number, after_first)
                return self.rejected("A quotation mark opens in it and is never closed.")
            after_first = after_first or line.offset
            is_quoted ^= (line.quotes or line.raw.count(b'"')) % 2 == 1
        return self.rejected(f"It is longer than {MAX_ROW_BYTES:,} bytes, which is more than one row may have.")


def _delimiter(head: bytes) -> str:
    """Return what separates the columns: what the header has most of, outside quotation marks."""
    header = head.lstrip().split(b"\n", 1)[0].decode(errors="replace")
    if header.lower().startswith("sep=") and len(header.strip()) == len("sep=") + 1:
        return header.strip()[-1]
    unquoted = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=unquoted.count)


def _json_object(line: Line) -> dict[str, object] | str:
    """Return the object on a line, nested ones flattened to ``user.name``, or why there is none."""
    if line.is_too_long:
        return f"It is longer than {MAX_ROW_BYTES:,} bytes, which is more than one row may have."
    try:
        text = line.raw.decode()
    except UnicodeDecodeError as error:
        return _encoding_reason(error)
    if "\x00" in text:
        return "It contains a NUL byte."
    try:
        found = json.loads(text.rstrip())
    except json.JSONDecodeError as error:
        return f"It is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]} at position {error.pos + 1}."
    except (ValueError, RecursionError):
        return "It is not JSON that can be read: a number is too long or it is nested too deeply."
    if not isinstance(found, dict):
        return "It is valid JSON, but not an object with named values."
    return _flat(found) if any(isinstance(value, dict) for value in found.values()) else found


def _flat(values: Mapping[str, object], prefix: str = "", depth: int = 1) -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, dict) and depth < MAX_DEPTH:
            flat.update(_flat(value, f"{prefix}{name}.", depth + 1))
        else:
            flat[prefix + name] = value
    return flat


def _damaged(line: int, damage: Damaged) -> RejectedRow:
    reason = (
        f"The gzip file is damaged here: {damage}. Everything before line {line} was read, nothing after it can be."
    )
    return RejectedRow(line, reason, "")


def _encoding_reason(error: UnicodeDecodeError) -> str:
    byte = error.object[error.start]
    return f"It is not text in UTF-8: byte 0x{byte:02X} at position {error.start + 1} belongs to another encoding."


def _quoting_reason(error: csv.Error) -> str:
    if "unexpected end of data" in str(error):
        return "A quotation mark opens in it and is never closed."
    if "new-line character" in str(error):
        return "It has a line end (a bare carriage return) in the middle of a column."
    return f"Its quotation marks do not pair up ({error})."


def _excerpt(raw: bytes) -> str:
    return raw.decode(errors="replace").strip()[:MAX_EXCERPT].replace("\x00", "\ufffd")
