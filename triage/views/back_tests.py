"""A version tried on the past: asked for, watched, cancelled, read, and compared with another trial."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from policies.access import get_reviewed_for
from policies.models import PolicyVersion
from policies.services import trials
from socialhub.lib.errors import Conflict, Invalid
from teams.http import answer_conflict, may, signed_in
from teams.models import User
from triage.access import get_back_test_for
from triage.forms.back_tests import BackTestForm
from triage.models import BackTest
from triage.services.back_tests import asking
from triage.showing import back_tests as shown_back_tests
from triage.showing import compared_back_tests


@may("policy.view")
@require_http_methods(["GET", "HEAD", "POST"])
def back_tests(request: HttpRequest, number: int) -> HttpResponse:
    """List the trials of a version, and begin one."""
    user = signed_in(request)
    version = get_reviewed_for(user, number)
    if request.method != "POST":
        return _page(request, version, BackTestForm.usual(timezone.localdate()), user)
    if not user.rights.may("policy.edit"):
        raise PermissionDenied
    form = BackTestForm(request.POST)
    if not form.is_valid():
        return _page(request, version, form, user, status=422)
    since, until = form.period
    try:
        asked = asking.start_back_test(
            version_id=version.pk, since=since, until=until, requester=user, at=timezone.now()
        )
    except Invalid as invalid:
        form.add_error({"since": "first", "until": "last"}.get(invalid.field or ""), str(invalid))
        return _page(request, version, form, user, status=422)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:back_tests", args=[number]))
    return redirect("triage:back_test", back_test_id=asked.pk)


@may("policy.view")
@never_cache
@require_safe
def back_test(request: HttpRequest, back_test_id: int) -> HttpResponse:
    """Show how far a trial has come, and in the end what came of it."""
    user = signed_in(request)
    asked = get_back_test_for(user, back_test_id)
    others = BackTest.objects.filter(state=BackTest.State.DONE).exclude(pk=asked.pk).select_related("version")
    is_done = asked.state == BackTest.State.DONE
    context = {
        **_progress_of(asked, user),
        "crumbs": _crumbs(asked),
        "others": others.order_by("-pk")[:20] if is_done else [],
        "shown": shown_back_tests.show(asked, user) if is_done else None,
    }
    return render(request, "triage/back_test.html", context)


@may("policy.view")
@never_cache
@require_safe
def progress(request: HttpRequest, back_test_id: int) -> HttpResponse:
    """Show how far a trial has come, as its open page asks; when it is over, send that there."""
    user = signed_in(request)
    asked = get_back_test_for(user, back_test_id)
    page = reverse("triage:back_test", args=[asked.pk])
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(page)
    if not asked.is_underway:
        return HttpResponseClientRedirect(page)
    return render(request, "triage/_back_test_progress.html", _progress_of(asked, user))


@may("policy.edit")
@require_POST
def cancel(request: HttpRequest, back_test_id: int) -> HttpResponse:
    """Stop a trial."""
    user = signed_in(request)
    asked = get_back_test_for(user, back_test_id)
    try:
        asking.cancel_back_test(back_test_id=asked.pk, actor=user, at=timezone.now())
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:back_test", args=[asked.pk]))
    messages.success(request, _("The trial is cancelled."))
    return redirect("triage:back_tests", number=asked.version.number)


@may("policy.view")
@require_safe
def compare(request: HttpRequest, back_test_id: int) -> HttpResponse:
    """Show two results side by side."""
    user = signed_in(request)
    one = get_back_test_for(user, back_test_id)
    chosen = request.GET.get("with", "")
    if not chosen.isdecimal() or len(chosen) > 18:
        return redirect("triage:back_test", back_test_id=one.pk)
    other = get_back_test_for(user, int(chosen))
    for unfinished in (one, other):
        if unfinished.state != BackTest.State.DONE:
            return redirect("triage:back_test", back_test_id=unfinished.pk)
    context = {
        "crumbs": [*_crumbs(one), {"label": _("Compared")}],
        "one": one,
        "other": other,
        "pair": (one, other),
        "comparison": compared_back_tests.compare(one.result, other.result),
    }
    return render(request, "triage/back_tests_compared.html", context)


def _page(
    request: HttpRequest, version: PolicyVersion, form: BackTestForm, user: User, *, status: int = 200
) -> HttpResponse:
    listed = list(version.back_tests.order_by("-pk").select_related("requested_by").defer("result")[:50])
    context = {
        "version": version,
        "was_tried": trials.was_tried(version),
        "form": form if user.rights.may("policy.edit") else None,
        "underway": next((one for one in listed if one.is_underway), None),
        "listed": listed,
        "crumbs": [{"url": _version_url(version), "label": version.title}, {"label": _("Tried on the past")}],
    }
    return render(request, "triage/back_tests.html", context, status=status)


def _progress_of(asked: BackTest, user: User) -> dict[str, object]:
    done = asking.done_so_far(asked)
    return {
        "back_test": asked,
        "version": asked.version,
        "done": done,
        "share": min(100, done * 100 // asked.total_count) if asked.total_count else 0,
        "can_cancel": user.rights.may("policy.edit"),
    }


def _crumbs(asked: BackTest) -> list[dict[str, str]]:
    tried = reverse("triage:back_tests", args=[asked.version.number])
    return [
        {"url": _version_url(asked.version), "label": asked.version.title},
        {"url": tried, "label": _("Tried on the past")},
    ]


def _version_url(version: PolicyVersion) -> str:
    if version.state == PolicyVersion.State.DRAFT:
        return reverse("policies:draft")
    return reverse("policies:version", args=[version.number])
