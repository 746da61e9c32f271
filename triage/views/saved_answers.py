"""The library of saved answers."""

from typing import Any

from django.contrib import messages
from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from policies.models import Clause, PolicyVersion
from socialhub.lib.errors import Invalid
from socialhub.lib.keyset import Order, Page, read_page
from teams.http import may, signed_in
from teams.once import make_once
from teams.services import notifications
from triage.forms.saved_answers import SavedAnswerForm, initial_of
from triage.models import SavedAnswer
from triage.services.writing import saved_answers as services

PAGE_SIZE = 50
LONGEST_SEARCH = 200
NEWEST_FIRST = Order("changed_at", descending=True)


@may("saved_answer.view")
@require_safe
def saved_answers(request: HttpRequest) -> HttpResponse:
    """List the answers, found by their words; those to be reviewed and the retired ones on request."""
    user = signed_in(request)
    today = timezone.localdate()
    shown = request.GET.get("show", "")
    search = search_of(request)
    found = services.with_staleness(search_answers(SavedAnswer.objects.select_related("owner"), search), today)
    if shown == "mine":
        found = found.filter(owner=user)
    elif shown == "stale":
        found = found.filter(Q(is_due=True) | Q(has_no_clause=True))
    found = found.filter(is_retired=shown == "retired")
    try:
        page: Page[SavedAnswer] = read_page(
            found,
            NEWEST_FIRST,
            size=PAGE_SIZE,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
    except Invalid as error:
        raise Http404(str(error)) from error
    context = {
        "rows": page.rows,
        "search": search,
        "shown": shown,
        "can_edit": user.rights.may_somewhere("saved_answer.edit"),
        "tabs": _tabs(shown),
        "next_url": _beyond(request, after=page.after) if page.after else "",
        "previous_url": _beyond(request, before=page.before) if page.before else "",
    }
    return render(request, "triage/saved_answers.html", context)


@may("saved_answer.view")
@require_safe
def saved_answer(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Show one answer, what it rests on and how often it was used."""
    user = signed_in(request)
    found = services.with_staleness(SavedAnswer.objects.select_related("owner"), timezone.localdate())
    answer = get_object_or_404(found, pk=answer_id)
    notifications.mark_read(user=user, at=timezone.now(), path=request.path)
    clause = Clause.objects.filter(version__in=PolicyVersion.objects.in_force(), key=answer.clause_key).first()
    context = {
        "answer": answer,
        "clause": clause,
        "can_edit": user.rights.may_somewhere("saved_answer.edit"),
    }
    return render(request, "triage/saved_answer.html", context)


@may("saved_answer.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Keep an answer."""
    user = signed_in(request)
    form = SavedAnswerForm(request.POST or None, initial={"owner": user.pk})
    page = {"title": _("New saved answer"), "form": form, "cancel_url": reverse("triage:saved_answers")}
    if request.method != "POST" or not form.is_valid():
        return _form(request, page)
    try:
        made = make_once(request, lambda: services.add_answer(wanted=form.wanted(), actor=user, at=timezone.now()).pk)
    except services.AnswerTitleTaken as conflict:
        form.add_error("title", str(conflict))
        return _form(request, page)
    messages.success(request, _("Kept. It is suggested from now on where it fits."))
    return redirect("triage:saved_answer", answer_id=made)


@may("saved_answer.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Change an answer. What somebody else changed meanwhile is not overwritten unseen."""
    answer = get_object_or_404(SavedAnswer, pk=answer_id)
    look_url = reverse("triage:saved_answer", args=[answer.pk])
    form = SavedAnswerForm(request.POST or None, present=answer, initial=initial_of(answer))
    page: dict[str, Any] = {"title": answer.title, "form": form, "cancel_url": look_url}
    if request.method != "POST" or not form.is_valid():
        return _form(request, page)
    try:
        services.change_answer(
            answer_id=answer.pk,
            wanted=form.wanted(),
            seen=form.cleaned_data["seen"] or answer.changed_at,
            actor=signed_in(request),
            at=timezone.now(),
        )
    except services.AnswerTitleTaken as conflict:
        form.add_error("title", str(conflict))
        return _form(request, page)
    except services.AnswerChanged as conflict:
        answer.refresh_from_db()
        # What was typed stays, and saved once more it is written over what is there now.
        form.data = {**request.POST.dict(), "seen": answer.changed_at.isoformat()}
        return _form(request, {**page, "refusal": str(conflict), "now": answer}, status=409)
    messages.success(request, _("Changed."))
    return redirect(look_url)


@may("saved_answer.edit")
@require_POST
def retire(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Offer an answer no more."""
    answer = get_object_or_404(SavedAnswer, pk=answer_id)
    services.retire_answer(answer_id=answer.pk, actor=signed_in(request), at=timezone.now())
    messages.success(request, _("Retired. It is not offered any more."))
    return redirect("triage:saved_answer", answer_id=answer.pk)


@may("saved_answer.edit")
@require_POST
def restore(request: HttpRequest, answer_id: int) -> HttpResponse:
    """Offer a retired answer again."""
    answer = get_object_or_404(SavedAnswer, pk=answer_id)
    services.restore_answer(answer_id=answer.pk, actor=signed_in(request), at=timezone.now())
    messages.success(request, _("It is offered again."))
    return redirect("triage:saved_answer", answer_id=answer.pk)


def search_of(request: HttpRequest) -> str:
    """Return the words that somebody looks for."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]


def search_answers(answers: QuerySet[SavedAnswer], search: str) -> QuerySet[SavedAnswer]:
    """Keep the answers that have the words, or have them in their title."""
    if not search:
        return answers
    query = SearchQuery(search, config="simple", search_type="websearch")
    return answers.filter(Q(search=query) | Q(title__icontains=search))


def _form(request: HttpRequest, page: dict[str, Any], *, status: int | None = None) -> HttpResponse:
    refused = 422 if request.method == "POST" else 200
    return render(request, "triage/saved_answer_form.html", page, status=status or refused)


def _tabs(shown: str) -> list[dict[str, Any]]:
    url = reverse("triage:saved_answers")
    kinds = [
        ("", _("In use")),
        ("mine", _("Mine")),
        ("stale", _("To be reviewed")),
        ("retired", pgettext("saved answer", "Retired")),
    ]
    return [
        {"url": f"{url}?show={kind}" if kind else url, "label": label, "is_current": kind == shown}
        for kind, label in kinds
    ]


def _beyond(request: HttpRequest, **place: str) -> str:
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    query.update(place)
    return f"?{query.urlencode()}"
