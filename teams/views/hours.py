"""The opening hours of the company and of its departments."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from teams.hours_forms import DepartmentHoursForm, HoursForm
from teams.http import may, signed_in
from teams.models import Department, Organisation
from teams.services import hours as services


@may("team.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: HttpRequest) -> HttpResponse:
    """Say when somebody is there in the company."""
    found = get_object_or_404(Organisation)

    def save(form: HoursForm) -> None:
        services.set_organisation_hours(hours=form.hours, actor=signed_in(request), at=timezone.now())

    return _page(request, HoursForm, HoursForm.of(found), save, name=found.name, back=reverse("teams:departments"))


@may("team.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def department(request: HttpRequest, slug: str) -> HttpResponse:
    """Say when somebody is there in a department."""
    found = get_object_or_404(Department, slug=slug)

    def save(form: HoursForm) -> None:
        services.set_department_hours(
            department_id=found.pk, hours=form.hours, actor=signed_in(request), at=timezone.now()
        )

    filled = DepartmentHoursForm.of(found)
    return _page(
        request, DepartmentHoursForm, filled, save, name=found.name, back=reverse("teams:department", args=[slug])
    )


def _page(
    request: HttpRequest,
    form_class: type[HoursForm],
    filled: HoursForm,
    save: Callable[[HoursForm], None],
    *,
    name: str,
    back: str,
) -> HttpResponse:
    context = {"name": name, "cancel_url": back}
    if request.method != "POST":
        return render(request, "teams/hours.html", {**context, "form": filled})
    form = form_class(request.POST)
    if "copy" in request.POST:
        # Nothing is saved yet: the form comes back with Monday written five times.
        return render(request, "teams/hours.html", {**context, "form": form.with_monday_copied()})
    if not form.is_valid():
        return render(request, "teams/hours.html", {**context, "form": form}, status=422)
    save(form)
    messages.success(request, _("The opening hours are changed. Deadlines that run stay where they are."))
    return redirect(back)
