"""What streams hear."""

from datetime import UTC, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from insights.matched import matched_rows, read_matches, unheard_by_day
from listening.models import Spike, Stream
from listening.services import streams
from listening.streams.rows import bars_of, is_full, row_of
from teams.http import may, signed_in

PAGE_SIZE = 30
CHART_DAYS = 28


@may("stream.view")
@require_safe
def heard_by(request: HttpRequest, stream_id: int) -> HttpResponse:
    """Show one stream: what it listens for and why, how much it hears, and what it heard."""
    stream = get_object_or_404(Stream.objects.select_related("owner").prefetch_related("channels"), pk=stream_id)
    user = signed_in(request)
    now = timezone.now()
    today = now.astimezone(UTC).date()
    since = today - timedelta(days=CHART_DAYS - 1)
    counts = streams.counts_by_day([stream.pk], since=since).get(stream.pk, {})
    bars = bars_of(counts, since=since, until=today, unheard=unheard_by_day(stream, since=since, at=now))
    page = read_matches(stream, user, size=PAGE_SIZE, before=request.GET.get("before", ""))
    address = reverse("insights:heard_by", args=[stream.pk])
    context = {
        "stream": stream,
        "row": row_of(stream, counts, today=today),
        "is_full": is_full(stream, counts.get(today, 0)),
        "spike": Spike.objects.filter(stream=stream, until=None).first(),
        "bars": bars,
        "has_unheard": any(bar.unheard for bar in bars),
        "total": sum(counts.values()),
        "matches": matched_rows(page.rows, at=now),
        "sees_everything": user.rights.everywhere("conversation.view"),
        "can_manage": user.rights.may("stream.manage"),
        "crumbs": [{"label": _("Streams"), "url": reverse("streams:list")}, {"label": stream.name}],
        "previous_url": address if request.GET.get("before") else "",
        "previous_label": _("Newest"),
        "next_url": f"{address}?{urlencode({'before': page.older})}" if page.older else "",
    }
    return render(request, "insights/heard_by.html", context)
