"""The rules of the draft, one at a time."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from policies import sentences, troubles, wording
from policies.access import get_clause_for, get_rule_for
from policies.clause_forms import MoveForm
from policies.editing.editor import RuleEditor
from policies.editing.shown import shown
from policies.models import Clause, PolicyVersion, Rule
from policies.services import clauses
from policies.services.drafting import ChangedMeanwhile
from policies.views.clauses import to_draft, to_version
from policies.views.trail import draft_trail
from socialhub.lib.errors import Conflict
from teams.http import answer_conflict, may, signed_in


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def add_rule(request: HttpRequest, clause_id: int) -> HttpResponse:
    """Write a new rule for a clause."""
    clause = get_clause_for(signed_in(request), clause_id)
    if request.method != "POST":
        if clause.version.state != PolicyVersion.State.DRAFT:
            return to_version(clause)
        return _page(request, clause, RuleEditor.of(None))
    if request.POST.get("act"):
        return _page(request, clause, RuleEditor.acted(None, request.POST))
    editor = RuleEditor.saved(None, request.POST)
    if editor.written is None:
        return _page(request, clause, editor, status=422)
    try:
        clauses.add_rule(
            clause_id=clause.pk, version_id=clause.version_id, rule=editor.written, key=editor.head.cleaned_data["key"]
        )
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    return to_draft(clause.label)


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Write a rule anew; of two editors the second sees what the first wrote."""
    found = get_rule_for(signed_in(request), rule_id)
    clause = found.clause
    if request.method != "POST":
        if clause.version.state != PolicyVersion.State.DRAFT:
            return to_version(clause)
        return _page(request, clause, RuleEditor.of(found))
    if request.POST.get("act"):
        return _page(request, clause, RuleEditor.acted(found, request.POST))
    editor = RuleEditor.saved(found, request.POST)
    if editor.written is None:
        return _page(request, clause, editor, status=422)
    seen = editor.head.cleaned_data["seen"]
    try:
        clauses.change_rule(rule_id=found.pk, version_id=clause.version_id, rule=editor.written, seen=seen)
    except ChangedMeanwhile as conflict:
        current = Rule.objects.get(pk=found.pk)
        editor.anew(clauses.fingerprint_of_rule(current))
        theirs = sentences.sentence_of_rule(current, wording.department_names())
        return _page(request, clause, editor, status=409, conflict=conflict, theirs=theirs)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    return to_draft(clause.label)


@may("policy.edit")
@require_POST
def move_rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Move a rule one place up or down within its clause."""
    found = get_rule_for(signed_in(request), rule_id)
    form = MoveForm(request.POST)
    if form.is_valid() and form.cleaned_data["direction"] in ("up", "down"):
        by = -1 if form.cleaned_data["direction"] == "up" else 1
        try:
            clauses.move_rule(rule_id=found.pk, version_id=found.clause.version_id, by=by)
        except Conflict as conflict:
            return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    return to_draft(found.clause.label)


@may("policy.edit")
@require_POST
def delete_rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Delete a rule."""
    found = get_rule_for(signed_in(request), rule_id)
    try:
        clauses.delete_rule(rule_id=found.pk, version_id=found.clause.version_id)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    return to_draft(found.clause.label)


def _page(request: HttpRequest, clause: Clause, editor: RuleEditor, *, status: int = 200, **more: Any) -> HttpResponse:
    known = {
        "list": dict(clause.version.word_lists.order_by("name").values_list("slug", "name")),
        "department": wording.department_names(),
    }
    clause_page = f"{reverse('policies:draft')}#clause-{clause.label}"
    context = {
        "crumbs": draft_trail(
            editor.rule.name if editor.rule is not None else _("New rule"),
            {"label": _("Clause %(number)s") % {"number": clause.label}, "url": clause_page},
        ),
        "clause": clause,
        "rule": editor.rule,
        "editor": editor,
        "root": shown(editor.root, known, newest=editor.newest),
        # Of what is not saved yet, the part that follows every keystroke tells it.
        "troubles": troubles.troubles_of(clause.version).get(editor.rule.pk, []) if editor.rule is not None else [],
        **more,
    }
    return render(request, "policies/rule.html", context, status=status)
