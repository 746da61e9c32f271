"""The policy to read: in force, former versions, what changed between two."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from policies import comparing, sentences, wording
from policies.access import get_version_for
from policies.life_forms import ChooseForm
from policies.models import Attestation, PolicyVersion, Review, Waiver
from policies.models.version import EDITED
from policies.parts import PARTS, guide
from policies.rendering import render_text
from policies.services import binding, heeding, quizzes
from policies.views.guide import guide_of
from teams.http import may, signed_in
from teams.models import User

State = PolicyVersion.State
# Names beyond these are counted, not listed.
MOST_NAMES = 200


@may("policy.view")
@require_safe
def in_force(request: HttpRequest) -> HttpResponse:
    """Show the version that binds everybody now."""
    user = signed_in(request)
    version = PolicyVersion.objects.in_force().select_related("published_by").first()
    if version is None:
        context = {
            "can_edit": user.rights.may("policy.edit"),
            "edited": PolicyVersion.objects.edited().first(),
            "coming": PolicyVersion.objects.visible_to(user).coming(),
        }
        return render(request, "policies/none.html", context)
    return render(request, "policies/version.html", page_of(version, user))


@may("policy.view")
@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """List every version, newest first; those before their schedule only for editors and reviewers."""
    user = signed_in(request)
    listed = PolicyVersion.objects.visible_to(user).newest_first().select_related("published_by", "created_by")
    rows = list(listed)
    context = {
        # Each compares with the one before it.
        "rows": list(zip(rows, [*rows[1:], None], strict=True)),
        "can_edit": user.rights.may("policy.edit"),
        "edited": next((version for version in rows if version.state in EDITED), None),
    }
    return render(request, "policies/versions.html", context)


@may("policy.view")
@require_safe
def version(request: HttpRequest, number: int) -> HttpResponse:
    """Show one version as it was."""
    user = signed_in(request)
    return render(request, "policies/version.html", page_of(get_version_for(user, number), user))


@may("policy.view")
@require_safe
def printed(request: HttpRequest, number: int) -> HttpResponse:
    """Show one version as it is printed: with a contents list, who approved it and how many attested it."""
    user = signed_in(request)
    found = get_version_for(user, number)
    # The guide is shown as it is on the page, with what its answers lead to.
    listed = [part for part in PARTS if part.is_open and part.name != guide.PART.name]
    parts = [(part.title, lines) for part in listed if (lines := part.lines(part.take(found)))]
    context = {**page_of(found, user), "parts": parts, "printed_at": timezone.now()}
    return render(request, "policies/print.html", context)


@may("policy.view")
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Lead to the comparison of the two versions that were chosen."""
    form = ChooseForm(request.GET)
    if not form.is_valid():
        return redirect("policies:versions")
    chosen = form.cleaned_data
    return redirect("policies:compare", number=chosen["old"], other=chosen["new"])


@may("policy.view")
@require_safe
def compare(request: HttpRequest, number: int, other: int) -> HttpResponse:
    """Show what changed from one version to another, clause by clause."""
    user = signed_in(request)
    old, new = get_version_for(user, number), get_version_for(user, other)
    context = {
        "old": old,
        "new": new,
        "comparison": comparing.compare_for(user, old, new),
        "choices": PolicyVersion.objects.visible_to(user).newest_first(),
        "crumbs": [
            {"label": _("Policy"), "url": reverse("policies:in_force")},
            {"label": _("Versions"), "url": reverse("policies:versions")},
            {"label": _("Comparison")},
        ],
    }
    return render(request, "policies/compare.html", context)


def page_of(version: PolicyVersion, user: User) -> dict[str, Any]:
    """Return what the page of a version shows."""
    attestations = Attestation.objects.filter(version=version).select_related("user").order_by("-at", "-pk")
    mine = next(iter(attestations.filter(user=user)), None)
    can_edit = user.rights.may("policy.edit")
    is_in_force = version.state == PolicyVersion.State.IN_FORCE
    waivers = _waivers(version)
    reviews = list(version.reviews.filter(voided_at=None).select_related("reviewer", "department").order_by("pk"))
    return {
        "version": version,
        "is_in_force": is_in_force,
        "is_draft": version.state == PolicyVersion.State.DRAFT,
        "edited": PolicyVersion.objects.edited().first() if can_edit and is_in_force else None,
        "coming": PolicyVersion.objects.visible_to(user).coming() if is_in_force else [],
        "is_coming": version.in_force_from is None,
        "summary": render_text(version.summary),
        "clauses": [{**row, "waivers": waivers.get(row["clause"].key, [])} for row in clauses_of(version)],
        "targets": wording.words_for_targets(version),
        "guide": guide_of(version),
        "my_attestation": mine,
        **_bound(version, user),
        "attestations": attestations[:MOST_NAMES],
        "attested_count": attestations.filter(user__is_active=True).count(),
        "people_count": User.objects.active().count(),
        "approvals": [review for review in reviews if review.verdict == Review.Verdict.APPROVED],
        "can_edit": can_edit,
        "can_review": can_edit or any(review.reviewer_id == user.pk for review in reviews),
        "steps": steps_of(version),
    }


def _bound(version: PolicyVersion, user: User) -> dict[str, Any]:
    """Return whether ``user`` may act under a version in force, until when, and what it asks of them."""
    if version.state != PolicyVersion.State.IN_FORCE:
        return {}
    now = timezone.now()
    may_act = binding.may_act_under(user, version_id=version.pk, at=now)
    is_in_grace = may_act and not binding.may_act_under(user, version_id=version.pk, at=version.grace_until or now)
    return {
        "may_act": may_act,
        "grace_until": version.grace_until if is_in_grace else None,
        "question_count": quizzes.questions_of(version).count(),
    }


def _waivers(version: PolicyVersion) -> dict[UUID, list[Waiver]]:
    """Return the waivers that hold now, by the keys of the clauses of a version in force."""
    if version.state != PolicyVersion.State.IN_FORCE:
        return {}
    found: dict[UUID, list[Waiver]] = {}
    rows = Waiver.objects.standing(timezone.now()).select_related("person", "department", "granted_by")
    for waiver in rows.order_by("until", "pk"):
        found.setdefault(waiver.clause_key, []).append(waiver)
    return found


def steps_of(version: PolicyVersion) -> list[dict[str, Any]]:
    """Return the states that a version goes through, with how far it has come."""
    order = [State.DRAFT, State.IN_REVIEW, State.APPROVED, State.SCHEDULED, State.IN_FORCE]
    reached = order.index(State(version.state)) if version.state in order else len(order)
    return [
        {"label": state.label, "is_done": place < reached, "is_here": place == reached}
        for place, state in enumerate(order)
    ]


def clauses_of(version: PolicyVersion) -> list[dict[str, Any]]:
    """Return the clauses as pages show them, with how often their rules were followed: four queries.

    Of a version that was never in force, it is told how the same rules did under others.
    """
    names = wording.department_names()
    clauses = list(version.clauses.prefetch_related("rules").order_by("number"))
    keys = [rule.key for clause in clauses for rule in clause.rules.all()]
    heeded = heeding.heeded(keys, version=version if version.in_force_from is not None else None)
    return [
        {
            "clause": clause,
            "html": render_text(clause.body),
            "decides": get_text_list([str(wording.DISPOSITIONS[name]) for name in clause.may_decide], _("or")),
            "rules": [
                (rule, sentences.sentence_of_rule(rule, names), wording.words_for_heeded(heeded.get(rule.key)))
                for rule in sorted(clause.rules.all(), key=lambda rule: rule.position)
            ],
        }
        for clause in clauses
    ]
