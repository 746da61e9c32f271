"""What a draft asks of those who attest it: its grace, its pass mark and its questions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from policies import comparing
from policies.access import get_draft_for, get_question_for
from policies.quiz_forms import QuestionForm, TermsForm
from policies.services import quizzes
from policies.services.drafting import ChangedMeanwhile
from policies.views.trail import Crumb, draft_trail
from socialhub.lib.errors import Conflict, Invalid
from teams.http import answer_conflict, may, signed_in
from teams.once import make_once


@may("policy.edit")
@require_safe
def quiz(request: HttpRequest) -> HttpResponse:
    """Show the questions of the draft, and its terms."""
    version = get_draft_for(signed_in(request))
    context = {"version": version, "questions": quizzes.questions_of(version), "crumbs": draft_trail(_("Quiz"))}
    return render(request, "policies/quiz.html", context)


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """Edit the grace and the pass mark of the draft."""
    version = get_draft_for(signed_in(request))
    title = _("How it is attested")
    page = {"title": title, "cancel_url": reverse("policies:quiz"), "crumbs": _trail(title)}
    if request.method != "POST":
        return render(request, "policies/form.html", {**page, "form": TermsForm.of(version)})
    form = TermsForm(request.POST)
    if not form.is_valid():
        return render(request, "policies/form.html", {**page, "form": form}, status=422)
    try:
        quizzes.set_terms(version_id=version.pk, **form.cleaned_data)
    except ChangedMeanwhile as conflict:
        version.refresh_from_db(fields=["grace_days", "pass_mark"])
        fresh = TermsForm(initial={**form.cleaned_data, "seen": quizzes.fingerprint_of_terms(version)})
        differences = [
            comparing.compare_words(str(getattr(version, name)), str(form.cleaned_data[name]))
            for name in ("grace_days", "pass_mark")
        ]
        context = {**page, "form": fresh, "conflict": conflict, "differences": differences}
        return render(request, "policies/form.html", context, status=409)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    return redirect("policies:quiz")


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def add_question(request: HttpRequest) -> HttpResponse:
    """Ask one more question."""
    version = get_draft_for(signed_in(request))
    form = QuestionForm(request.POST or None, version=version, initial={"clause": request.GET.get("clause")})
    title = _("New question")
    page = {"title": title, "cancel_url": reverse("policies:quiz"), "form": form, "crumbs": _trail(title)}
    if request.method != "POST":
        return render(request, "policies/form.html", page)
    if not form.is_valid():
        return render(request, "policies/form.html", page, status=422)
    try:
        clause_id, written = form.cleaned_data["clause"].pk, form.written()
        make_once(
            request,
            lambda: quizzes.add_question(version_id=version.pk, clause_id=clause_id, question=written).pk,
        )
    except Invalid as invalid:
        form.add_error(None, str(invalid))
        return render(request, "policies/form.html", page, status=422)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:quiz"))
    return redirect("policies:quiz")


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, question_id: int) -> HttpResponse:
    """Write a question anew; of two editors the second sees what the first wrote."""
    found = get_question_for(signed_in(request), question_id)
    version = found.clause.version
    page = {
        "title": _("Question"),
        "cancel_url": reverse("policies:quiz"),
        "delete_url": reverse("policies:delete_question", args=[found.pk]),
        "delete_label": _("Delete this question"),
        "delete_text": _("Versions that were in force keep it."),
        "crumbs": _trail(_("Question")),
    }
    if request.method != "POST":
        form = QuestionForm(version=version, initial=QuestionForm.filled(found))
        return render(request, "policies/form.html", {**page, "form": form})
    form = QuestionForm(request.POST, version=version)
    if not form.is_valid():
        return render(request, "policies/form.html", {**page, "form": form}, status=422)
    given = form.cleaned_data
    try:
        quizzes.change_question(
            version_id=version.pk,
            question_id=found.pk,
            clause_id=given["clause"].pk,
            question=form.written(),
            seen=given["seen"],
        )
    except ChangedMeanwhile as conflict:
        found.refresh_from_db()
        fresh = QuestionForm(
            version=version,
            initial={**given, "clause": given["clause"].pk, "seen": quizzes.fingerprint_of_question(found)},
        )
        differences = [
            comparing.compare_words(found.text, given["text"]),
            comparing.compare_words("\n".join(found.answers), "\n".join(given["answers"])),
        ]
        context = {**page, "form": fresh, "conflict": conflict, "differences": differences}
        return render(request, "policies/form.html", context, status=409)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:quiz"))
    return redirect("policies:quiz")


@may("policy.edit")
@require_POST
def delete_question(request: HttpRequest, question_id: int) -> HttpResponse:
    """Take a question out of the quiz."""
    found = get_question_for(signed_in(request), question_id)
    try:
        quizzes.delete_question(version_id=found.clause.version_id, question_id=found.pk)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:quiz"))
    return redirect("policies:quiz")


def _trail(here: str) -> list[Crumb]:
    return draft_trail(here, {"label": _("Quiz"), "url": reverse("policies:quiz")})
