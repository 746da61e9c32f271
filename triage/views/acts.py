"""What people do to a conversation: a door, one service, and the answer put into words."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from socialhub.lib.errors import Conflict, Forbidden, Invalid, Refusal
from teams.http import may, signed_in
from triage.access import get_conversation_for, get_reply_for
from triage.forms.attachments import alts_in
from triage.forms.conversation import ClosingForm, DecisionForm, FenceForm, FindingForm, ReplyForm
from triage.forms.guide import walked_in
from triage.forms.refusing import refusal_of
from triage.models import Conversation, Reply
from triage.services import closing
from triage.services.approving.standing import ApprovalNeeded
from triage.services.decisions import deciding, undoing
from triage.services.pen import claims
from triage.services.sending import correcting, delivery, outbox, replies, resending
from triage.services.threads import folding, merged_away
from triage.services.threads.merged_away import MergedAway
from triage.services.writing import attaching
from triage.services.writing.attachments import AltTextMissing
from triage.services.writing.composing import TooLong
from triage.showing import undo_offers
from triage.showing.later import goes_on_url
from triage.showing.undo_offers import Offer
from triage.states import ReplyKind
from triage.views.inbox import queue_after, show

Result = TypeVar("Result")


@may("conversation.view")
@require_POST
def decide(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Record the triage owner's decision."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, action="conversation.decide")
    form = DecisionForm(request.POST)
    walked = walked_in(request.POST)
    if form.is_valid():
        try:
            deciding.decide(
                conversation_id=conversation.pk,
                choice=replace(form.choice(), guide=walked.given if walked.is_open else None),
                triage_owner=user,
                fence=form.cleaned_data["fence"],
                at=timezone.now(),
            )
        except Invalid as invalid:
            form.add_error({"offered_to": "person"}.get(invalid.field or "", invalid.field), str(invalid))
        except (Conflict, Forbidden) as refusal:
            return refused(request, conversation, refusal)
        else:
            return show_done(request, conversation, _("Decided."), undo_offers.of_decision)
    page = _page(request, conversation, decision_form=form, walked=walked, status=422)
    return only_the_decision(request, page)


@may("conversation.view")
@require_POST
def undo(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Take the person's own last decision back."""
    user = signed_in(request)
    return act(
        request,
        get_conversation_for(user, conversation_id, action="conversation.decide"),
        lambda: undoing.undo_decision(
            conversation_id=conversation_id, actor=user, fence=read_fence(request), at=timezone.now()
        ),
        _("Your decision is taken back."),
    )


def only_the_decision(request: HttpRequest, page: HttpResponse) -> HttpResponse:
    """Let htmx put the decision of a page in the place of the one that is there."""
    if _is_fragment(request):
        page["HX-Retarget"] = "#decision"
        page["HX-Reselect"] = "#decision"
        page["HX-Reswap"] = "outerHTML"
    return page


@may("conversation.view")
@require_POST
def claim(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Take the pen; of many at once, one wins."""
    user = signed_in(request)
    return act(
        request,
        get_conversation_for(user, conversation_id, action="conversation.claim"),
        lambda: claims.claim_conversation(conversation_id=conversation_id, agent=user, at=timezone.now()),
        _("You hold this conversation."),
        undo=lambda _fence, held, slug: undo_offers.of_claim(held, slug),
    )


@may("conversation.view")
@require_POST
def release(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Give the conversation back to its queue."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, action="conversation.answer")
    return act(
        request,
        conversation,
        lambda: claims.release_conversation(
            conversation_id=conversation_id, agent=user, fence=read_fence(request), at=timezone.now()
        ),
        _("The conversation is back in the queue. Your draft is kept."),
        undo=lambda _nothing, released, slug: undo_offers.of_release(released, slug),
    )


@may("conversation.view")
@require_POST
def wait(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Stop the clock until the customer answers."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, action="conversation.answer")
    return act(
        request,
        conversation,
        lambda: closing.wait_for_customer(
            conversation_id=conversation_id, agent=user, fence=read_fence(request), at=timezone.now()
        ),
        _("Waiting for the customer."),
        undo=lambda _nothing, waiting, slug: undo_offers.of_waiting(waiting, slug),
    )


@may("conversation.view")
@require_POST
def close(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Close with an outcome."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, action="conversation.close")
    form = ClosingForm(request.POST)
    if not form.is_valid():
        return refused(request, conversation, Invalid(_("Choose how the conversation ended.")))
    return act(
        request,
        conversation,
        lambda: closing.close_conversation(
            conversation_id=conversation_id,
            actor=user,
            outcome=form.cleaned_data["outcome"],
            fence=form.cleaned_data["fence"],
            at=timezone.now(),
        ),
        _("Closed."),
        undo=lambda _nothing, closed, slug: undo_offers.of_closing(closed, slug),
    )


@may("conversation.view")
@require_POST
def reopen(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Open a closed conversation again."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, action="conversation.reopen")
    return act(
        request,
        conversation,
        lambda: closing.reopen_conversation(conversation_id=conversation_id, actor=user, at=timezone.now()),
        _("Reopened."),
    )


@may("conversation.view")
@require_POST
def split(request: HttpRequest, conversation_id: int, mention_id: int) -> HttpResponse:
    """Say that a copy is none: it becomes a conversation of its own."""
    user = signed_in(request)
    return act(
        request,
        get_conversation_for(user, conversation_id, action="conversation.decide"),
        lambda: folding.split_copy(
            conversation_id=conversation_id, mention_id=mention_id, actor=user, at=timezone.now()
        ),
        _("The message is a conversation of its own now."),
    )


@may("conversation.view")
@require_POST
def send(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Put the answer in the outbox, if the world is still as its writer saw it."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, action="conversation.answer")
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return refused(request, conversation, refusal_of(form))
    data, now = form.cleaned_data, timezone.now()

    def queue() -> Reply:
        attaching.describe(conversation_id=conversation.pk, author=user, alts=alts_in(request.POST), at=now)
        reply = replies.queue_reply(
            conversation_id=conversation.pk,
            author=user,
            body=data["body"],
            key=data["key"],
            seen=form.seen(),
            closes=data["then"] == "close",
            emergency=data["emergency"],
            how=form.how(),
            at=now,
        )
        resending.make_sure_it_leaves(reply, body=data["body"])
        return reply

    return act(
        request,
        conversation,
        queue,
        sent_sentence(),
        undo=lambda reply, _conversation, slug: undo_offers.of_sending(reply, slug),
    )


@may("conversation.view")
@require_POST
def retry(request: HttpRequest, reply_id: int) -> HttpResponse:
    """Send a failed answer once more."""
    user = signed_in(request)
    reply = get_reply_for(user, reply_id, action="conversation.answer")
    again = replies.retry_reply if reply.kind == ReplyKind.ANSWER else correcting.retry_change
    return act(
        request,
        reply.conversation,
        lambda: again(
            reply_id=reply.pk,
            author=user,
            at=timezone.now(),
            fence=read_fence(request) if "fence" in request.POST else None,
        ),
        sent_sentence(ReplyKind(reply.kind)),
    )


@may("conversation.view")
@require_POST
def settle(request: HttpRequest, reply_id: int) -> HttpResponse:
    """Say what became of an answer that nobody could be sure of."""
    user = signed_in(request)
    reply = get_reply_for(user, reply_id, action="conversation.answer")
    form = FindingForm(request.POST)
    if not form.is_valid():
        return refused(request, reply.conversation, Invalid(_("Say what you found.")))
    finding = form.cleaned_data["finding"]
    if finding == "look":
        return act(
            request,
            reply.conversation,
            lambda: outbox.look_again(reply_id=reply.pk, at=timezone.now()),
            _("Looked again."),
        )
    verdict = delivery.Verdict.THERE if finding == "arrived" else delivery.Verdict.NOT_THERE
    return act(
        request,
        reply.conversation,
        lambda: delivery.settle_reply(reply_id=reply.pk, verdict=verdict, actor=user, at=timezone.now()),
        _("Settled."),
    )


def read_fence(request: HttpRequest) -> int:
    """Return the fence that a form sends.

    :raises Invalid: it sends none.
    """
    form = FenceForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("This page is too old. Load it again."))
    fence: int = form.cleaned_data["fence"]
    return fence


def act(
    request: HttpRequest,
    conversation: Conversation,
    service: Callable[[], Result],
    done: str,
    *,
    undo: Callable[[Result, Conversation, str], Offer | None] | None = None,
) -> HttpResponse:
    """Carry out an act, and show the conversation as it then stands or what stands in the way.

    ``undo`` says how it is taken back: from what the act returned, and the list that one comes from.
    """
    try:
        result = service()
    except Refusal as refusal:
        return refused(request, conversation, refusal)
    way_back = undo or (lambda *_nothing: None)
    return show_done(request, conversation, done, lambda at, slug: way_back(result, at, slug))


def show_done(
    request: HttpRequest,
    conversation: Conversation,
    sentence: str,
    undo: Callable[[Conversation, str], Offer | None] = lambda *_nothing: None,
) -> HttpResponse:
    """Show the conversation as it now stands, what was done, and the way back.

    A page that goes on to the next conversation by itself gets the sentence alone.
    """
    slug = queue_after(conversation, request.GET.get("from", ""))
    offer = undo(conversation, slug)
    if not _is_fragment(request):
        messages.success(request, sentence, extra_tags=offer.written() if offer is not None else "")
        return redirect("triage:open", slug=slug, conversation_id=conversation.pk)
    toast = render_to_string("triage/_toast.html", {"sentence": sentence, "offer": offer}, request)
    if "Goes-On" in request.headers:
        answer = HttpResponse(toast)
        answer["HX-Reswap"] = "none"
        answer["HX-Trigger"] = json.dumps({"flow:done": {"conversation": conversation.pk}})
        return answer
    answer = show(request, slug, conversation.pk)
    answer.write(toast)
    if "undo" in request.POST:
        # What is undone is looked at: it need not be what was open.
        answer["HX-Push-Url"] = reverse("triage:open", args=[slug, conversation.pk])
    return answer


def refused(request: HttpRequest, conversation: Conversation, refusal: Refusal) -> HttpResponse:
    """Say what stands in the way; nothing that was typed is lost."""
    # What names an answer or a merge is done where that stands, wherever the thread goes on.
    if isinstance(refusal, Conflict) and request.resolver_match and "conversation_id" in request.resolver_match.kwargs:
        refusal = merged_away.instead_of(refusal, Conversation.objects.get(pk=conversation.pk))
    status = status_of(refusal)
    notice: dict[str, Any] = {
        "title": str(refusal),
        "tone": "urgent" if status == 422 else "warn",
        "changes": getattr(refusal, "changes", []),
    }
    if isinstance(refusal, replies.WorldChanged) and refusal.now is not None and "body" in request.POST:
        notice["can_send_anyway"] = True
        notice["anyway_value"] = f"{refusal.now.fence}-{refusal.now.mention_id}-{refusal.now.policy_version_id}"
    notice["can_send_undescribed"] = isinstance(refusal, AltTextMissing)
    if isinstance(refusal, ApprovalNeeded) and "body" in request.POST:
        notice["ask_url"] = f"{reverse('triage:ask_approval', args=[conversation.pk])}?{request.GET.urlencode()}"
    notice["posts"] = refusal.posts if isinstance(refusal, TooLong) else 0
    if isinstance(refusal, MergedAway):
        notice["go_url"] = goes_on_url(refusal.into, signed_in(request))
    elif isinstance(refusal, Conflict):
        slug = queue_after(conversation, request.GET.get("from", ""))
        notice["look_url"] = redirect("triage:open", slug=slug, conversation_id=conversation.pk)["Location"]
    if _is_fragment(request):
        return render(request, "triage/_notice.html", notice, status=status)
    return _page(request, conversation, status=status, refusal=notice, body=request.POST.get("body"))


def status_of(refusal: Refusal) -> int:
    """Return the status with which a refusal is answered."""
    if isinstance(refusal, Forbidden):
        return 403
    return 409 if isinstance(refusal, Conflict) else 422


def _page(request: HttpRequest, conversation: Conversation, **what: Any) -> HttpResponse:
    slug = queue_after(conversation, request.GET.get("from", ""))
    return show(request, slug, conversation.pk, **what)


def _is_fragment(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]


def sent_sentence(kind: ReplyKind = ReplyKind.ANSWER) -> str:
    """Return what somebody is told who has just sent an answer, or what changes one."""
    if kind != ReplyKind.ANSWER:
        if settings.SEND_UNDO_SECONDS:
            return _("This happens in %(seconds)d seconds. Until then you can take it back.") % {
                "seconds": settings.SEND_UNDO_SECONDS
            }
        return _("It is on its way.")
    if settings.SEND_UNDO_SECONDS:
        return _("Your answer leaves in %(seconds)d seconds. Until then you can take it back.") % {
            "seconds": settings.SEND_UNDO_SECONDS
        }
    return _("Your answer is on its way.")
