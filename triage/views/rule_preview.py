"""What a rule would find, while somebody writes it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from policies import troubles, wording
from policies.access import get_clause_for, get_rule_for
from policies.editing.editor import RuleEditor
from policies.engine.conditions import read_condition, terms_in
from policies.engine.terms import TERMS
from policies.sentences import words_for_condition, words_for_evidence
from teams.http import may, signed_in
from triage.services.decisions.rule_preview import preview_condition


@may("policy.edit")
@require_POST
def preview_rule(request: HttpRequest, clause_id: int) -> HttpResponse:
    """Try what is entered on what was heard lately; a part of the editor's page, or a page of its own."""
    user = signed_in(request)
    clause = get_clause_for(user, clause_id)
    asked = request.GET.get("rule", "")
    rule = get_rule_for(user, int(asked)) if asked.isdecimal() and len(asked) < 19 else None
    editor = RuleEditor.saved(rule, request.POST)
    template = "triage/_rule_preview.html" if _is_part(request) else "triage/rule_preview.html"
    about = _("A rule of clause %(number)s, %(title)s, as it was entered. Nothing is saved.")
    told = {"number": clause.label, "title": clause.title}
    page: dict[str, object] = {"about": about % told, "problems": editor.problems()}
    if editor.condition is None:
        return render(request, template, page)
    condition = read_condition(editor.condition)
    names = wording.department_names()
    page["sentence"] = words_for_condition(condition, names)
    if editor.written is not None:
        page["troubles"] = troubles.troubles_with(clause, editor.written, rule_id=rule.pk if rule else None)
    page["needs_answer"] = any(TERMS[term.name].is_about_answer for term in terms_in(condition))
    if not page["needs_answer"]:
        lists = dict(clause.version.word_lists.values_list("slug", "words"))
        found = preview_condition(condition, lists=lists, viewer=user)
        page["found"] = found
        page["examples"] = [
            (example.conversation, example.said, words_for_evidence(example.evidence, names))
            for example in found.examples
        ]
    return render(request, template, page)


def _is_part(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]
