"""Look after the lists of authors that rules name."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from listening.models import AuthorList
from listening.services import author_list_keeping as keeping
from socialhub.lib.errors import Conflict, Invalid
from teams.http import answer_conflict, may, signed_in
from teams.once import make_once

SHOWN = 100


class ListForm(forms.Form):
    """What a list is called, and who stands on it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("Who stands on it"), choices=AuthorList.Kind.choices)


class EntriesForm(forms.Form):
    """Authors to put on a list, typed in or from a file."""

    entries = forms.CharField(
        label=gettext_lazy("Authors"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 5, "autocapitalize": "none", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One on each line: a handle without its @, an e-mail address, or @example.com for every address there."
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a CSV file"),
        required=False,
        help_text=gettext_lazy("In UTF-8; the first column, or the one headed author, handle or email."),
    )

    def values(self) -> list[str]:
        """Return the authors.

        :raises Invalid: one cannot be an author; the message names its line.
        """
        upload = self.cleaned_data["file"]
        if upload is not None:
            return keeping.read_csv(upload.read(keeping.LARGEST_FILE + 1))
        return keeping.read_values(self.cleaned_data["entries"].splitlines())


class TakeForm(forms.Form):
    """An author to take off a list."""

    value = forms.CharField(max_length=keeping.LONGEST_VALUE, strip=False)


@may("stream.manage")
@require_safe
def author_lists(request: HttpRequest) -> HttpResponse:
    """Show the lists with how many stand on each."""
    lists = AuthorList.objects.annotate(entry_count=Count("entries")).order_by("name", "pk")
    return render(request, "listening/author_lists.html", {"lists": lists})


@may("stream.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Begin a list."""
    form = ListForm(request.POST or None, initial={"kind": AuthorList.Kind.CUSTOMER})
    page = {"form": form, "title": _("New list of authors"), "cancel_url": reverse("streams:author_lists")}
    if request.method != "POST":
        return render(request, "listening/author_list_form.html", page)
    if not form.is_valid():
        return render(request, "listening/author_list_form.html", page, status=422)
    try:
        made = make_once(
            request, lambda: keeping.add_list(**form.cleaned_data, actor=signed_in(request), at=timezone.now()).pk
        )
    except keeping.AuthorListNameTaken as conflict:
        form.add_error("name", str(conflict))
        return render(request, "listening/author_list_form.html", page, status=422)
    return redirect("streams:author_list", made)


@may("stream.manage")
@require_safe
def author_list(request: HttpRequest, list_id: int) -> HttpResponse:
    """Show a list; of a long one the first, or those that begin with what is looked for."""
    return _page(request, get_object_or_404(AuthorList, pk=list_id), EntriesForm())


@may("stream.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, list_id: int) -> HttpResponse:
    """Give a list another name or kind."""
    found = get_object_or_404(AuthorList, pk=list_id)
    look_url = reverse("streams:author_list", args=[found.pk])
    form = ListForm(request.POST or None, initial={"name": found.name, "kind": found.kind})
    page = {"form": form, "title": found.name, "cancel_url": look_url, "is_change": True}
    if request.method != "POST":
        return render(request, "listening/author_list_form.html", page)
    if not form.is_valid():
        return render(request, "listening/author_list_form.html", page, status=422)
    try:
        keeping.change_list(list_id=found.pk, **form.cleaned_data, actor=signed_in(request), at=timezone.now())
    except keeping.AuthorListNameTaken as conflict:
        form.add_error("name", str(conflict))
        return render(request, "listening/author_list_form.html", page, status=422)
    except keeping.AuthorListGone as conflict:
        return _gone(request, conflict)
    return redirect(look_url)


@may("stream.manage")
@require_POST
def put(request: HttpRequest, list_id: int) -> HttpResponse:
    """Put authors on a list."""
    found = get_object_or_404(AuthorList, pk=list_id)
    form = EntriesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        filled = keeping.add_entries(
            list_id=found.pk, values=form.values(), actor=signed_in(request), at=timezone.now()
        )
    except Invalid as refusal:
        form.add_error("file" if form.cleaned_data["file"] is not None else "entries", str(refusal))
        return _page(request, found, form, status=422)
    except keeping.AuthorListGone as conflict:
        return _gone(request, conflict)
    told = ngettext("%(count)d author is new on the list.", "%(count)d authors are new on the list.", filled.added)
    messages.success(request, told % {"count": filled.added})
    return redirect("streams:author_list", found.pk)


@may("stream.manage")
@require_POST
def take(request: HttpRequest, list_id: int) -> HttpResponse:
    """Take an author off a list."""
    found = get_object_or_404(AuthorList, pk=list_id)
    form = TakeForm(request.POST)
    if form.is_valid():
        values = [form.cleaned_data["value"]]
        try:
            keeping.remove_entries(list_id=found.pk, values=values, actor=signed_in(request), at=timezone.now())
        except keeping.AuthorListGone as conflict:
            return _gone(request, conflict)
    return redirect("streams:author_list", found.pk)


@may("stream.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, list_id: int) -> HttpResponse:
    """Ask, then delete it."""
    found = get_object_or_404(AuthorList, pk=list_id)
    if request.method != "POST":
        return render(request, "listening/author_list_delete.html", {"list": found})
    keeping.delete_list(list_id=found.pk, actor=signed_in(request), at=timezone.now())
    messages.success(request, _("The list %(name)s is deleted.") % {"name": found.name})
    return redirect("streams:author_lists")


def _page(request: HttpRequest, found: AuthorList, form: EntriesForm, *, status: int = 200) -> HttpResponse:
    wanted = request.GET.get("q", "").strip().casefold()[: keeping.LONGEST_VALUE].replace("\x00", "")
    entries = found.entries.order_by("value")
    if wanted:
        entries = entries.filter(value__startswith=wanted)
    context: dict[str, Any] = {
        "list": found,
        "form": form,
        "wanted": wanted,
        "entries": list(entries[:SHOWN]),
        "count": found.entries.count(),
        "shown": SHOWN,
    }
    return render(request, "listening/author_list.html", context, status=status)


def _gone(request: HttpRequest, conflict: Conflict) -> HttpResponse:
    return answer_conflict(request, conflict, look_url=reverse("streams:author_lists"))
