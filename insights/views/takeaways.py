"""What departments take away: of one conversation, and altogether."""

from http import HTTPStatus
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from insights.access import departments_written_for_by
from insights.csv_files import refused, takeaway_rows
from insights.forms import TakeawayFilterForm, TakeawayForm
from insights.models import Takeaway
from insights.services import takeaways
from insights.streams import read_slice
from socialhub.lib.errors import Forbidden, Invalid
from socialhub.lib.spreadsheets import csv_response
from teams.http import may, signed_in
from teams.models import Department, User
from triage.access import get_conversation_for
from triage.models import Conversation
from triage.services.threads.merged_away import MergedAway

PAGE_SIZE = 50
# More than anybody writes about one conversation; a page stays a page all the same.
MOST_SHOWN = 50


@may("conversation.view")
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def take_away(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Show what departments took away from a conversation, and write something down; htmx gets the part alone."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id)
    departments = departments_written_for_by(user)
    if request.method != "POST":
        form = TakeawayForm(departments, initial={"department": request.GET.get("department", "")})
        return _shown(request, conversation, form, departments)
    slug = request.POST.get("department", "").replace("\x00", "") or (
        departments[0].slug if len(departments) == 1 else ""
    )
    chosen = next((department for department in departments if department.slug == slug), None)
    if not departments or (chosen is None and Department.objects.filter(slug=slug).exists()):
        raise PermissionDenied
    form = TakeawayForm(departments, request.POST)
    if chosen is None or not form.is_valid():
        return _shown(request, conversation, form, departments, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _written(request, conversation, user, chosen, form, departments)


def _written(
    request: HttpRequest,
    conversation: Conversation,
    user: User,
    department: Department,
    form: TakeawayForm,
    departments: list[Department],
) -> HttpResponse:
    try:
        takeaways.write_takeaway(
            conversation_id=conversation.pk,
            department=department,
            author=user,
            kind=form.cleaned_data["kind"],
            text=form.cleaned_data["text"],
            at=timezone.now(),
        )
    except Forbidden as refusal:
        raise PermissionDenied from refusal
    except MergedAway as refusal:
        form.add_error(None, str(refusal))
        return _shown(request, conversation, form, departments, status=HTTPStatus.CONFLICT)
    except Invalid as refusal:
        form.add_error(refusal.field, str(refusal))
        return _shown(request, conversation, form, departments, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if _is_fragment(request):
        return _shown(request, conversation, TakeawayForm(departments), departments)
    messages.success(request, _("Written down for %(department)s.") % {"department": department.name})
    return redirect("insights:take_away", conversation_id=conversation.pk)


def _shown(
    request: HttpRequest,
    conversation: Conversation,
    form: TakeawayForm,
    departments: list[Department],
    *,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    form.auto_id = f"takeaway-{conversation.pk}-%s"
    context = {
        "conversation": conversation,
        "conversation_url": reverse("triage:conversation", args=[conversation.pk]),
        "takeaways": Takeaway.objects.newest_first().filter(conversation=conversation)[:MOST_SHOWN],
        "form": form if departments else None,
    }
    template = "insights/_takeaways.html" if _is_fragment(request) else "insights/take_away.html"
    return render(request, template, context, status=status)


@may("conversation.view")
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """List the takeaways that this person may see, newest first."""
    user = signed_in(request)
    form, found = _asked(request, user)
    page = read_slice(found, by="pk", size=PAGE_SIZE, before=request.GET.get("before", ""))
    filters = {key: value for key, value in request.GET.items() if key in form.fields and value}
    address = reverse("insights:takeaways")
    context = {
        "form": form,
        "takeaways": page.rows,
        "is_narrowed": bool(filters),
        "query": urlencode(filters),
        "previous_url": f"{address}?{urlencode(filters)}" if request.GET.get("before") else "",
        "previous_label": _("Newest"),
        "next_url": f"{address}?{urlencode({**filters, 'before': page.older})}" if page.older else "",
    }
    status = HTTPStatus.OK if form.is_valid() else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "insights/takeaways.html", context, status=status)


@may("conversation.view")
@require_safe
def download(request: HttpRequest) -> HttpResponseBase:
    """Hand out the takeaways that this person may see as a file."""
    form, found = _asked(request, signed_in(request))
    if not form.is_valid():
        return refused(form)
    zone = ZoneInfo(str(timezone.get_current_timezone()))
    rows = takeaway_rows(found.iterator(chunk_size=2000), zone=zone)
    return csv_response("socialhub-takeaways.csv", rows)


def _asked(request: HttpRequest, user: User) -> tuple[TakeawayFilterForm, QuerySet[Takeaway, Takeaway]]:
    form = TakeawayFilterForm(list(Department.objects.by_name()), request.GET)
    found = Takeaway.objects.visible_to(user).newest_first()
    if form.is_valid():
        if form.cleaned_data["department"]:
            found = found.filter(department__slug=form.cleaned_data["department"])
        if form.cleaned_data["kind"]:
            found = found.filter(kind=form.cleaned_data["kind"])
    return form, found


def _is_fragment(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]
