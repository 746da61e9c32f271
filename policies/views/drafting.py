"""The draft: begun, described, given targets or discarded."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from policies import comparing, troubles, wording
from policies.access import get_draft_for
from policies.forms import DescriptionForm
from policies.models import PolicyVersion
from policies.rendering import render_text
from policies.services import drafting, publishing, quizzes, trials
from policies.services import targets as target_services
from policies.target_forms import TargetsForm
from policies.views.reading import clauses_of, steps_of
from policies.views.reviewing import reviewers_of, threads_by_clause
from policies.views.trail import draft_trail
from teams.http import answer_conflict, may, signed_in
from teams.services import notifications


@may("policy.edit")
@require_safe
def draft(request: HttpRequest) -> HttpResponse:
    """Show the draft with everything that can be done to it, or how one is begun."""
    user = signed_in(request)
    if not PolicyVersion.objects.edited().exists():
        return render(request, "policies/no_draft.html", {"coming": PolicyVersion.objects.coming()})
    version = get_draft_for(user)
    if version.state != PolicyVersion.State.DRAFT:
        return redirect("policies:review", number=version.number)
    # Comments on a draft lead to its review, which is this page until it is sent.
    review_page = reverse("policies:review", args=[version.number])
    notifications.mark_read(user=user, at=timezone.now(), path=review_page)
    former = PolicyVersion.objects.former_of(version)
    comparison = comparing.compare_versions(former, version) if former else None
    changes = comparison.by_key() if comparison else {}
    threads = threads_by_clause(version)
    told = troubles.troubles_of(version)
    rows = [
        {
            **row,
            "troubles": _troubles(row, told),
            "change": changes.get(row["clause"].key),
            "threads": threads.pop(row["clause"].key, []),
        }
        for row in clauses_of(version)
    ]
    context = {
        "version": version,
        "former": former,
        "summary": render_text(version.summary),
        "clauses": rows,
        "removed": [change for change in comparison.clauses if change.change == "removed"] if comparison else [],
        "lost_threads": [thread for listed in threads.values() for thread in listed],
        "targets": wording.words_for_targets(version),
        **reviewers_of(version),
        "question_count": quizzes.questions_of(version).count(),
        "was_tried": trials.was_tried(version),
        "steps": steps_of(version),
    }
    return render(request, "policies/draft.html", context)


@may("policy.edit")
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Begin a draft."""
    try:
        drafting.start_draft(editor=signed_in(request), at=timezone.now())
    except drafting.DraftExists as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:draft"))
    return redirect("policies:draft")


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def describe(request: HttpRequest) -> HttpResponse:
    """Edit the draft's title and summary."""
    version = get_draft_for(signed_in(request))
    title = _("Title and summary")
    page = {"title": title, "cancel_url": reverse("policies:draft"), "crumbs": draft_trail(title)}
    if request.method != "POST":
        return render(request, "policies/form.html", {**page, "form": DescriptionForm.of(version)})
    form = DescriptionForm(request.POST)
    if not form.is_valid():
        return render(request, "policies/form.html", {**page, "form": form}, status=422)
    given = form.cleaned_data
    try:
        drafting.describe_draft(version_id=version.pk, **given)
    except drafting.ChangedMeanwhile as conflict:
        version.refresh_from_db(fields=["title", "summary"])
        fresh = DescriptionForm(initial={**given, "seen": drafting.fingerprint_of_description(version)})
        differences = [
            comparing.compare_words(version.title, given["title"]),
            comparing.compare_words(version.summary, given["summary"]),
        ]
        context = {**page, "form": fresh, "conflict": conflict, "differences": differences}
        return render(request, "policies/form.html", context, status=409)
    except publishing.NotADraft as conflict:
        texts = {"title": given["title"], "body": given["summary"]}
        return render(request, "policies/lost_clause.html", {"conflict": conflict, **texts}, status=409)
    return redirect("policies:draft")


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def targets(request: HttpRequest) -> HttpResponse:
    """Edit the minutes that the draft allows."""
    version = get_draft_for(signed_in(request))
    page: dict[str, Any] = {"crumbs": draft_trail(_("Time allowed"))}
    if request.method != "POST":
        return render(request, "policies/targets.html", {**page, "form": TargetsForm.of(version)})
    form = TargetsForm(request.POST)
    if not form.is_valid():
        return render(request, "policies/targets.html", {**page, "form": form}, status=422)
    try:
        target_services.set_targets(
            version_id=version.pk,
            targets=form.targets,
            passes_over_thanks=form.cleaned_data["passes_over_thanks"],
            checked_share=form.cleaned_data["checked_share"],
            seen=form.cleaned_data["seen"],
        )
    except drafting.ChangedMeanwhile as conflict:
        theirs = wording.words_for_targets(version)
        fresh = TargetsForm(initial={**form.cleaned_data, "seen": target_services.fingerprint_of_targets(version)})
        context = {**page, "form": fresh, "conflict": conflict, "theirs": theirs}
        return render(request, "policies/targets.html", context, status=409)
    except publishing.NotADraft as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    return redirect("policies:draft")


@may("policy.edit")
@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Throw the draft away."""
    user = signed_in(request)
    version = get_draft_for(user)
    try:
        drafting.discard_draft(version_id=version.pk, editor=user, at=timezone.now())
    except publishing.NotADraft as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    messages.success(request, _("The draft of version %(number)s was discarded.") % {"number": version.number})
    return redirect("policies:versions")


def _troubles(row: dict[str, Any], told: Mapping[int, list[str]]) -> list[tuple[str, str]]:
    rules = [entry[0] for entry in row["rules"]]
    return [(rule.name, trouble) for rule in rules for trouble in told.get(rule.pk, [])]
