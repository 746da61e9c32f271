"""The clauses of the draft, one at a time."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from policies import comparing
from policies.access import get_clause_for, get_draft_for
from policies.clause_forms import ClauseForm, MoveForm, NewClauseForm
from policies.models import Clause, PolicyVersion
from policies.services import clauses
from policies.services.drafting import ChangedMeanwhile
from policies.views.trail import draft_trail
from socialhub.lib.errors import Conflict
from teams.http import answer_conflict, may, signed_in


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def add_clause(request: HttpRequest) -> HttpResponse:
    """Write a new clause, at the end."""
    version = get_draft_for(signed_in(request))
    form = NewClauseForm(request.POST or None, version=version)
    title = _("New clause")
    page = {"title": title, "cancel_url": reverse("policies:draft"), "form": form, "crumbs": draft_trail(title)}
    if request.method != "POST":
        return render(request, "policies/form.html", page)
    if not form.is_valid():
        return render(request, "policies/form.html", page, status=422)
    try:
        given = {**form.cleaned_data, "level": form.cleaned_data["level"] or 1}
        clause = clauses.add_clause(version_id=version.pk, **given)
    except Conflict as conflict:
        return _lost(request, conflict)
    return to_draft(clause.label)


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def clause(request: HttpRequest, clause_id: int) -> HttpResponse:
    """Write a clause anew; of two editors the second sees both texts."""
    try:
        found = get_clause_for(signed_in(request), clause_id)
    except Http404:
        if request.method != "POST":
            raise
        # What was typed must not go down with the clause.
        return _lost(request, clauses.Gone(_("Somebody else deleted this clause a moment ago.")))
    title = _("Clause %(number)s") % {"number": found.label}
    page = {
        "title": title,
        "crumbs": draft_trail(title),
        "cancel_url": reverse("policies:draft"),
        "delete_url": reverse("policies:delete_clause", args=[found.pk]),
        "delete_label": _("Delete this clause"),
    }
    if request.method != "POST":
        if found.version.state != PolicyVersion.State.DRAFT:
            return to_version(found)
        return render(request, "policies/form.html", {**page, "form": ClauseForm.of(found)})
    form = ClauseForm(request.POST)
    if not form.is_valid():
        return render(request, "policies/form.html", {**page, "form": form}, status=422)
    given = form.cleaned_data
    try:
        clauses.change_clause(clause_id=found.pk, version_id=found.version_id, **given)
    except ChangedMeanwhile as conflict:
        found.refresh_from_db(fields=["title", "body", "may_decide", "is_substantial"])
        fresh = ClauseForm(initial={**given, "seen": clauses.fingerprint_of_clause(found)})
        differences = [
            comparing.compare_words(found.title, given["title"]),
            comparing.compare_words(found.body, given["body"]),
        ]
        context = {**page, "form": fresh, "conflict": conflict, "differences": differences}
        return render(request, "policies/form.html", context, status=409)
    except Conflict as conflict:
        return _lost(request, conflict)
    return to_draft(found.label)


@may("policy.edit")
@require_POST
def move_clause(request: HttpRequest, clause_id: int) -> HttpResponse:
    """Move a clause one place up or down, or to the other level."""
    found = get_clause_for(signed_in(request), clause_id)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return redirect("policies:draft")
    direction = form.cleaned_data["direction"]
    named = {"clause_id": found.pk, "version_id": found.version_id}
    try:
        if direction in ("in", "out"):
            clauses.set_level(**named, level=2 if direction == "in" else 1)
        else:
            clauses.move_clause(**named, by=-1 if direction == "up" else 1)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    found.refresh_from_db(fields=["label"])
    return to_draft(found.label)


@may("policy.edit")
@require_POST
def delete_clause(request: HttpRequest, clause_id: int) -> HttpResponse:
    """Delete a clause and its rules."""
    found = get_clause_for(signed_in(request), clause_id)
    try:
        clauses.delete_clause(clause_id=found.pk, version_id=found.version_id)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    return redirect("policies:draft")


def _lost(request: HttpRequest, conflict: Conflict) -> HttpResponse:
    texts = {"title": request.POST.get("title", ""), "body": request.POST.get("body", "")}
    return render(request, "policies/lost_clause.html", {"conflict": conflict, **texts}, status=409)


def to_draft(label: str) -> HttpResponseRedirect:
    """Go to a clause of the draft."""
    return redirect(f"{reverse('policies:draft')}#clause-{label}")


def to_version(clause: Clause) -> HttpResponseRedirect:
    """Go to a clause of a version that nobody writes on any more."""
    return redirect(f"{reverse('policies:version', args=[clause.version.number])}#clause-{clause.label}")
