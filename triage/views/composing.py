"""What helps to write an answer: saved answers put into the draft, and the post as it will look."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from policies.models import Incident
from socialhub.lib.errors import Conflict, Invalid
from teams.http import may, signed_in
from teams.models import User
from triage.access import get_conversation_for
from triage.forms.attachments import alts_in
from triage.forms.conversation import DraftForm
from triage.models import Conversation, Draft, SavedAnswer
from triage.services.writing import drafts, holding_texts, measuring, saved_answers, suggesting
from triage.showing.approvals import locked_why
from triage.showing.previewing import preview_of
from triage.views.inbox import queue_after
from triage.views.saved_answers import search_answers, search_of

MOST_FOUND = 20


class TextLocked(Conflict):
    """The text waits for approval, or has it."""

    code = "text_locked"


@may("conversation.view")
@require_safe
@vary_on_headers("HX-Request")
def answers(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Show the saved answers that fit a conversation, or that have some words; htmx gets those that fit alone."""
    user = signed_in(request)
    conversation = _held(user, conversation_id)
    now = timezone.now()
    today = timezone.localdate(now)
    search = search_of(request)
    if search and not _is_fragment(request):
        usable = saved_answers.with_staleness(SavedAnswer.objects.filter(is_retired=False), today)
        found = list(search_answers(usable, search).order_by("title", "pk")[:MOST_FOUND])
    else:
        found = suggesting.suggest(conversation, at=now)
    context = {
        "conversation": conversation,
        "search": search,
        "from_slug": request.GET.get("from", ""),
        "back_url": _back_url(request, conversation),
        "rows": [
            {
                "answer": answer,
                "text": saved_answers.fill_for(answer, conversation=conversation, agent=user),
                "insert_url": _insert_url(request, conversation, answer),
                "is_stale": _is_stale(answer),
            }
            for answer in found
        ],
    }
    template = "triage/_answers.html" if _is_fragment(request) else "triage/answers.html"
    return render(request, template, context)


@may("conversation.view")
@require_POST
def insert(request: HttpRequest, conversation_id: int, answer_id: int) -> HttpResponse:
    """Put a saved answer behind what is written, and keep that as the draft."""
    user = signed_in(request)
    conversation = _held(user, conversation_id)
    answer = get_object_or_404(SavedAnswer, pk=answer_id)
    now = timezone.now()

    def put(body: str) -> str:
        return saved_answers.insert_answer(answer=answer, conversation=conversation, agent=user, body=body, at=now)

    return _inserted(request, conversation, put, now)


@may("conversation.view")
@require_POST
def insert_holding_text(request: HttpRequest, conversation_id: int, incident_id: int) -> HttpResponse:
    """Put the holding text of an open incident behind what is written, and keep that as the draft."""
    user = signed_in(request)
    conversation = _held(user, conversation_id)
    incident = get_object_or_404(Incident, pk=incident_id, parts__conversation=conversation)
    now = timezone.now()

    def put(body: str) -> str:
        return holding_texts.insert_holding_text(
            incident=incident, conversation_id=conversation.pk, author=user, body=body, at=now
        )

    return _inserted(request, conversation, put, now)


@may("conversation.view")
@require_POST
def preview(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Show a text as it will look, in the composer; on a page of its own it is kept as the draft to come back to."""
    user = signed_in(request)
    conversation = _held(user, conversation_id)
    template = "triage/_preview.html" if _is_fragment(request) else "triage/preview.html"
    form = DraftForm(request.POST)
    if not form.is_valid():
        problem = " ".join(str(problem) for problem in form.errors["body"])
        return render(request, template, {"problem": problem, "back_url": _back_url(request, conversation)}, status=422)
    body = form.cleaned_data["body"].replace("\r\n", "\n")
    if not _is_fragment(request):
        drafts.save_draft(
            conversation_id=conversation.pk, author=user, body=body, at=timezone.now(), split=form.chosen_split()
        )
    handles = conversation.channel.our_handles
    context = {
        "name": handles[0] if handles else conversation.channel.name,
        "back_url": _back_url(request, conversation),
        **preview_of(conversation, user, body.strip(), split=form.cleaned_data["split"], alts=alts_in(request.POST)),
    }
    return render(request, template, context)


def _inserted(
    request: HttpRequest, conversation: Conversation, put: Callable[[str], str], now: datetime
) -> HttpResponse:
    """Answer with the text that ``put`` makes of what is written, or with why it cannot."""
    user = signed_in(request)
    form = DraftForm({"body": request.POST.get("body", _draft(conversation, user))})
    refusal: Conflict | Invalid
    if why := locked_why(conversation, user, at=now):
        refusal = TextLocked(why)
    elif form.is_valid():
        try:
            body = put(form.cleaned_data["body"])
        except (Conflict, Invalid) as refused:
            refusal = refused
        else:
            if _is_fragment(request):
                c = {"draft_body": body, "measured": measuring.measure(conversation.channel, body)}
                return render(request, "triage/_composer_text.html", {"c": c, "is_inserted": True})
            return redirect(_back_url(request, conversation))
    else:
        refusal = Invalid(" ".join(str(problem) for problem in form.errors["body"]))
    if _is_fragment(request):
        status = 409 if isinstance(refusal, Conflict) else 422
        return render(request, "triage/_notice.html", {"title": str(refusal), "tone": "urgent"}, status=status)
    messages.error(request, str(refusal))
    return redirect(_back_url(request, conversation))


def _held(user: User, conversation_id: int) -> Conversation:
    """Return a conversation through its door, for the person who answers it.

    :raises PermissionDenied: somebody else holds it.
    """
    conversation = get_conversation_for(user, conversation_id, action="conversation.answer")
    if conversation.holder_id != user.pk:
        raise PermissionDenied
    return conversation


def _draft(conversation: Conversation, user: User) -> str:
    draft = Draft.objects.filter(conversation=conversation, author=user).first()
    return draft.body if draft else ""


def _is_stale(answer: Any) -> bool:
    """Say whether an answer, read with its staleness, is to be reviewed."""
    return bool(answer.is_due or answer.has_no_clause)


def _back_url(request: HttpRequest, conversation: Conversation) -> str:
    slug = queue_after(conversation, request.GET.get("from", ""))
    return reverse("triage:open", args=[slug, conversation.pk])


def _insert_url(request: HttpRequest, conversation: Conversation, answer: SavedAnswer) -> str:
    """Return the address that puts an answer into the draft, and remembers the list to come back to."""
    back = urlencode({"from": queue_after(conversation, request.GET.get("from", ""))})
    return f"{reverse('triage:insert_answer', args=[conversation.pk, answer.pk])}?{back}"


def _is_fragment(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]
