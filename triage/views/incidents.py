"""Declared incidents: what is open, and the way to declare, change and end one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from policies.engine.incidents import read_belonging
from policies.models import Incident
from policies.sentences import words_for_condition, words_for_evidence
from policies.services import incidents as services
from policies.services.incidents import IncidentChanged, Said
from socialhub.lib.errors import Conflict, Invalid
from teams.http import answer_conflict, may, signed_in
from teams.once import make_once
from triage.forms.incidents import IncidentEditor
from triage.services.decisions.rule_preview import preview_condition
from triage.showing import incidents as showing

MOST_ENDED = 50


@may("policy.view")
@require_safe
def incidents(request: HttpRequest) -> HttpResponse:
    """List the incidents: those that are open, and those that ended last."""
    showing.forget()
    context = {
        "standing": showing.open_now(),
        "ended": showing.ended(most=MOST_ENDED),
        "can_declare": signed_in(request).rights.may_somewhere("incident.declare"),
    }
    return render(request, "triage/incidents.html", context)


@may("incident.declare")
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """Declare an incident."""
    if request.method != "POST":
        return _form(request, None, IncidentEditor.of(None))
    if request.POST.get("act"):
        return _form(request, None, IncidentEditor.acted(request.POST))
    editor = IncidentEditor.saved(None, request.POST)
    said = editor.said(request.POST)
    if said is None:
        return _form(request, None, editor, status=422)
    try:
        made = make_once(request, lambda: services.declare(said=said, actor=signed_in(request), at=timezone.now()).pk)
    except Invalid as refusal:
        editor.refuse_field(refusal)
        return _form(request, None, editor, status=422)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:incidents"))
    showing.forget()
    messages.success(request, _("The incident is declared. Its rules hold from now on."))
    return redirect("triage:incident", made)


@may("policy.view")
@require_safe
def incident(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Show one incident: what belongs to it, and what may be said meanwhile."""
    user = signed_in(request)
    found = get_object_or_404(showing.read(), pk=incident_id)
    context = {
        "incident": showing.shown(found),
        "belongs": showing.belongs_text(found),
        "found": showing.found(found, user),
        "can_change": found.is_open and user.rights.may_somewhere("incident.declare"),
    }
    return render(request, "triage/incident.html", context)


@may("incident.declare")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Change an incident while it is open; of two people the second sees what the first wrote."""
    found = get_object_or_404(Incident, pk=incident_id)
    if request.method != "POST":
        if not found.is_open:
            return redirect("triage:incident", found.pk)
        return _form(request, found, IncidentEditor.of(found))
    if request.POST.get("act"):
        return _form(request, found, IncidentEditor.acted(request.POST))
    editor = IncidentEditor.saved(found, request.POST)
    said = editor.said(request.POST)
    if said is None:
        return _form(request, found, editor, status=422)
    return _change(request, found, editor, said)


@may("incident.declare")
@require_POST
def end(request: HttpRequest, incident_id: int) -> HttpResponse:
    """End an incident."""
    found = get_object_or_404(Incident, pk=incident_id)
    try:
        services.end(incident_id=found.pk, actor=signed_in(request), at=timezone.now())
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:incident", args=[found.pk]))
    showing.forget()
    messages.success(request, _("The incident has ended. Its rules hold no more."))
    return redirect("triage:incident", found.pk)


@may("policy.view")
@never_cache
@require_safe
def progress(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Show how far the search for what belongs to an incident has come."""
    found = get_object_or_404(Incident, pk=incident_id)
    context = {"incident": showing.shown(found), "found": showing.found(found, signed_in(request))}
    return render(request, "triage/_incident_found.html", context)


@may("incident.declare")
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Try what is entered on what was heard lately; a part of the form, or a page of its own."""
    editor = IncidentEditor.acted(request.POST)
    condition = editor.belonging(request.POST)
    about = _("What would belong to the incident, as it was entered. Nothing is saved.")
    page: dict[str, object] = {"about": about, "problems": editor.problems()}
    if condition is not None:
        read = read_belonging(condition)
        found = preview_condition(read, lists={}, viewer=signed_in(request))
        examples = [(one.conversation, one.said, words_for_evidence(one.evidence)) for one in found.examples]
        page |= {"sentence": words_for_condition(read, {}), "found": found, "examples": examples}
        page |= {"troubles" if found.is_nearly_all_open else "notes": [showing.of_open(found)]}
    is_part = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, "triage/_rule_preview.html" if is_part else "triage/rule_preview.html", page)


def _change(request: HttpRequest, found: Incident, editor: IncidentEditor, said: Said) -> HttpResponse:
    seen = editor.head.cleaned_data["seen"] or 0
    try:
        services.change(incident_id=found.pk, said=said, seen=seen, actor=signed_in(request), at=timezone.now())
    except Invalid as refusal:
        editor.refuse_field(refusal)
        return _form(request, found, editor, status=422)
    except IncidentChanged as conflict:
        now = Incident.objects.get(pk=found.pk)
        editor.anew(now)
        return _form(request, now, editor, status=409, conflict=conflict)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:incident", args=[found.pk]))
    showing.forget()
    messages.success(request, _("The incident is changed. What is open is looked through again."))
    return redirect("triage:incident", found.pk)


def _form(
    request: HttpRequest,
    incident: Incident | None,
    editor: IncidentEditor,
    *,
    status: int = 200,
    conflict: Conflict | None = None,
) -> HttpResponse:
    context = {
        "incident": incident,
        "editor": editor,
        "form": editor.head,
        "root": editor.shown(),
        "conflict": conflict,
        "now": showing.shown(incident) if incident is not None and conflict is not None else None,
    }
    return render(request, "triage/incident_form.html", context, status=status)
