"""The policy to read: in force, former versions, what changed between two."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from policies import comparing, sentences, wording
from policies.access import get_version_for
from policies.forms import AttestForm
from policies.models import Attestation, PolicyVersion
from policies.rendering import render_text
from policies.services import attesting
from teams.http import answer_conflict, may, signed_in
from teams.models import User

# Names beyond these are counted, not listed.
MOST_NAMES = 200


@may("policy.view")
@require_safe
def in_force(request: HttpRequest) -> HttpResponse:
    """Show the version that binds everybody now."""
    user = signed_in(request)
    version = PolicyVersion.objects.in_force().select_related("published_by").first()
    if version is None:
        return render(request, "policies/none.html", {"can_edit": user.rights.may("policy.edit")})
    return render(request, "policies/version.html", page_of(version, user))


@may("policy.view")
@require_POST
def attest(request: HttpRequest) -> HttpResponse:
    """Record that the signed-in person has read the version in force."""
    form = AttestForm(request.POST)
    if not form.is_valid():
        return redirect("policies:in_force")
    try:
        attesting.attest(user=signed_in(request), version_id=form.cleaned_data["version"], at=timezone.now())
    except attesting.NotInForce as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:in_force"))
    return redirect("policies:in_force")


@may("policy.view")
@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """List every version, newest first; the draft only for those who may edit it."""
    user = signed_in(request)
    listed = PolicyVersion.objects.newest_first().select_related("published_by", "created_by")
    if not user.rights.may("policy.edit"):
        listed = listed.exclude(state=PolicyVersion.State.DRAFT)
    rows = list(listed)
    context = {
        # The draft compares with what is in force, the others with the one before.
        "rows": list(zip(rows, [*rows[1:], None], strict=True)),
        "can_edit": user.rights.may("policy.edit"),
        "has_draft": any(version.state == PolicyVersion.State.DRAFT for version in rows),
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
def compare(request: HttpRequest, number: int, other: int) -> HttpResponse:
    """Show what changed from one version to another, clause by clause."""
    user = signed_in(request)
    old, new = get_version_for(user, number), get_version_for(user, other)
    context = {
        "old": old,
        "new": new,
        "comparison": comparing.compare_versions(old, new),
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
    return {
        "version": version,
        "is_in_force": version.state == PolicyVersion.State.IN_FORCE,
        "is_draft": version.state == PolicyVersion.State.DRAFT,
        "summary": render_text(version.summary),
        "clauses": clauses_of(version),
        "targets": wording.words_for_targets(version),
        "my_attestation": mine,
        "attestations": attestations[:MOST_NAMES],
        "attested_count": attestations.filter(user__is_active=True).count(),
        "people_count": User.objects.active().count(),
        "can_edit": user.rights.may("policy.edit"),
    }


def clauses_of(version: PolicyVersion) -> list[dict[str, Any]]:
    """Return the clauses as pages show them: three queries."""
    names = wording.department_names()
    return [
        {
            "clause": clause,
            "html": render_text(clause.body),
            "rules": [
                (rule, sentences.sentence_of_rule(rule, names))
                for rule in sorted(clause.rules.all(), key=lambda rule: rule.position)
            ],
        }
        for clause in version.clauses.prefetch_related("rules").order_by("number")
    ]
