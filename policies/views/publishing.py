"""A version on its way into force: published now, scheduled, or taken off the schedule."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from policies import comparing
from policies.access import get_managed_for
from policies.life_forms import ReasonForm, ScheduleForm
from policies.models import PolicyVersion
from policies.services import publishing, scheduling
from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.moments import date_format
from teams.http import answer_conflict, may, signed_in


@may("policy.publish")
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """Show what publishing will change, and put a version in force."""
    user = signed_in(request)
    version = get_managed_for(user, number, action="policy.publish")
    if request.method != "POST" and version.state not in publishing.COMING:
        return redirect("policies:version", number=version.number)
    page = _page_of(version)
    form = ReasonForm(request.POST if request.method == "POST" else None, missing=page["missing"])
    status, refusal = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                publishing.publish_version(
                    version_id=version.pk, publisher=user, at=timezone.now(), reason=form.cleaned_data["reason"]
                )
            except publishing.ReasonNeeded as needed:
                form.add_error("reason", str(needed))
            except Invalid as invalid:
                refusal = invalid
            except Conflict as conflict:
                return answer_conflict(request, conflict, look_url=reverse("policies:in_force"))
            else:
                sentence = _("Version %(number)s is in force. Everybody who answers reads and attests it first.")
                messages.success(request, sentence % {"number": version.number})
                return redirect("policies:in_force")
    context = {**page, "form": form, "refusal": refusal}
    return render(request, "policies/publish.html", context, status=status)


@may("policy.publish")
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, number: int) -> HttpResponse:
    """Choose the moment at which an approved version comes in force."""
    user = signed_in(request)
    version = get_managed_for(user, number, action="policy.publish")
    if request.method != "POST" and version.state != PolicyVersion.State.APPROVED:
        return redirect("policies:review", number=version.number)
    page = _page_of(version)
    form = ScheduleForm(request.POST if request.method == "POST" else None, missing=page["missing"])
    status, refusal = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                found = scheduling.schedule_version(
                    version_id=version.pk, publisher=user, at=timezone.now(), **form.cleaned_data
                )
            except Invalid as invalid:
                if invalid.field in form.fields:
                    form.add_error(invalid.field, str(invalid))
                else:
                    refusal = invalid
            except Conflict as conflict:
                look_url = reverse("policies:version", args=[version.number])
                return answer_conflict(request, conflict, look_url=look_url)
            else:
                moment = date_format(timezone.localtime(found.scheduled_for), "j F Y, H:i")
                told = {"number": version.number, "moment": moment}
                messages.success(request, _("Version %(number)s comes in force on %(moment)s.") % told)
                return redirect("policies:review", number=version.number)
    context = {**page, "form": form, "refusal": refusal}
    return render(request, "policies/schedule.html", context, status=status)


@may("policy.publish")
@require_POST
def unschedule(request: HttpRequest, number: int) -> HttpResponse:
    """Take a version off the schedule."""
    user = signed_in(request)
    version = get_managed_for(user, number, action="policy.publish")
    try:
        scheduling.unschedule_version(version_id=version.pk, publisher=user, at=timezone.now())
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:version", args=[version.number]))
    messages.success(request, _("It is off the schedule, and still approved."))
    return redirect("policies:review", number=version.number)


def _page_of(version: PolicyVersion) -> dict[str, Any]:
    former = PolicyVersion.objects.in_force().exclude(pk=version.pk).first()
    missing = publishing.lacks(version)
    return {
        "version": version,
        "former": former,
        "comparison": comparing.compare_versions(former, version) if former else None,
        "missing": publishing.words_for(missing) if missing else "",
        "open_comment_count": version.comments.filter(answers=None, resolved_at=None).count(),
    }
