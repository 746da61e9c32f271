"""The list, and the conversation open beside it."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from socialhub.lib.errors import Invalid
from socialhub.lib.keyset import read_id
from teams.http import may, signed_in
from teams.models import Department
from triage.access import get_conversation_for
from triage.forms.conversation import DecisionForm
from triage.forms.guide import Walked
from triage.lists import queues, rows
from triage.lists.listing import listing_of
from triage.lists.queues import UNREAD_VIEW
from triage.models import Conversation
from triage.names import names_now
from triage.showing.pages import make_page
from triage.showing.pen import asked_of
from triage.showing.places import Place
from triage.views.lists import list_context, numbers_for, print_page


@may("conversation.view")
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Open the list that is this person's work; a search looks everywhere."""
    user = signed_in(request)
    search = request.GET.get("q", "")
    if search:
        slug = queues.EVERYTHING.slug
    elif user.rights.may_somewhere("conversation.decide"):
        slug = queues.NEEDS_DECISION.slug
    else:
        mine = user.rights.departments_for("conversation.claim")
        department = Department.objects.filter(pk__in=mine).by_name().first()
        slug = f"department-{department.slug}" if department else queues.EVERYTHING.slug
    address = reverse("triage:queue", args=[slug])
    return redirect(f"{address}?{urlencode({'q': search})}" if search else address)


@may("conversation.view")
@require_safe
@vary_on_headers("HX-Request")
def queue(request: HttpRequest, slug: str, conversation_id: int | None = None) -> HttpResponse:
    """Show a list, with a conversation open in it if one is named; htmx gets the conversation alone."""
    return show(request, slug, conversation_id)


@may("conversation.view")
@require_safe
def conversation(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Go to a conversation in the list where it stands now."""
    found = get_conversation_for(signed_in(request), conversation_id)
    return redirect("triage:open", slug=queues.queue_of(found), conversation_id=found.pk)


@may("conversation.view")
@require_safe
def row(request: HttpRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Return one row as it stands now; no content once it has left the list."""
    user = signed_in(request)
    now = timezone.now()
    names = names_now()
    listing = listing_of(user, slug, names, text=request.GET.get("q", ""), profile=request.GET.get("profile", ""))
    order = listing.reading.order
    found = list(rows.with_columns(listing.found(now).filter(pk=conversation_id), order))
    if not found:
        get_conversation_for(user, conversation_id, with_names=False)
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    selected = conversation_id if request.GET.get("selected") else None
    return HttpResponse(print_page(request, listing, found, names=names, selected=selected, at=now)[0])


def show(
    request: HttpRequest,
    slug: str,
    conversation_id: int | None,
    *,
    status: int = 200,
    decision_form: DecisionForm | None = None,
    walked: Walked | None = None,
    body: str | None = None,
    refusal: dict[str, Any] | None = None,
) -> HttpResponse:
    """Render the inbox, or for htmx the conversation alone.

    ``decision_form``, ``walked``, ``body`` and ``refusal`` are what a refused act leaves on screen.
    """
    user = signed_in(request)
    now = timezone.now()
    names = names_now()
    queues.find_queue(slug, names.departments, names.channels, lambda pk: UNREAD_VIEW)
    context: dict[str, Any] = {"refusal": refusal}
    if conversation_id is not None:
        found = get_conversation_for(user, conversation_id)
        context["conversation"] = make_page(
            found,
            user,
            slug=slug,
            at=now,
            place=_place(request),
            decision_form=decision_form,
            walked=walked or Walked(is_open=request.COOKIES.get("guide") == "open"),
            body=body,
        )
        if request.htmx and not request.htmx.boosted:  # type: ignore[attr-defined]
            context["c"] = context["conversation"]
            return render(request, "triage/_conversation.html", context, status=status)
    numbers = numbers_for(user, now)
    text, profile = request.GET.get("q", ""), request.GET.get("profile", "")
    try:
        listing = listing_of(user, slug, names, text=text, profile=profile, numbers=numbers)
    except Http404:
        # The view is gone, or not shared any more: the conversation is not.
        if conversation_id is not None:
            return redirect("triage:conversation", conversation_id=conversation_id)
        return render(request, "triage/no_view.html", status=HTTPStatus.NOT_FOUND)
    if terms := request.GET.getlist("add"):
        return redirect(f"{reverse('triage:queue', args=[slug])}{listing.with_terms(terms).query()}")
    context |= list_context(request, listing, names=names, numbers=numbers, selected=conversation_id, at=now)
    context["asked"] = asked_of(user, at=now) if listing.queue.slug == queues.MINE.slug else []
    if context["misplaced"]:
        status = HTTPStatus.NOT_FOUND
    return render(request, "triage/inbox.html", context, status=status)


def _place(request: HttpRequest) -> Place:
    try:
        return Place(*(read_id(request.GET.get(name, "")) for name in ("messages_before", "history_before")))
    except Invalid as error:
        raise Http404(str(error)) from error


def queue_after(conversation: Conversation, asked: str) -> str:
    """Return the list in which to show a conversation after an act: the one it was opened in, if that exists."""
    names = names_now()
    try:
        queues.find_queue(asked, names.departments, names.channels, lambda pk: UNREAD_VIEW)
    except Http404:
        return queues.queue_of(conversation)
    return asked
