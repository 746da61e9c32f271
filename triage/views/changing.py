"""The page on which an answer that is out is corrected or removed."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from socialhub.lib.errors import Refusal
from teams.http import may, signed_in
from triage.access import get_answer_to_change
from triage.forms.conversation import ChangeForm
from triage.forms.refusing import refusal_of
from triage.models import Approval, Reply
from triage.services.approving import changes
from triage.services.sending import correcting
from triage.showing.answer_changes import read_answer
from triage.showing.changes import change_url
from triage.states import ReplyKind
from triage.views.acts import act, sent_sentence, status_of
from triage.views.inbox import queue_after


@may("conversation.view")
@require_http_methods(["GET", "HEAD", "POST"])
def change_answer(request: HttpRequest, reply_id: int) -> HttpResponse:
    """Show an answer that is out, and have it corrected or removed, or ask for the approval of that."""
    user = signed_in(request)
    reply = get_answer_to_change(user, reply_id)
    if request.method != "POST":
        return _page(request, reply)
    form = ChangeForm(request.POST)
    if not form.is_valid():
        return _page(request, reply, refusal=refusal_of(form))
    data = form.cleaned_data
    change = form.change(reply.pk)
    try:
        if data["then"] == "ask":
            changes.ask_approval_of_change(change=change, author=user, at=timezone.now())
            done = _("Approval is asked for. You are told when there is an answer.")
        else:
            correcting.queue_change(
                change=change, actor=user, key=data["key"], emergency=data["emergency"], at=timezone.now()
            )
            done = sent_sentence(change.kind)
    except Refusal as refusal:
        return _page(request, reply, refusal=refusal)
    messages.success(request, done)
    if data["then"] == "ask":
        return redirect(change_url(reply, slug=_slug(request, reply)))
    return redirect("triage:open", slug=_slug(request, reply), conversation_id=reply.conversation_id)


def act_on_approval(request: HttpRequest, approval: Approval, service: Callable[[], object], done: str) -> HttpResponse:
    """Carry out what its author does with an approval, and go back to where the text is: composer or answer."""
    if approval.original is None:
        return act(request, approval.conversation, service, done)
    approval.original.conversation = approval.conversation
    try:
        service()
    except Refusal as refusal:
        return _page(request, approval.original, refusal=refusal)
    messages.success(request, done)
    return redirect(change_url(approval.original, slug=_slug(request, approval.original)))


def _page(request: HttpRequest, reply: Reply, *, refusal: Refusal | None = None) -> HttpResponse:
    """Show the answer as it stands now; what was typed stays."""
    slug = _slug(request, reply)
    typed = request.POST.get("body") or request.POST.get("reason")
    kind = request.POST.get("kind", "")
    page = read_answer(reply, signed_in(request), slug=slug, at=timezone.now(), kind=kind, words=typed)
    context = {
        "answer": page,
        "refusal": refusal,
        "changes": getattr(refusal, "changes", []),
        "url": change_url(reply, slug=slug),
        "back_url": reverse("triage:open", args=[slug, reply.conversation_id]),
        "removal_kind": ReplyKind.REMOVAL.value,
    }
    return render(request, "triage/change_answer.html", context, status=status_of(refusal) if refusal else 200)


def _slug(request: HttpRequest, reply: Reply) -> str:
    return queue_after(reply.conversation, request.GET.get("from", ""))
