"""The emergency stop: what stands, who set it, and the way to set and lift one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from socialhub.lib.errors import Conflict, Invalid
from teams.http import answer_conflict, may, signed_in
from triage.forms.stops import StopForm
from triage.models import SendingStop
from triage.services.sending import stopping
from triage.showing import incidents
from triage.showing.stops import forget, lifted_for, standing_for

MOST_LIFTED = 20


@may("conversation.view")
@require_http_methods(["GET", "HEAD", "POST"])
def stops(request: HttpRequest) -> HttpResponse:
    """List the stops, and set one."""
    user = signed_in(request)
    can_stop = user.rights.may_somewhere("sending.stop")
    if request.method == "POST" and not can_stop:
        raise PermissionDenied
    form = StopForm(request.POST) if request.method == "POST" else StopForm(initial={"where": "everything"})
    if request.method == "POST" and form.is_valid():
        try:
            stopping.stop_sending(reach=form.reach(), reason=form.cleaned_data["reason"], actor=user, at=timezone.now())
        except Invalid as invalid:
            form.add_error(invalid.field, str(invalid))
        except Conflict as conflict:
            return answer_conflict(request, conflict, look_url=reverse("triage:stops"))
        else:
            forget()
            messages.success(request, _("Sending is stopped. What is with the network already cannot be called back."))
            return redirect("triage:stops")
    forget()
    context = {
        "form": form if can_stop else None,
        "can_stop": can_stop,
        "standing": standing_for(user),
        "lifted": lifted_for(user, most=MOST_LIFTED),
    }
    return render(request, "triage/stops.html", context, status=422 if form.errors else 200)


@may("policy.view")
@never_cache
@require_safe
def standing(request: HttpRequest) -> HttpResponse:
    """Show the stops and incidents of this moment, as open pages fetch them when they hear of one."""
    forget()
    incidents.forget()
    context = {"stops": standing_for(signed_in(request)), "incidents": incidents.open_now()}
    return render(request, "triage/_banners.html", context)


@may("sending.stop")
@require_POST
def lift(request: HttpRequest, stop_id: int) -> HttpResponse:
    """Let answers go out again; what waited asks its writers first."""
    stop = get_object_or_404(SendingStop, pk=stop_id)
    try:
        held = stopping.lift_stop(stop_id=stop.pk, actor=signed_in(request), at=timezone.now())
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:stops"))
    forget()
    sentence = _("Answers may go out again.")
    if held:
        sentence += " " + ngettext(
            "%(n)d had waited: its writer is asked to look and send it again.",
            "%(n)d had waited: their writers are asked to look and send them again.",
            held,
        ) % {"n": held}
    messages.success(request, sentence)
    return redirect("triage:stops")
