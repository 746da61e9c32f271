"""Tables as the lines of files for a spreadsheet."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.forms import Form
from django.http import HttpResponse
from django.utils.translation import gettext as _

from insights.models import Takeaway
from insights.tables import Table
from socialhub.lib.spreadsheets import Cell


def refused(form: Form) -> HttpResponse:
    """Answer in words where the address of a file asks for what there is not."""
    return HttpResponse(form.errors.as_text(), status=422, content_type="text/plain; charset=utf-8")


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
