"""Saved views: the list of them, and what their owners do with them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from socialhub.lib.errors import Conflict, Forbidden
from teams.http import may, signed_in
from triage.access import get_saved_view_for
from triage.forms.saved_views import SavedViewForm
from triage.lists.menu import view_count
from triage.lists.queues import NEWEST_OF_ALL
from triage.models import SavedView
from triage.services import saved_views as services


@may("conversation.view")
@require_safe
def saved_views(request: HttpRequest) -> HttpResponse:
    """List the views that a person has or may change, menu by menu."""
    user = signed_in(request)
    found = SavedView.objects.visible_to(user).select_related("owner", "department").in_order()
    groups: dict[int | None, dict[str, Any]] = {}
    for view in found:
        title = _("Yours") if view.department is None else _("Shared with %(name)s") % {"name": view.department.name}
        group = groups.setdefault(view.department_id, {"title": title, "views": []})
        group["views"].append(
            {"view": view, "count": view_count(view.count), "can_change": services.may_change(user, view)}
        )
    return render(request, "triage/saved_views.html", {"groups": list(groups.values())})


@may("conversation.view")
@require_http_methods(["GET", "HEAD", "POST"])
def save(request: HttpRequest) -> HttpResponse:
    """Keep a filter under a name."""
    user = signed_in(request)
    sort = request.GET.get("sort", "")
    initial = {
        "query": request.GET.get("q", ""),
        "sort": sort if sort in NEWEST_OF_ALL else NEWEST_OF_ALL[0].value,
    }
    form = SavedViewForm(request.POST or None, user=user, initial=initial)
    page = {"title": _("Save a view"), "form": form, "cancel_url": reverse("triage:saved_views")}
    if request.method != "POST" or not form.is_valid():
        return _form(request, page)
    try:
        view = services.save_view(wanted=form.wanted(), actor=user, at=timezone.now())
    except Conflict as conflict:
        form.add_error("name", str(conflict))
        return _form(request, page)
    messages.success(request, _("Saved. It stands in your menu."))
    return redirect("triage:queue", slug=view.slug)


@may("conversation.view")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, view_id: int) -> HttpResponse:
    """Change a view: its name, what it lists, and who sees it."""
    user = signed_in(request)
    view = get_saved_view_for(user, view_id, to_change=True)
    initial = {"name": view.name, "query": view.query, "sort": view.sort, "department": view.department}
    form = SavedViewForm(request.POST or None, user=user, owner=view.owner, initial=initial)
    page = {"title": view.name, "form": form, "view": view, "cancel_url": reverse("triage:saved_views")}
    if request.method != "POST" or not form.is_valid():
        return _form(request, page)
    try:
        services.change_view(view=view, wanted=form.wanted(), actor=user, at=timezone.now())
    except Conflict as conflict:
        form.add_error("name", str(conflict))
        return _form(request, page)
    except Forbidden as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    messages.success(request, _("Changed."))
    return redirect("triage:queue", slug=view.slug)


@may("conversation.view")
@require_POST
def move(request: HttpRequest, view_id: int) -> HttpResponse:
    """Move a view up or down in its menu."""
    user = signed_in(request)
    view = get_saved_view_for(user, view_id, to_change=True)
    services.move_view(view=view, step=-1 if request.POST.get("to") == "up" else 1, actor=user)
    return redirect("triage:saved_views")


@may("conversation.view")
@require_POST
def delete(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete a view; of what it lists nothing changes."""
    user = signed_in(request)
    view = get_saved_view_for(user, view_id, to_change=True)
    services.delete_view(view=view, actor=user)
    messages.success(request, _("Deleted. What it listed is where it was."))
    return redirect("triage:saved_views")


def _form(request: HttpRequest, page: dict[str, Any]) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, "triage/saved_view_form.html", page, status=status)
