"""The word lists of a draft."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from policies.access import get_draft_for, get_list_for
from policies.list_forms import ListForm
from policies.models import WordList
from policies.parts.lists import MOST_WORDS, write_words
from policies.services import drafting, lists, publishing
from policies.views.trail import draft_trail
from socialhub.lib.errors import Conflict, Invalid
from socialhub.lib.moments import grouped
from teams.http import answer_conflict, may, signed_in
from teams.once import make_once

# Of a list that is too long to be typed, so many words are shown.
MOST_SHOWN = 200


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def word_lists(request: HttpRequest) -> HttpResponse:
    """Show the lists of the draft, and add one."""
    version = get_draft_for(signed_in(request))
    form = ListForm()
    if request.method == "POST":
        form = ListForm(request.POST, request.FILES)
        if form.is_valid():
            data = form.cleaned_data
            try:
                make_once(
                    request,
                    lambda: lists.add_list(version_id=version.pk, name=data["name"], words=data["words"]).pk,
                )
            except Invalid as refusal:
                form.add_error("name", str(refusal))
            except publishing.NotADraft as conflict:
                return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
            else:
                messages.success(request, _("The list “%(name)s” is added.") % {"name": data["name"]})
                return redirect("policies:lists")
    context = {
        "lists": list(version.word_lists.order_by("name", "slug")),
        "form": form,
        "most": grouped(MOST_WORDS),
        "crumbs": draft_trail(_("Word lists")),
    }
    return render(request, "policies/lists.html", context, status=422 if form.errors else 200)


@may("policy.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def word_list(request: HttpRequest, list_id: int) -> HttpResponse:
    """Show one list, rename it and give it other words."""
    words = get_list_for(signed_in(request), list_id)
    if request.method != "POST":
        return _page(request, words, ListForm.of(words))
    form = ListForm(request.POST, request.FILES, words=words)
    if not form.is_valid():
        return _page(request, words, form, status=422)
    data = form.cleaned_data
    try:
        lists.change_list(
            list_id=words.pk, version_id=words.version_id, name=data["name"], words=data["words"], seen=data["seen"]
        )
    except drafting.ChangedMeanwhile as conflict:
        words.refresh_from_db()
        typed = {name: data[name] for name in ("name", "typed") if name in data}
        fresh = ListForm(initial={**typed, "seen": lists.fingerprint_of_list(words)}, words=words)
        return _page(request, words, fresh, conflict=conflict, status=409)
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    messages.success(request, _("The list “%(name)s” is saved.") % {"name": data["name"]})
    return redirect("policies:list", list_id=words.pk)


@may("policy.edit")
@require_POST
def delete_list(request: HttpRequest, list_id: int) -> HttpResponse:
    """Take a list out of the draft."""
    words = get_list_for(signed_in(request), list_id)
    try:
        lists.delete_list(list_id=words.pk, version_id=words.version_id)
    except lists.ListInUse as conflict:
        return _page(request, words, ListForm.of(words), conflict=conflict, status=409)
    except publishing.NotADraft as conflict:
        return answer_conflict(request, conflict, look_url=reverse("policies:versions"))
    messages.success(request, _("The list “%(name)s” is deleted.") % {"name": words.name})
    return redirect("policies:lists")


@may("policy.edit")
@require_safe
def list_file(request: HttpRequest, list_id: int) -> HttpResponse:
    """Hand out the words of a list as a file."""
    words = get_list_for(signed_in(request), list_id)
    headers = {"Content-Disposition": f'attachment; filename="{words.slug}.csv"'}
    return HttpResponse(write_words(words.words), content_type="text/csv; charset=utf-8", headers=headers)


def _page(
    request: HttpRequest, words: WordList, form: ListForm, *, conflict: Conflict | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "list": words,
        "form": form,
        "conflict": conflict,
        "shown": words.words[:MOST_SHOWN] if "typed" not in form.fields else [],
        "rules": lists.rules_looking_into(words),
        "crumbs": draft_trail(words.name, {"label": _("Word lists"), "url": reverse("policies:lists")}),
    }
    return render(request, "policies/list.html", context, status=status)
