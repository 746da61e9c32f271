"""The people: who is here, and what each is."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from teams import invitations
from teams.forms import CapacityForm, CompanyRolesForm, PersonForm
from teams.http import answer_conflict, may, organisation_of, signed_in
from teams.models import User
from teams.roles import Role
from teams.services import appointing
from teams.services import people as services

# Where the one showing of a link waits for the next page.
INVITATION = "invitation"


@may("team.view")
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """List everybody with what they are; closed accounts last."""
    listed = User.objects.prefetch_related("appointments", "memberships__department").order_by(
        "-is_active", "name", "pk"
    )
    rows = [(person, _told(person)) for person in listed]
    return render(request, "teams/people.html", {"rows": rows, "can_manage": _can_manage(request)})


@may("team.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Add somebody and make the link with which they set a password."""
    form = PersonForm(request.POST or None)
    page = {
        "title": _("New person"),
        "text": _("They get a mail with a link to choose a password; you see the link once, too."),
        "form": form,
        "cancel_url": reverse("teams:people"),
    }
    if request.method != "POST":
        return render(request, "teams/form.html", page)
    if not form.is_valid():
        return render(request, "teams/form.html", page, status=422)
    try:
        person = services.add_person(actor=signed_in(request), at=timezone.now(), **form.cleaned_data)
    except services.AddressTaken as conflict:
        form.add_error("email", str(conflict))
        return render(request, "teams/form.html", page, status=422)
    _invite(request, person)
    return redirect("teams:person", person_id=person.pk)


@may("team.view")
@never_cache
@require_safe
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Show one person and, for administrators, what can be changed."""
    return _page(request, get_object_or_404(User, pk=person_id))


@may("team.manage")
@require_POST
def change(request: HttpRequest, person_id: int) -> HttpResponse:
    """Change a person's name or address."""
    found = get_object_or_404(User, pk=person_id)
    form = PersonForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    try:
        services.change_person(person_id=found.pk, actor=signed_in(request), at=timezone.now(), **form.cleaned_data)
    except services.AddressTaken as conflict:
        form.add_error("email", str(conflict))
        return _page(request, found, form=form, status=422)
    return redirect("teams:person", person_id=found.pk)


@may("team.manage")
@require_POST
def set_roles(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give a person exactly the chosen roles in the company."""
    found = get_object_or_404(User, pk=person_id)
    form = CompanyRolesForm(request.POST)
    if not form.is_valid():
        return _page(request, found, roles_form=form, status=422)
    try:
        appointing.set_company_roles(
            person_id=found.pk, roles=form.cleaned_data["roles"], actor=signed_in(request), at=timezone.now()
        )
    except appointing.LastAdministrator as conflict:
        return answer_conflict(request, conflict, look_url=reverse("teams:person", args=[found.pk]))
    return redirect("teams:person", person_id=found.pk)


@may("team.manage")
@require_POST
def set_capacity(request: HttpRequest, person_id: int) -> HttpResponse:
    """Say how many conversations a person holds at most."""
    found = get_object_or_404(User, pk=person_id)
    form = CapacityForm(request.POST)
    if not form.is_valid():
        return _page(request, found, capacity_form=form, status=422)
    services.set_capacity(
        person_id=found.pk, capacity=form.cleaned_data["capacity"], actor=signed_in(request), at=timezone.now()
    )
    return redirect("teams:person", person_id=found.pk)


@may("team.manage")
@require_POST
def close(request: HttpRequest, person_id: int) -> HttpResponse:
    """Close an account."""
    found = get_object_or_404(User, pk=person_id)
    try:
        services.close_account(person_id=found.pk, actor=signed_in(request), at=timezone.now())
    except appointing.LastAdministrator as conflict:
        return answer_conflict(request, conflict, look_url=reverse("teams:person", args=[found.pk]))
    messages.success(request, _("%(name)s cannot sign in any more.") % {"name": found.name})
    return redirect("teams:person", person_id=found.pk)


@may("team.manage")
@require_POST
def open_again(request: HttpRequest, person_id: int) -> HttpResponse:
    """Open an account again."""
    found = get_object_or_404(User, pk=person_id)
    services.open_account(person_id=found.pk, actor=signed_in(request), at=timezone.now())
    messages.success(request, _("%(name)s can sign in again.") % {"name": found.name})
    return redirect("teams:person", person_id=found.pk)


@may("team.manage")
@require_POST
def invite(request: HttpRequest, person_id: int) -> HttpResponse:
    """Make another link with which a person sets a password."""
    found = get_object_or_404(User.objects.active(), pk=person_id)
    _invite(request, found)
    return redirect("teams:person", person_id=found.pk)


def _invite(request: HttpRequest, person: User) -> None:
    inviter = signed_in(request)
    services.note_invitation(person=person, actor=inviter, at=timezone.now())
    link = invitations.make_link(person)
    is_sent = invitations.send_link(person, link, organisation=organisation_of(request), inviter=inviter)
    request.session[INVITATION] = {"person": person.pk, "link": link, "is_sent": is_sent}


def _page(
    request: HttpRequest,
    found: User,
    *,
    form: PersonForm | None = None,
    roles_form: CompanyRolesForm | None = None,
    capacity_form: CapacityForm | None = None,
    status: int = 200,
) -> HttpResponse:
    invitation = None
    if request.session.get(INVITATION, {}).get("person") == found.pk and _can_manage(request):
        invitation = request.session.pop(INVITATION)
    held = list(found.appointments.values_list("role", flat=True))
    context: dict[str, Any] = {
        "person": found,
        "form": form or PersonForm(initial={"name": found.name, "email": found.email}),
        "roles_form": roles_form or CompanyRolesForm(initial={"roles": held}),
        "capacity_form": capacity_form or CapacityForm(initial={"capacity": found.capacity}),
        "roles": [role.label for role in Role if role in held],
        "places": found.memberships.select_related("department").order_by("department__name"),
        "invitation": invitation,
        "can_manage": _can_manage(request),
        "crumbs": [{"label": _("People"), "url": reverse("teams:people")}, {"label": found.name}],
    }
    return render(request, "teams/person.html", context, status=status)


def _told(person: User) -> list[str]:
    """Return what somebody is, the company first."""
    held = {appointment.role for appointment in person.appointments.all()}
    told = [str(role.label) for role in Role if role in held]
    for place in sorted(person.memberships.all(), key=lambda place: place.department.name):
        words = {"role": Role(place.role).label, "department": place.department.name}
        told.append(_("%(role)s, %(department)s") % words)
    return told


def _can_manage(request: HttpRequest) -> bool:
    return signed_in(request).rights.may("team.manage")
