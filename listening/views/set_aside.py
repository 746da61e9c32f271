"""What came and could not be read."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from listening.models import Channel, SetAside
from listening.services import setting_aside
from listening.views.channels import can_manage
from teams.http import may
from teams.newest import read_newest

PAGE_SIZE = 20


@may("channel.view")
@require_safe
def set_aside(request: HttpRequest, channel_id: int) -> HttpResponse:
    """List what of a channel could not be read and waits for somebody to look, newest first."""
    found = get_object_or_404(Channel, pk=channel_id)
    waiting = SetAside.objects.filter(channel=found, settled_at=None)
    rows, next_url = read_newest(waiting, size=PAGE_SIZE, after=request.GET.get("after", ""))
    context = {
        "channel": found,
        "rows": rows,
        "next_url": next_url,
        "can_manage": can_manage(request),
        "crumbs": [
            {"label": _("Channels"), "url": reverse("listening:channels")},
            {"label": found.name, "url": reverse("listening:channel", args=[found.pk])},
            {"label": _("Set aside")},
        ],
    }
    return render(request, "listening/set_aside.html", context)


@may("channel.manage")
@require_POST
def settle(request: HttpRequest, channel_id: int, set_aside_id: int) -> HttpResponse:
    """Note that somebody is done with one of them."""
    row = get_object_or_404(SetAside, pk=set_aside_id, channel_id=channel_id)
    setting_aside.settle(channel_id=channel_id, set_aside_id=row.pk, at=timezone.now())
    messages.success(request, _("It is not listed any more."))
    return redirect("listening:set_aside", channel_id=channel_id)
