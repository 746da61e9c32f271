"""What the rules of retention erase: the outlook, the runs, and the way to stop one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from policies.access import get_version_for
from policies.models import PolicyVersion
from policies.services import reading
from policies.services.reading import NoPolicyInForce
from socialhub.lib.errors import Conflict, Invalid
from teams.http import answer_conflict, may, signed_in
from teams.models import User
from triage.models import RetentionRun
from triage.services.keeping import retention as erasing_nightly
from triage.services.keeping.forecast import Outlook, forecast
from triage.showing.retention import read_runs, show_outlook


@may("retention.view")
@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """Show what will be erased, by the version in force or by the one that ``version`` names, and what was."""
    user = signed_in(request)
    asked = request.GET.get("version", "")
    version = None
    if asked:
        number = int(asked) if asked.isdecimal() and len(asked) < 9 else 0
        version = get_version_for(user, number)
    outlook, problem = _outlook(version)
    context = {
        "here": "retention",
        "version": version,
        "rules": show_outlook(outlook, user),
        "is_cut_short": outlook.is_cut_short,
        "keeps_all": outlook.keeps_all,
        "problem": problem,
        "runs": read_runs(),
        "others": _coming(user, version),
        "can_stop": user.rights.may("retention.manage"),
    }
    return render(request, "triage/retention.html", context)


@may("retention.manage")
@require_POST
def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """Stop a run."""
    run = get_object_or_404(RetentionRun, pk=run_id)
    try:
        erasing_nightly.cancel(run_id=run.pk, actor=signed_in(request), at=timezone.now())
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:retention"))
    messages.success(request, _("Stopped. What was erased until now is erased; the next night begins anew."))
    return redirect("triage:retention")


def _coming(user: User, shown: PolicyVersion | None) -> list[PolicyVersion]:
    """Return the other versions that may come in force and that ``user`` may read, the oldest first."""
    coming = PolicyVersion.objects.visible_to(user).filter(in_force_from=None).order_by("number")
    return [version for version in coming if shown is None or version.pk != shown.pk]


def _outlook(version: PolicyVersion | None) -> tuple[Outlook, str]:
    """Return what will be erased, or why nobody can tell."""
    at = timezone.now()
    try:
        policy = reading.policy_in_force() if version is None else reading.read_policy(version.pk)
    except (NoPolicyInForce, Invalid) as refusal:
        return Outlook([], is_cut_short=False), str(refusal)
    after = erasing_nightly.since_when(policy, at=at) if version is None else None
    return forecast(policy, after=after, at=at), ""
