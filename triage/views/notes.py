"""Notes beside a conversation: reading them, writing one, and asking somebody in it."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from socialhub.lib.errors import Conflict, Invalid, Refusal
from teams.http import may, signed_in
from teams.models import Department, User
from triage.access import get_conversation_for
from triage.forms.conversation import NoteForm
from triage.forms.refusing import refusal_of
from triage.models import Conversation, Note
from triage.services import notes as services
from triage.services.threads.merged_away import MergedAway
from triage.showing.later import goes_on_url
from triage.showing.notes import DEPARTMENT, PERSON, read_choices, read_notes
from triage.views.inbox import queue_after, show


@may("conversation.view")
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def notes(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Show the notes with the form for another, or write one; htmx gets the form alone."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id)
    if request.method != "POST":
        return _page(request, user, conversation)
    if not user.rights.may_somewhere("note.write"):
        raise PermissionDenied
    try:
        _write(request, user, conversation)
    except Refusal as refusal:
        status = 409 if isinstance(refusal, Conflict) else 422
        if _is_fragment(request):
            shown = {"title": str(refusal), "tone": "urgent"}
            if isinstance(refusal, MergedAway):
                shown["go_url"] = goes_on_url(refusal.into, user)
            notice = render(request, "triage/_notice.html", shown, status=status)
            # The form takes the details out of what comes back; a refusal has none.
            notice["HX-Reselect"] = "[data-refusal]"
            return notice
        return _page(request, user, conversation, refusal=str(refusal), status=status)
    slug = queue_after(conversation, request.GET.get("from", ""))
    if _is_fragment(request):
        return show(request, slug, conversation.pk)
    messages.success(request, _("Noted."))
    return redirect("triage:open", slug=slug, conversation_id=conversation.pk)


def _write(request: HttpRequest, user: User, conversation: Conversation) -> None:
    form = NoteForm(request.POST)
    if not form.is_valid():
        raise refusal_of(form)
    data = form.cleaned_data
    answers = None
    if data["answers"] is not None:
        answers = Note.objects.filter(pk=data["answers"], conversation=conversation).select_related("author").first()
        if answers is None:
            raise Invalid(_("The note that you answer is not here. Load the page again."))
    services.write_note(
        conversation_id=conversation.pk,
        author=user,
        body=data["body"],
        key=data["key"],
        asked=_asked(request.POST.getlist("ask")),
        answers=answers,
        at=timezone.now(),
    )


def _asked(values: Sequence[str]) -> services.Asked:
    """Return whom the form names.

    :raises Invalid: nobody of this name can be asked.
    """
    people: list[User] = []
    departments: list[Department] = []
    for value in filter(None, values[: services.MOST_ASKED + 1]):
        kind, _separator, number = value.partition("-")
        pk = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
        person = User.objects.filter(pk=pk).first() if kind == PERSON else None
        department = Department.objects.active().filter(pk=pk).first() if kind == DEPARTMENT else None
        if person is not None:
            people.append(person)
        elif department is not None:
            departments.append(department)
        else:
            raise Invalid(_("Choose somebody from the list."), field="ask")
    return services.Asked(people, departments)


def _page(
    request: HttpRequest, user: User, conversation: Conversation, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "conversation": conversation,
        "choices": read_choices(conversation, user),
        "key": uuid.uuid4(),
        "body": request.POST.get("body", ""),
        "asked": request.POST.getlist("ask"),
        "slug": queue_after(conversation, request.GET.get("from", "")),
        "refusal": refusal,
    }
    if _is_fragment(request):
        return render(request, "triage/_note_form.html", context, status=status)
    context["notes"] = read_notes(conversation, user)
    return render(request, "triage/notes.html", context, status=status)


def _is_fragment(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]
