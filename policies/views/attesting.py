"""A person's word that they have read the policy."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from policies.models import PolicyVersion
from policies.quiz_forms import QuizForm
from policies.services import attesting, quizzes
from teams.http import answer_conflict, may, signed_in


@may("policy.view")
@require_http_methods(["GET", "HEAD", "POST"])
def attest(request: HttpRequest) -> HttpResponse:
    """Ask the questions of the version in force, and record who has read it and passes."""
    user = signed_in(request)
    version = PolicyVersion.objects.in_force().first()
    if version is None or version.attestations.filter(user=user).exists():
        return redirect("policies:in_force")
    questions = list(quizzes.questions_of(version))
    page = {"version": version}
    if request.method != "POST":
        form = QuizForm(questions=questions, initial={"version": version.pk})
        return render(request, "policies/attest.html", {**page, "form": form})
    form = QuizForm(request.POST, questions=questions)
    if not form.is_valid():
        if "version" in form.errors:
            return redirect("policies:in_force")
        if form.cleaned_data["version"] == version.pk:
            return render(request, "policies/attest.html", {**page, "form": form}, status=422)
    read = form.cleaned_data["version"]
    try:
        chosen = form.chosen() if form.is_valid() else {}
        attesting.attest(user=user, version_id=read, at=timezone.now(), answers=chosen)
    except attesting.NotInForce as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:in_force"))
    except attesting.QuizNotPassed as refusal:
        context = {**page, "form": form, "refusal": refusal, "wrong": refusal.result.wrong}
        return render(request, "policies/attest.html", context, status=422)
    return redirect("policies:in_force")
