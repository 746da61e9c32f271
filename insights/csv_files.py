"""Tables as files for a spreadsheet, which must not take what people wrote for formulas."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.forms import Form
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from insights.models import Takeaway
from insights.tables import Table

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


def refused(form: Form) -> HttpResponse:
    """Answer in words where the address of a file asks for what there is not."""
    return HttpResponse(form.errors.as_text(), status=422, content_type="text/plain; charset=utf-8")


def _lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    # The mark by which spreadsheets know the encoding.
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([guarded(cell) for cell in row])


def takeaway_rows(takeaways: Iterable[Takeaway], *, zone: ZoneInfo) -> Iterator[Sequence[Cell]]:
    """Yield the lines of a file of takeaways; times stand in ``zone``."""
    yield [_("When"), _("Department"), _("What it is"), _("Takeaway"), _("Written by"), _("About"), _("Conversation")]
    for one in takeaways:
        yield [
            _moment(one.at, zone),
            one.department.name,
            one.get_kind_display(),
            one.text,
            one.author.name,
            one.conversation.author_name,
            one.conversation.snippet,
        ]


def table_rows(tables: Iterable[Table]) -> Iterator[Sequence[Cell]]:
    """Yield one line per number, so that every table fits one file. Lengths of time are in seconds."""
    yield [_("Table"), _("Row"), _("Column"), _("Value")]
    for table in tables:
        for row in table.rows:
            for column, value in zip(table.head[1:], row.values, strict=True):
                yield [table.caption, row.name, column, value.raw]


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
