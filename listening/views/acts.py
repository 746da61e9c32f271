"""What is done to a channel: paused, resumed, tried, looked at."""

from contextlib import suppress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from listening.connectors.base import ConnectorFailed
from listening.models import Channel
from listening.services import channels as services
from socialhub.lib.errors import Conflict
from teams.http import answer_conflict, may, signed_in


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


@may("channel.manage")
@require_POST
def try_now(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Try the connection of a channel and say how it is; when it is well, have it looked at."""
    found = get_object_or_404(Channel, pk=channel_id)
    try:
        told = services.try_channel(channel_id=found.pk, at=timezone.now())
    except ConnectorFailed as failure:
        messages.error(request, str(failure))
        return redirect("listening:channel", channel_id=found.pk)
    # Paused, or looked at already: it was only tried.
    with suppress(Conflict):
        services.fetch_now(channel_id=found.pk, at=timezone.now())
    messages.success(request, told)
    return redirect("listening:channel", channel_id=found.pk)
