"""The bare page that the inbox is measured against: plain Django, no database, no middleware."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

PAGE = """<!doctype html><html lang="en"><head><title>Rows</title></head><body><table>
{% for row in rows %}<tr class="{% cycle 'odd' 'even' %}"><td><a href="/rows/{{ row.id }}/">{{ row.id }}</a></td>
<td>{{ row.name }}</td><td>{{ row.handle }}</td><td>{{ row.channel }}</td><td>{{ row.text|truncatechars:160 }}</td>
<td>{{ row.stage }}</td><td>{{ row.priority }}</td><td>{{ row.department }}</td><td>{{ row.owner }}</td>
<td>{{ row.count }}</td><td>{{ row.heard_at|date:"j M Y, H:i" }}</td><td>{{ row.due_at|date:"j M Y, H:i" }}</td></tr>
{% endfor %}</table></body></html>"""

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
# As long as what people write: about three hundred characters.
TEXT = (
    "My order has not arrived and nobody answers the phone, what do I do now? I have written three times already. " * 3
)

ROWS: list[dict[str, Any]] = [
    {
        "id": n,
        "name": f"Author {n}",
        "handle": f"@author{n}",
        "channel": "Bluesky",
        "text": TEXT,
        "stage": "new",
        "priority": 2,
        "department": "Customer service",
        "owner": "Unassigned",
        "count": 3,
        "heard_at": MOMENT + timedelta(minutes=n),
        "due_at": MOMENT + timedelta(hours=n),
    }
    for n in range(50)
]

_template = engines["django"].from_string(PAGE)


def rows(request: HttpRequest) -> HttpResponse:
    """Answer with fifty rows of twelve values."""
    return HttpResponse(_template.render({"rows": ROWS}))


urlpatterns = [path("rows/", rows)]
