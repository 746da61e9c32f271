"""Files for a spreadsheet, which must not take what people wrote for formulas."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

# What a spreadsheet takes for the beginning of a formula, or skips before one.
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | int | float | None


class _Echo:
    """A file whose writer hands back the line."""

    def write(self, line: str) -> str:
        return line


def guarded(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet runs: a text that begins like a formula gets an apostrophe before it."""
    if isinstance(cell, str) and cell.startswith(_ACTIVE):
        return f"'{cell}"
    return cell


def csv_response(name: str, rows: Iterable[Sequence[Cell]]) -> StreamingHttpResponse:
    """Answer with a file, line by line, however long it is. ``name`` is written by us."""
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    # The mark by which spreadsheets know the encoding.
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([guarded(cell) for cell in row])
