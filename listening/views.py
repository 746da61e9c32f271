"""The pages of channels."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from listening.connectors.base import ConnectorFailed
from listening.connectors.registry import UnknownKind, connector_for
from listening.forms import ChangeChannelForm, FeedForm, PracticeForm
from listening.hearing import share_heard, state_of, stretches
from listening.models import Channel, Coverage, ImportRun, Mention
from listening.services import channels as services
from socialhub.lib.errors import Conflict
from teams.http import answer_conflict, may, signed_in

SHOWN_FOR = timedelta(days=7)
# Beyond these the page says so: it must cost the same for every channel.
MOST_INTERVALS = 500
MOST_COUNTED = 10_000
MOST_RUNS = 20
PRACTICE_POLL_SECONDS = 15


@may("channel.view")
@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """List the channels with how each is doing."""
    now = timezone.now()
    rows = [(channel, _kind(channel), state_of(channel, at=now)) for channel in Channel.objects.by_name()]
    return render(request, "listening/channels.html", {"rows": rows, "can_manage": _can_manage(request)})


@may("channel.view")
@require_safe
def channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Show one channel: how it is doing, when it was heard, what was imported."""
    found = get_object_or_404(Channel.objects.select_related("owner"), pk=channel_id)
    now = timezone.now()
    since = now - SHOWN_FOR
    recent = Coverage.objects.filter(channel=found, heard_until__gte=since).order_by("-heard_until")[:MOST_INTERVALS]
    heard = stretches(recent, since=since, until=now)
    mention_count = Mention.objects.filter(channel=found).order_by()[:MOST_COUNTED].count()
    context: dict[str, Any] = {
        "channel": found,
        "kind": _kind(found),
        "state": state_of(found, at=now),
        "address": found.options.get("url", ""),
        "is_listened_to": found.next_fetch_at is not None,
        "heard": heard,
        "heard_share": share_heard(heard, since=since, until=now),
        "since": since,
        "mentions": f"{mention_count:,}" if mention_count < MOST_COUNTED else _("10,000 or more"),
        "runs": ImportRun.objects.filter(channel=found).order_by("-started_at", "-pk")[:MOST_RUNS],
        "can_manage": _can_manage(request),
        "crumbs": [{"label": _("Channels"), "url": reverse("listening:channels")}, {"label": found.name}],
    }
    return render(request, "listening/channel.html", context)


@may("channel.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def add_feed(request: HttpRequest) -> HttpResponse:
    """Connect a feed, once it was really fetched."""
    form = FeedForm(request.POST or None)
    page = {
        "title": _("New feed"),
        "form": form,
        "cancel_url": reverse("listening:channels"),
        "submit_label": _("Fetch it and connect"),
    }
    if request.method != "POST":
        return render(request, "teams/form.html", page)
    if not form.is_valid():
        return render(request, "teams/form.html", page, status=422)
    options = {"url": form.cleaned_data["address"]}
    try:
        told = services.try_connection(kind="feed", settings=options)
    except ConnectorFailed as failure:
        form.add_error("address", str(failure))
        return render(request, "teams/form.html", page, status=422)
    return _connect(
        request, page, kind="feed", options=options, poll_seconds=form.cleaned_data["poll_seconds"], told=told
    )


@may("channel.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def add_practice(request: HttpRequest) -> HttpResponse:
    """Connect a channel on which written customers speak."""
    form = PracticeForm(request.POST or None)
    page = {
        "title": _("New practice channel"),
        "text": _(
            "Invented customers speak here and answer back, so that a team can rehearse. Nobody outside hears it."
        ),
        "form": form,
        "cancel_url": reverse("listening:channels"),
        "submit_label": _("Connect"),
    }
    if request.method != "POST":
        return render(request, "teams/form.html", page)
    if not form.is_valid():
        return render(request, "teams/form.html", page, status=422)
    # Another seed for each, so that two channels do not say the same.
    options = {"seed": Channel.objects.count() + 1, "seconds_between": form.cleaned_data["seconds_between"]}
    told = _("The practice channel is connected; the first customer speaks in a moment.")
    return _connect(request, page, kind="practice", options=options, poll_seconds=PRACTICE_POLL_SECONDS, told=told)


@may("channel.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Change a channel's name, our names there, or how often it is looked at."""
    found = get_object_or_404(Channel, pk=channel_id)
    form = ChangeChannelForm(request.POST or None, channel=found)
    page = {"title": found.name, "form": form, "cancel_url": reverse("listening:channel", args=[found.pk])}
    if request.method != "POST":
        return render(request, "teams/form.html", page)
    if not form.is_valid():
        return render(request, "teams/form.html", page, status=422)
    try:
        services.change_channel(
            channel_id=found.pk,
            name=form.cleaned_data["name"],
            our_handles=form.cleaned_data["our_handles"],
            poll_seconds=form.cleaned_data.get("poll_seconds", found.poll_seconds),
            actor=signed_in(request),
            at=timezone.now(),
        )
    except services.ChannelNameTaken as conflict:
        form.add_error("name", str(conflict))
        return render(request, "teams/form.html", page, status=422)
    return redirect("listening:channel", channel_id=found.pk)


@may("channel.manage")
@require_POST
def pause(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Stop looking at a channel."""
    found = get_object_or_404(Channel, pk=channel_id)
    services.pause_channel(channel_id=found.pk, actor=signed_in(request), at=timezone.now())
    messages.success(
        request, _("%(name)s is paused. What is said there meanwhile is not heard.") % {"name": found.name}
    )
    return redirect("listening:channel", channel_id=found.pk)


@may("channel.manage")
@require_POST
def resume(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Look at a paused channel again."""
    found = get_object_or_404(Channel, pk=channel_id)
    services.resume_channel(channel_id=found.pk, actor=signed_in(request), at=timezone.now())
    messages.success(request, _("%(name)s is heard again.") % {"name": found.name})
    return redirect("listening:channel", channel_id=found.pk)


@may("channel.manage")
@require_POST
def fetch_now(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Have a channel looked at now."""
    found = get_object_or_404(Channel, pk=channel_id)
    look_url = reverse("listening:channel", args=[found.pk])
    try:
        services.fetch_now(channel_id=found.pk, at=timezone.now())
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=look_url)
    messages.success(request, _("A worker looks at %(name)s now.") % {"name": found.name})
    return redirect(look_url)


def _connect(
    request: HttpRequest,
    page: dict[str, Any],
    *,
    kind: str,
    options: dict[str, object],
    poll_seconds: int,
    told: str,
) -> HttpResponse:
    form = page["form"]
    try:
        made = services.add_channel(
            name=form.cleaned_data["name"],
            kind=kind,
            options=options,
            our_handles=form.cleaned_data["our_handles"],
            poll_seconds=poll_seconds,
            owner=signed_in(request),
            at=timezone.now(),
        )
    except services.ChannelNameTaken as conflict:
        form.add_error("name", str(conflict))
        return render(request, "teams/form.html", page, status=422)
    messages.success(request, told)
    return redirect("listening:channel", channel_id=made.pk)


def _kind(channel: Channel) -> str:
    try:
        return connector_for(channel.kind).title
    except UnknownKind:
        return channel.kind


def _can_manage(request: HttpRequest) -> bool:
    return signed_in(request).rights.may("channel.manage")
