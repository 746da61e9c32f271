"""The guide of the draft: all of it, one question at a time, and what the machine looks at for an answer."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from policies import checking, wording
from policies.access import get_draft_for
from policies.clause_forms import MoveForm
from policies.editing.condition import ConditionEditor, posted_condition
from policies.editing.question import QuestionEditor
from policies.editing.shown import shown
from policies.editing.tree import Group, tree_of
from policies.engine.conditions import InvalidAt, read_condition
from policies.engine.guide import MOST_QUESTIONS, read_guide
from policies.guide_words import ShownGuide, shown_guide
from policies.models import PolicyVersion
from policies.parts.guide import Question
from policies.sentences import words_for_condition
from policies.services import guide_writing
from policies.services.drafting import ChangedMeanwhile
from policies.services.guide_writing import fingerprint_of_question, question_in
from policies.views.trail import Crumb, draft_trail
from socialhub.lib.errors import Conflict, Invalid
from teams.http import answer_conflict, may, signed_in
from teams.models import Department
from teams.once import make_once


@may("policy.edit")
@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """Show the guide of the draft, and which paths lead through it."""
    version = get_draft_for(signed_in(request))
    if version.state != PolicyVersion.State.DRAFT:
        return _to_version(version)
    told = guide_of(version)
    troubles = _troubles(version)
    context = {
        "version": version,
        "guide": told,
        "rows": [(question, troubles.get(question.key, [])) for question in told.questions],
        "may_add": len(told.questions) < MOST_QUESTIONS,
        "crumbs": draft_trail(_("Guide")),
    }
    return render(request, "policies/guide.html", context)


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def add_question(request: HttpRequest) -> HttpResponse:
    """Write a new question."""
    version = get_draft_for(signed_in(request))
    if request.method != "POST":
        if version.state != PolicyVersion.State.DRAFT:
            return _to_version(version)
        return _page(request, version, None, QuestionEditor.of(version, None))
    if request.POST.get("act"):
        return _page(request, version, None, QuestionEditor.acted(version, None, request.POST))
    editor = QuestionEditor.saved(version, None, request.POST)
    written = editor.written
    if written is None:
        return _page(request, version, None, editor, status=422)
    try:
        key = make_once(request, lambda: guide_writing.add_question(version_id=version.pk, question=written))
    except InvalidAt as refusal:
        editor.refuse(refusal)
        return _page(request, version, None, editor, status=422)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    return _to_question(key)


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, key: str) -> HttpResponse:
    """Write a question anew; of two editors the second sees what the first wrote."""
    version = get_draft_for(signed_in(request))
    found = _found(version, key)
    if request.method != "POST":
        if version.state != PolicyVersion.State.DRAFT:
            return _to_version(version)
        return _page(request, version, found, QuestionEditor.of(version, found))
    if request.POST.get("act"):
        return _page(request, version, found, QuestionEditor.acted(version, found, request.POST))
    editor = QuestionEditor.saved(version, found, request.POST)
    if editor.written is None:
        return _page(request, version, found, editor, status=422)
    seen = editor.head.cleaned_data["seen"]
    try:
        guide_writing.change_question(version_id=version.pk, key=key, question=editor.written, seen=seen)
    except InvalidAt as refusal:
        editor.refuse(refusal)
        return _page(request, version, found, editor, status=422)
    except ChangedMeanwhile as conflict:
        version.refresh_from_db(fields=["guide"])
        found = _found(version, key)
        editor.anew(version, fingerprint_of_question(found))
        theirs = next(one for one in guide_of(version).questions if one.key == key)
        return _page(request, version, found, editor, status=409, conflict=conflict, theirs=theirs)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    return _to_question(key)


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def condition(request: HttpRequest, key: str, answer: str) -> HttpResponse:
    """Say when the machine gives an answer by itself."""
    version = get_draft_for(signed_in(request))
    found = _found(version, key)
    row = next((one for one in found["answers"] if one["key"] == answer), None)
    if row is None:
        raise Http404
    page: dict[str, Any] = {"version": version, "question": found, "answer": row}
    before = row.get("when")
    if request.method != "POST":
        if version.state != PolicyVersion.State.DRAFT:
            return _to_version(version)
        editor = ConditionEditor(tree_of(before) if before else Group("all", [], "1"))
        return _condition_page(request, {**page, "seen": fingerprint_of_question(found)}, editor)
    page["seen"] = request.POST.get("seen", "")
    editor = posted_condition(request.POST)
    act = request.POST.get("act", "")
    if act and act != "never":
        editor.act(request.POST)
        return _condition_page(request, page, editor)
    written = None if act == "never" else editor.take(request.POST, before)
    if written is None and act != "never":
        return _condition_page(request, page, editor, status=422)
    try:
        guide_writing.change_condition(
            version_id=version.pk, key=key, answer=answer, condition=written, seen=page["seen"]
        )
    except InvalidAt as refusal:
        editor.refuse(refusal.bare)
        return _condition_page(request, page, editor, status=422)
    except ChangedMeanwhile as conflict:
        version.refresh_from_db(fields=["guide"])
        current = _found(version, key)
        theirs = next((one.get("when") for one in current["answers"] if one["key"] == answer), None)
        page |= {"seen": fingerprint_of_question(current), "conflict": conflict, "theirs": _told(theirs)}
        return _condition_page(request, page, editor, status=409)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    return _to_question(key)


@may("policy.edit")
@require_POST
def move_question(request: HttpRequest, key: str) -> HttpResponse:
    """Move a question one place up or down."""
    version = get_draft_for(signed_in(request))
    form = MoveForm(request.POST)
    if form.is_valid() and form.cleaned_data["direction"] in ("up", "down"):
        by = -1 if form.cleaned_data["direction"] == "up" else 1
        try:
            guide_writing.move_question(version_id=version.pk, key=key, by=by)
        except Conflict as conflict:
            return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    return _to_question(key)


@may("policy.edit")
@require_POST
def delete_question(request: HttpRequest, key: str) -> HttpResponse:
    """Take a question out of the guide."""
    version = get_draft_for(signed_in(request))
    try:
        guide_writing.delete_question(version_id=version.pk, key=key)
    except guide_writing.QuestionLedTo as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:guide"))
    except guide_writing.QuestionGone:
        # What two people wanted has happened.
        return redirect("policies:guide")
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    return redirect("policies:guide")


def guide_of(version: PolicyVersion) -> ShownGuide:
    """Return the guide of a version as pages show it."""
    if not version.guide:
        return ShownGuide()
    clauses = {str(key): (label, title) for key, label, title in version.clauses.values_list("key", "label", "title")}
    return shown_guide(version.guide, clauses=clauses, departments=wording.department_names())


def _found(version: PolicyVersion, key: str) -> Question:
    found = question_in(version, key)
    if found is None:
        raise Http404
    return found


def _troubles(version: PolicyVersion) -> dict[str, list[str]]:
    try:
        questions = read_guide(version.guide)
    except Invalid:
        # The page says so.
        return {}
    known = {
        "clauses": {str(key) for key in version.clauses.values_list("key", flat=True)},
        "lists": set(version.word_lists.values_list("slug", flat=True)),
        "departments": set(Department.objects.active().values_list("slug", flat=True)),
    }
    return {one.key: list(checking.troubles_of_question(one, **known)) for one in questions}


def _told(condition: Any) -> str:
    if condition is None:
        return _("A person always answers.")
    return _("Filled in when %(when)s.") % {
        "when": words_for_condition(read_condition(condition), wording.department_names())
    }


def _page(
    request: HttpRequest,
    version: PolicyVersion,
    found: Question | None,
    editor: QuestionEditor,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {"version": version, "question": found, "editor": editor, "crumbs": _trail(_("Question")), **more}
    return render(request, "policies/guide_question.html", context, status=status)


def _condition_page(
    request: HttpRequest, page: dict[str, Any], editor: ConditionEditor, *, status: int = 200
) -> HttpResponse:
    version: PolicyVersion = page["version"]
    known = {
        "list": dict(version.word_lists.order_by("name").values_list("slug", "name")),
        "department": wording.department_names(),
    }
    context = {
        **page,
        "editor": editor,
        "root": shown(editor.root, known, newest=editor.newest),
        # Where what is entered can be tried.
        "clause": version.clauses.order_by("number").first(),
        "crumbs": _trail(_("Answer")),
    }
    return render(request, "policies/guide_condition.html", context, status=status)


def _to_question(key: str) -> HttpResponse:
    return redirect(f"{reverse('policies:guide')}#question-{key}")


def _to_version(version: PolicyVersion) -> HttpResponse:
    return redirect(f"{reverse('policies:version', args=[version.number])}#guide")


def _trail(here: str) -> list[Crumb]:
    return draft_trail(here, {"label": _("Guide"), "url": reverse("policies:guide")})
