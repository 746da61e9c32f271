"""A version before its reviewers: who is asked, what they say, and comments on its clauses."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from policies import comparing
from policies.access import get_draft_for, get_managed_for, get_reviewed_for
from policies.life_forms import CommentForm, ReviewerForm, VerdictForm
from policies.models import Comment, PolicyVersion, Review
from policies.models.version import EDITED
from policies.rendering import render_text
from policies.services import commenting, documents, reviewing, trials
from policies.views.reading import clauses_of, steps_of
from socialhub.lib.errors import Conflict, Forbidden, Invalid
from teams.http import answer_conflict, may, signed_in
from teams.models import User
from teams.once import make_once
from teams.services import notifications

State = PolicyVersion.State


@may("policy.view")
@require_safe
def review(request: HttpRequest, number: int) -> HttpResponse:
    """Show a version to those who review it: what changed, what was said, and what can be done."""
    user = signed_in(request)
    version = get_reviewed_for(user, number)
    if version.state == State.DRAFT:
        return redirect("policies:draft")
    notifications.mark_read(user=user, at=timezone.now(), path=request.path)
    return render(request, "policies/review.html", page_of(version, user))


@may("policy.edit")
@require_POST
def add_reviewer(request: HttpRequest, number: int) -> HttpResponse:
    """Name a reviewer."""
    version = get_managed_for(signed_in(request), number, action="policy.edit")
    form = ReviewerForm(request.POST, version=version)
    if not form.is_valid():
        messages.error(request, _("Choose somebody who is not named yet and did not begin the draft."))
        return _back(version)
    given = form.cleaned_data
    return _done(
        request,
        version,
        lambda: reviewing.name_reviewer(
            version_id=version.pk,
            person_id=given["person"].pk,
            department_id=given["department"],
            at=timezone.now(),
        ),
    )


@may("policy.edit")
@require_POST
def remove_reviewer(request: HttpRequest, number: int, review_id: int) -> HttpResponse:
    """Ask a reviewer no longer."""
    user = signed_in(request)
    version = get_managed_for(user, number, action="policy.edit")
    return _done(
        request,
        version,
        lambda: reviewing.remove_reviewer(version_id=version.pk, review_id=review_id, editor=user, at=timezone.now()),
    )


@may("policy.edit")
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Put the draft before its reviewers."""
    user = signed_in(request)
    version = get_draft_for(user)
    return _done(
        request,
        version,
        lambda: reviewing.send_to_review(version_id=version.pk, editor=user, at=timezone.now()),
        _("The reviewers are told. The text stands still until they have spoken."),
    )


@may("policy.edit")
@require_POST
def pull_back(request: HttpRequest, number: int) -> HttpResponse:
    """Make a version in review a draft again."""
    user = signed_in(request)
    version = get_managed_for(user, number, action="policy.edit")
    return _done(
        request,
        version,
        lambda: reviewing.pull_back(version_id=version.pk, editor=user, at=timezone.now()),
        _("It is a draft again. What the reviewers said is void, and they are asked anew when you send it."),
    )


@may("policy.view")
@require_POST
def say(request: HttpRequest, number: int) -> HttpResponse:
    """Give a reviewer's word."""
    user = signed_in(request)
    version = get_reviewed_for(user, number)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return render(request, "policies/review.html", {**page_of(version, user), "verdict": form}, status=422)
    try:
        reviewing.say(version_id=version.pk, reviewer=user, at=timezone.now(), **form.cleaned_data)
    except Forbidden as refusal:
        messages.error(request, str(refusal))
        return redirect("policies:review", number=version.number)
    except Invalid as refusal:
        form.add_error(refusal.field, str(refusal))
        return render(request, "policies/review.html", {**page_of(version, user), "verdict": form}, status=422)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:version", args=[version.number]))
    messages.success(request, _("Your word is recorded, and the author is told."))
    return redirect("policies:review", number=version.number)


@may("policy.view")
@require_POST
def comment(request: HttpRequest, number: int) -> HttpResponse:
    """Write a comment on a clause, or answer one."""
    user = signed_in(request)
    version = get_reviewed_for(user, number)
    form = CommentForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write something of at most %(count)d characters.") % {"count": commenting.LONGEST})
        return _back(version)
    given = form.cleaned_data
    return _done(
        request,
        version,
        lambda: make_once(
            request,
            lambda: (
                commenting.comment(
                    version_id=version.pk,
                    clause_key=given["clause"],
                    answers_id=given["answers"],
                    author=user,
                    body=given["body"],
                    at=timezone.now(),
                ).pk
            ),
        ),
        anchor=f"comments-{given['clause']}",
    )


@may("policy.view")
@require_POST
def resolve(request: HttpRequest, number: int, comment_id: int) -> HttpResponse:
    """Say that a comment is settled, or that it is not."""
    user = signed_in(request)
    version = get_reviewed_for(user, number)
    found = version.comments.filter(pk=comment_id).first()

    def act() -> None:
        if request.POST.get("reopen"):
            commenting.reopen(version_id=version.pk, comment_id=comment_id)
        else:
            commenting.resolve(version_id=version.pk, comment_id=comment_id, person=user, at=timezone.now())

    return _done(request, version, act, anchor=f"comments-{found.clause_key}" if found else "")


def page_of(version: PolicyVersion, user: User) -> dict[str, Any]:
    """Return what the page of a version in review shows."""
    former = PolicyVersion.objects.former_of(version)
    comparison = comparing.compare_versions(former, version) if former else None
    changes = comparison.by_key() if comparison else {}
    threads = threads_by_clause(version)
    mine = next((review for review in reviewing.current(version) if review.reviewer_id == user.pk), None)
    verdict = None
    if mine is not None and version.state == State.IN_REVIEW:
        said = {} if mine.verdict == Review.Verdict.WAITING else {"verdict": mine.verdict, "note": mine.note}
        verdict = VerdictForm(initial={**said, "seen": documents.fingerprint_of_text(version)})
    return {
        "version": version,
        "former": former,
        "summary": render_text(version.summary),
        "comparison": comparison,
        "clauses": [
            {**row, "change": changes.get(row["clause"].key), "threads": threads.pop(row["clause"].key, [])}
            for row in clauses_of(version)
        ],
        "removed": [change for change in comparison.clauses if change.change == "removed"] if comparison else [],
        "lost_threads": [thread for listed in threads.values() for thread in listed],
        "verdict": verdict,
        "mine": mine,
        **reviewers_of(version),
        "was_tried": trials.was_tried(version),
        "can_edit": user.rights.may("policy.edit"),
        "can_publish": user.rights.may("policy.publish"),
        "may_comment": version.state in EDITED,
        "steps": steps_of(version),
    }


def reviewers_of(version: PolicyVersion) -> dict[str, Any]:
    """Return who is asked, who should be, and the form to add somebody."""
    is_open = version.state in EDITED
    return {
        "reviews": reviewing.current(version),
        "former_reviews": version.reviews.exclude(voided_at=None).select_related("reviewer").order_by("pk"),
        "proposals": reviewing.proposed_reviewers(version) if is_open else [],
        "reviewer_form": ReviewerForm(version=version) if is_open else None,
    }


def threads_by_clause(version: PolicyVersion) -> dict[UUID, list[dict[str, Any]]]:
    """Return the comments of a version with their answers, by clause, the oldest first."""
    comments = version.comments.select_related("author", "resolved_by").order_by("pk")
    threads: dict[int, dict[str, Any]] = {}
    by_clause: dict[UUID, list[dict[str, Any]]] = {}
    answers: list[Comment] = []
    for found in comments:
        if found.answers_id is not None:
            answers.append(found)
            continue
        threads[found.pk] = {"comment": found, "answers": []}
        by_clause.setdefault(found.clause_key, []).append(threads[found.pk])
    for found in answers:
        threads[found.answers_id or 0]["answers"].append(found)
    return by_clause


def _done(request: HttpRequest, version: PolicyVersion, act: Any, told: str = "", *, anchor: str = "") -> HttpResponse:
    try:
        act()
    except Invalid as refusal:
        messages.error(request, str(refusal))
        return _back(version, anchor)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:version", args=[version.number]))
    if told:
        messages.success(request, told)
    version.refresh_from_db(fields=["state"])
    return _back(version, anchor)


def _back(version: PolicyVersion, anchor: str = "") -> HttpResponse:
    is_draft = version.state == State.DRAFT
    page = reverse("policies:draft") if is_draft else reverse("policies:review", args=[version.number])
    return redirect(f"{page}#{anchor}" if anchor else page)
