"""What rules decided by themselves: looked at by a person, and stopped where it goes wrong."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from socialhub.lib.errors import Conflict, Invalid
from teams.http import answer_conflict, may, signed_in
from triage.forms.rule_decisions import DecidingStopForm, ReversalForm
from triage.models import DecidingStop, DecisionCheck
from triage.services.decisions import checking_rules
from triage.showing.rule_decisions import count_waiting, read_checks, read_stops
from triage.states import Stage


@may("deciding.stop")
@require_http_methods(["GET", "HEAD", "POST"])
def rule_decisions(request: HttpRequest) -> HttpResponse:
    """Show what rules decided that waits to be looked at, and the stops; set one."""
    user = signed_in(request)
    form = DecidingStopForm(request.POST) if request.method == "POST" else DecidingStopForm()
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            checking_rules.stop_deciding(rule_key=form.rule_key(), reason=reason, actor=user, at=timezone.now())
        except Invalid as invalid:
            form.add_error(invalid.field, str(invalid))
        except Conflict as conflict:
            return answer_conflict(request, conflict, look_url=reverse("triage:rule_decisions"))
        else:
            messages.success(request, _("From now on a person decides."))
            return redirect("triage:rule_decisions")
    can_check = user.rights.everywhere("conversation.decide")
    context = {
        "form": form,
        "can_check": can_check,
        "checks": read_checks() if can_check else [],
        "waiting": count_waiting() if can_check else 0,
        "departures": ReversalForm.base_fields["departure"].choices,  # type: ignore[attr-defined]
        # Not "stops": those of sending stand in the frame.
        "deciding_stops": read_stops(),
        "decides_any": form.offers_rules,
    }
    return render(request, "triage/rule_decisions.html", context, status=422 if form.errors else 200)


@may("conversation.decide")
@require_POST
def confirm(request: HttpRequest, check_id: int) -> HttpResponse:
    """Say that a rule decided rightly."""
    check = _check(request, check_id)
    try:
        checking_rules.confirm(check_id=check.pk, actor=signed_in(request), at=timezone.now())
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:rule_decisions"))
    messages.success(request, _("Confirmed."))
    return redirect("triage:rule_decisions")


@may("conversation.decide")
@require_POST
def reverse_decision(request: HttpRequest, check_id: int) -> HttpResponse:
    """Say that a rule decided wrongly, and go to the conversation to decide anew."""
    check = _check(request, check_id)
    try:
        conversation = checking_rules.reverse(
            check_id=check.pk,
            departure=request.POST.get("departure", ""),
            actor=signed_in(request),
            at=timezone.now(),
        )
    except Invalid as invalid:
        messages.error(request, str(invalid))
        return redirect("triage:rule_decisions")
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:rule_decisions"))
    if conversation.stage in (Stage.NEW, Stage.ASSIGNED):
        messages.success(request, _("Reversed. Decide what is done with it instead."))
    else:
        messages.success(request, _("Reversed. The conversation stays where people have taken it meanwhile."))
    return redirect("triage:conversation", conversation_id=conversation.pk)


@may("deciding.stop")
@require_POST
def lift(request: HttpRequest, stop_id: int) -> HttpResponse:
    """Let a rule decide again."""
    stop = get_object_or_404(DecidingStop, pk=stop_id)
    try:
        checking_rules.lift_stop(stop_id=stop.pk, actor=signed_in(request), at=timezone.now())
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:rule_decisions"))
    messages.success(request, _("Rules may decide again. What waited for a person meanwhile still does."))
    return redirect("triage:rule_decisions")


def _check(request: HttpRequest, check_id: int) -> DecisionCheck:
    if not signed_in(request).rights.everywhere("conversation.decide"):
        raise PermissionDenied
    return get_object_or_404(DecisionCheck, pk=check_id)
