"""A version as a folder: packed to take away, brought, looked at and taken."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from policies import comparing, wording
from policies.access import get_draft_for, get_version_for
from policies.document import Document
from policies.folder import packing
from policies.folder.problems import BadFolder
from policies.folder.writing import write_files
from policies.forms import SeenForm
from policies.life_forms import FolderForm
from policies.models import PolicyVersion
from policies.services import documents, importing
from policies.services.drafting import ChangedMeanwhile
from policies.views.trail import draft_trail
from socialhub.lib.errors import Conflict
from teams.http import answer_conflict, may, signed_in

# Who brought a folder with a thousand mistakes wants to see the first ones.
MOST_PROBLEMS = 50


@may("policy.view")
@require_safe
def export(request: HttpRequest, number: int) -> HttpResponse:
    """Hand out a version as a packed folder."""
    user = signed_in(request)
    version = get_version_for(user, number)
    name = f"policy-{version.number}"
    packed = packing.write_zip(write_files(documents.document_for(user, version)), name=name)
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return HttpResponse(packed, content_type="application/zip", headers=headers)


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Bring a folder for the draft; nothing changes before what it changes was looked at."""
    user = signed_in(request)
    version = get_draft_for(user)
    page = {"version": version, "crumbs": draft_trail(_("Bring a folder"))}
    if request.method != "POST":
        return render(request, "policies/bring.html", {**page, "form": FolderForm()})
    form = FolderForm(request.POST, request.FILES)
    context: dict[str, Any] = {**page, "form": form}
    if not form.is_valid():
        return render(request, "policies/bring.html", context, status=422)
    try:
        files = packing.read_zip(form.cleaned_data["folder"])
        importing.bring(version_id=version.pk, files=files, editor=user, at=timezone.now())
    except BadFolder as refusal:
        context["problems"] = refusal.problems[:MOST_PROBLEMS]
        context["more"] = max(len(refusal.problems) - MOST_PROBLEMS, 0)
        return render(request, "policies/bring.html", context, status=422)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    return redirect("policies:brought")


@may("policy.edit")
@require_safe
def brought(request: HttpRequest) -> HttpResponse:
    """Show what the folder that was brought would change in the draft."""
    user = signed_in(request)
    version = get_draft_for(user)
    try:
        document = importing.brought(version=version, editor=user)
    except importing.NothingBrought:
        return redirect("policies:bring")
    return render(request, "policies/brought.html", _preview(version, document))


@may("policy.edit")
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Put the text that was brought in the place of the draft's."""
    user = signed_in(request)
    version = get_draft_for(user)
    form = SeenForm(request.POST)
    if not form.is_valid():
        return redirect("policies:brought")
    try:
        importing.take_brought(version_id=version.pk, editor=user, seen=form.cleaned_data["seen"], at=timezone.now())
    except ChangedMeanwhile as conflict:
        document = importing.brought(version=version, editor=user)
        context = {**_preview(version, document), "conflict": conflict}
        return render(request, "policies/brought.html", context, status=409)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    messages.success(request, _("The draft now says what the folder says."))
    return redirect("policies:draft")


def _preview(version: PolicyVersion, document: Document) -> dict[str, Any]:
    comparison = comparing.compare_documents(documents.document_of(version), document, wording.department_names())
    seen = documents.fingerprint_of_text(version)
    crumbs = draft_trail(_("Bring a folder"))
    return {"version": version, "comparison": comparison, "form": SeenForm(initial={"seen": seen}), "crumbs": crumbs}
