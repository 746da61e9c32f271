"""The cross-functional team."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from socialhub.lib.errors import Conflict, Invalid
from teams.forms import SeatForm
from teams.http import answer_conflict, may, signed_in
from teams.models import Department
from teams.services import seats as services


@may("team.view")
@require_safe
def seats(request: HttpRequest) -> HttpResponse:
    """Show who represents each department, and who heads the team."""
    return _page(request)


@may("team.manage")
@require_POST
def give(request: HttpRequest, slug: str) -> HttpResponse:
    """Name a department's representative."""
    department = get_object_or_404(Department, slug=slug)
    form = SeatForm(request.POST, department=department)
    if not form.is_valid():
        return _page(request, refused=form, department=department, status=422)
    try:
        services.give_seat(
            department_id=department.pk,
            representative=form.cleaned_data["representative"],
            actor=signed_in(request),
            at=timezone.now(),
        )
    except Invalid as invalid:
        form.add_error("representative", str(invalid))
        return _page(request, refused=form, department=department, status=422)
    return redirect("teams:seats")


@may("team.manage")
@require_POST
def remove(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a department's seat off the team."""
    department = get_object_or_404(Department, slug=slug)
    try:
        services.remove_seat(department_id=department.pk, actor=signed_in(request), at=timezone.now())
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("teams:seats"))
    return redirect("teams:seats")


@may("team.manage")
@require_POST
def proponent(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a department's representative head the team."""
    department = get_object_or_404(Department, slug=slug)
    try:
        services.name_proponent(department_id=department.pk, actor=signed_in(request), at=timezone.now())
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("teams:seats"))
    return redirect("teams:seats")


def _page(
    request: HttpRequest,
    *,
    refused: SeatForm | None = None,
    department: Department | None = None,
    status: int = 200,
) -> HttpResponse:
    can_manage = signed_in(request).rights.may("team.manage")
    rows = []
    for listed in Department.objects.active().by_name().select_related("seat__representative"):
        form = None
        seat = getattr(listed, "seat", None)
        if can_manage:
            chosen = {"representative": seat.representative_id} if seat else {}
            is_refused = department is not None and listed.pk == department.pk
            form = refused if is_refused else SeatForm(department=listed, initial=chosen)
        rows.append((listed, seat, form))
    return render(request, "teams/seats.html", {"rows": rows, "can_manage": can_manage}, status=status)
