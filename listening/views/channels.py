"""The list of channels, and how one of them is doing."""

from datetime import timedelta
from typing import Any

from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from listening import hearing
from listening.connectors.base import Connector, IsCalled
from listening.connectors.registry import UnknownKind, connector_for
from listening.models import Channel, Coverage, Gap, ImportRun, Mention, SetAside, Spike, Stream
from socialhub.lib.moments import grouped
from teams.http import may, signed_in

SHOWN_FOR = timedelta(days=7)
# Beyond these the page says so: it must cost the same for every channel.
MOST_INTERVALS = 500
MOST_GAPS = 50
MOST_COUNTED = 10_000
MOST_RUNS = 20
MOST_STREAMS = 20

OPEN_GAP = Prefetch("gaps", queryset=Gap.objects.filter(ended_at=None), to_attr="open_gaps")


@may("channel.view")
@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """List the channels with how each is doing."""
    now = timezone.now()
    rows = [
        (channel, title_of(channel), hearing.state_of(channel, _gap_of(channel), at=now))
        for channel in Channel.objects.by_name().prefetch_related(OPEN_GAP)
    ]
    return render(request, "listening/channels.html", {"rows": rows, "can_manage": can_manage(request)})


@may("channel.view")
@require_safe
def channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Show one channel: how it is doing, when it was heard and why not, what came and could not be read."""
    found = get_object_or_404(Channel.objects.select_related("owner").prefetch_related(OPEN_GAP), pk=channel_id)
    now = timezone.now()
    since = now - SHOWN_FOR
    recent = Coverage.objects.filter(channel=found, heard_until__gte=since).order_by("-heard_until")[:MOST_INTERVALS]
    heard = hearing.stretches(recent, since=since, until=now)
    gaps = Gap.objects.filter(Q(ended_at=None) | Q(ended_at__gte=since), channel=found).order_by("-began_at")
    connector = _connector(found)
    gap = _gap_of(found)
    context: dict[str, Any] = {
        "channel": found,
        "kind": title_of(found),
        "state": hearing.state_of(found, gap, at=now),
        "settings": _settings(found, connector),
        "is_listened_to": found.next_fetch_at is not None,
        "can_pause": found.next_fetch_at is not None or isinstance(connector, IsCalled),
        "needs_sign_in": gap is not None and gap.reason == Gap.Reason.AUTHORISATION,
        "spike": Spike.objects.filter(channel=found, until=None).first(),
        "lag": hearing.lag_of(found, at=now),
        "budget": hearing.budget_of(found, at=now),
        "heard": heard,
        "heard_share": hearing.share_heard(heard, since=since, until=now),
        "gaps": gaps[:MOST_GAPS],
        "since": since,
        "mentions": _counted(Mention.objects.filter(channel=found).order_by()),
        "set_aside": _counted(SetAside.objects.filter(channel=found, settled_at=None).order_by()),
        "streams": _streams(found, connector),
        "runs": ImportRun.objects.filter(channel=found).order_by("-started_at", "-pk")[:MOST_RUNS],
        "can_manage": can_manage(request),
        "crumbs": [{"label": _("Channels"), "url": reverse("listening:channels")}, {"label": found.name}],
    }
    return render(request, "listening/channel.html", context)


def title_of(channel: Channel) -> str:
    """Name the kind of a channel for people."""
    connector = _connector(channel)
    return connector.title if connector is not None else channel.kind


def can_manage(request: HttpRequest) -> bool:
    """Say whether the person who asks may change channels."""
    return signed_in(request).rights.may("channel.manage")


def _connector(channel: Channel) -> Connector | None:
    try:
        return connector_for(channel.kind)
    except UnknownKind:
        return None


def _gap_of(channel: Channel) -> Gap | None:
    gaps: list[Gap] = channel.open_gaps  # type: ignore[attr-defined]  # OPEN_GAP puts it there
    return gaps[0] if gaps else None


def _settings(channel: Channel, connector: Connector | None) -> list[tuple[str, str]]:
    """Return what may be shown of how a channel is connected, unless another part of the page says it."""
    if connector is None or isinstance(connector, IsCalled):
        return []
    shown = []
    for field in connector.fields:
        value = "" if field.is_secret else str(channel.options.get(field.name, ""))
        if value:
            shown.append((field.label, dict(field.choices).get(value, value)))
    return shown


def _streams(channel: Channel, connector: Connector | None) -> list[Stream]:
    """Return the streams for which the channel searches."""
    if connector is None or not connector.can_search:
        return []
    streams = Stream.objects.filter(Q(channels=channel) | Q(channels=None), is_paused=False)
    return list(streams.order_by("name", "pk")[:MOST_STREAMS])


def _counted(rows: Any) -> str:
    count = rows[:MOST_COUNTED].count()
    return grouped(count) if count < MOST_COUNTED else _("10,000 or more")
