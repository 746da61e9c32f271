"""The departments: who answers, who listens, and for what."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from teams.forms import PLACE_CHOICES, DepartmentForm, PlaceForm
from teams.http import answer_conflict, may, organisation_of, signed_in
from teams.models import Department, Membership, User
from teams.once import make_once
from teams.roles import ANSWERING, Role
from teams.services import appointing
from teams.services import departments as services
from teams.shown_hours import read_hours


@may("team.view")
@require_safe
def departments(request: HttpRequest) -> HttpResponse:
    """List the departments with how many work there."""
    active = Q(memberships__user__is_active=True)
    listed = (
        Department.objects.by_name()
        .select_related("seat__representative")
        .annotate(
            responder_count=Count("memberships", filter=active & Q(memberships__role__in=ANSWERING)),
            listener_count=Count("memberships", filter=active & Q(memberships__role=Role.LISTENER)),
        )
        .order_by("-is_active", "name", "pk")
    )
    hours = read_hours(organisation_of(request), at=timezone.localtime())
    context = {"departments": listed, "can_manage": _can_manage(request), "hours": hours}
    return render(request, "teams/departments.html", context)


@may("team.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Add a department."""
    form = DepartmentForm(request.POST or None, initial={"kind": Department.Kind.OTHER})
    page = {"title": _("New department"), "form": form, "cancel_url": reverse("teams:departments")}
    if request.method != "POST":
        return render(request, "teams/form.html", page)
    if not form.is_valid():
        return render(request, "teams/form.html", page, status=422)
    try:
        made = make_once(
            request,
            lambda: services.add_department(actor=signed_in(request), at=timezone.now(), **form.cleaned_data).slug,
        )
    except services.DepartmentNameTaken as conflict:
        form.add_error("name", str(conflict))
        return render(request, "teams/form.html", page, status=422)
    return redirect("teams:department", slug=made)


@may("team.view")
@require_safe
def department(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a department and its members."""
    return _page(request, get_object_or_404(Department, slug=slug))


@may("team.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Rename a department, or change what it listens for."""
    found = get_object_or_404(Department, slug=slug)
    page = {"title": found.name, "cancel_url": reverse("teams:department", args=[slug])}
    if request.method != "POST":
        return render(request, "teams/form.html", {**page, "form": DepartmentForm.of(found)})
    form = DepartmentForm(request.POST)
    if not form.is_valid():
        return render(request, "teams/form.html", {**page, "form": form}, status=422)
    try:
        services.change_department(
            department_id=found.pk, actor=signed_in(request), at=timezone.now(), **form.cleaned_data
        )
    except services.DepartmentNameTaken as conflict:
        form.add_error("name", str(conflict))
        return render(request, "teams/form.html", {**page, "form": form}, status=422)
    return redirect("teams:department", slug=slug)


@may("team.manage")
@require_POST
def close(request: HttpRequest, slug: str) -> HttpResponse:
    """Stop hand-overs to a department."""
    found = get_object_or_404(Department, slug=slug)
    services.close_department(department_id=found.pk, actor=signed_in(request), at=timezone.now())
    sentence = _("%(name)s takes no new conversations. What it has stays with it until it is answered.")
    messages.success(request, sentence % {"name": found.name})
    return redirect("teams:department", slug=slug)


@may("team.manage")
@require_POST
def open_again(request: HttpRequest, slug: str) -> HttpResponse:
    """Allow hand-overs to a department again."""
    found = get_object_or_404(Department, slug=slug)
    services.open_department(department_id=found.pk, actor=signed_in(request), at=timezone.now())
    messages.success(request, _("%(name)s takes conversations again.") % {"name": found.name})
    return redirect("teams:department", slug=slug)


@may("team.manage")
@require_POST
def place(request: HttpRequest, slug: str) -> HttpResponse:
    """Give somebody a place in a department, change it or take it away."""
    found = get_object_or_404(Department, slug=slug)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    try:
        appointing.place_member(
            person_id=form.cleaned_data["person"].pk,
            department_id=found.pk,
            role=form.cleaned_data["role"],
            actor=signed_in(request),
            at=timezone.now(),
        )
    except appointing.RepresentsDepartment as conflict:
        return answer_conflict(request, conflict, look_url=reverse("teams:seats"))
    return redirect("teams:department", slug=slug)


def _page(request: HttpRequest, found: Department, *, form: PlaceForm | None = None, status: int = 200) -> HttpResponse:
    members = Membership.objects.filter(department=found).select_related("user").order_by("role", "user__name", "pk")
    if form is None:
        form = PlaceForm(initial={"role": Role.RESPONDER})
        form.fields["person"].queryset = (  # type: ignore[attr-defined]
            User.objects.active().exclude(memberships__department=found).by_name()
        )
    context: dict[str, Any] = {
        "department": found,
        "members": sorted(members, key=lambda member: member.role not in ANSWERING),
        "form": form,
        "place_choices": PLACE_CHOICES,
        "can_manage": _can_manage(request),
        "hours": read_hours(found, at=timezone.localtime()),
        "crumbs": [{"label": _("Team"), "url": reverse("teams:departments")}, {"label": found.name}],
    }
    return render(request, "teams/department.html", context, status=status)


def _can_manage(request: HttpRequest) -> bool:
    return signed_in(request).rights.may("team.manage")
