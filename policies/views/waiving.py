"""Exceptions from clauses."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from policies.models import Waiver
from policies.services import waiving
from policies.waiver_forms import WaiverForm
from socialhub.lib.errors import Invalid
from teams.http import answer_conflict, may, signed_in
from teams.once import make_once

# Beyond these the oldest that are over are not listed.
MOST_LISTED = 500


@may("policy.view")
@require_safe
def waivers(request: HttpRequest) -> HttpResponse:
    """List who is excused from which clause, and who was."""
    at = timezone.now()
    rows = Waiver.objects.select_related("person", "department", "granted_by", "revoked_by")
    standing = rows.standing(at).order_by("until", "pk")
    over = rows.exclude(pk__in=standing.values("pk")).order_by("-granted_at", "-pk")[:MOST_LISTED]
    context = {
        "standing": standing,
        "over": over,
        "can_grant": signed_in(request).rights.may("policy.publish"),
    }
    return render(request, "policies/waivers.html", context)


@may("policy.publish")
@require_http_methods(["GET", "HEAD", "POST"])
def grant(request: HttpRequest) -> HttpResponse:
    """Excuse somebody from a clause."""
    form = WaiverForm(request.POST or None, initial={"clause": request.GET.get("clause")})
    page = {"title": _("New waiver"), "cancel_url": reverse("policies:waivers"), "form": form}
    if request.method != "POST":
        return render(request, "policies/form.html", page)
    if form.is_valid():
        try:
            make_once(
                request,
                lambda: waiving.grant(wanted=form.wanted(), granted_by=signed_in(request), at=timezone.now()).pk,
            )
        except Invalid as invalid:
            form.add_error(invalid.field, str(invalid))
        else:
            return redirect("policies:waivers")
    return render(request, "policies/form.html", page, status=422)


@may("policy.publish")
@require_POST
def revoke(request: HttpRequest, waiver_id: int) -> HttpResponse:
    """End a waiver before its time."""
    waiver = get_object_or_404(Waiver, pk=waiver_id)
    try:
        waiving.revoke(waiver_id=waiver.pk, revoked_by=signed_in(request), at=timezone.now())
    except waiving.WaiverOver as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:waivers"))
    return redirect("policies:waivers")
