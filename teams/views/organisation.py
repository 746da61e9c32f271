"""The company's own name, clock and language."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from teams.forms import OrganisationForm
from teams.http import may, organisation_of, signed_in
from teams.services.organisation import change_organisation


@may("team.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: HttpRequest) -> HttpResponse:
    """Rename the company, or change the clock and the language of everybody who has not chosen their own."""
    found = organisation_of(request)
    page = {"title": _("Organisation"), "cancel_url": reverse("teams:departments")}
    if request.method != "POST":
        form = OrganisationForm(initial={"name": found.name, "time_zone": found.time_zone, "language": found.language})
        return render(request, "teams/form.html", {**page, "form": form})
    form = OrganisationForm(request.POST)
    if not form.is_valid():
        return render(request, "teams/form.html", {**page, "form": form}, status=422)
    change_organisation(actor=signed_in(request), at=timezone.now(), **form.cleaned_data)
    messages.success(request, _("The organisation is changed."))
    return redirect("teams:departments")
