"""Approvals: what waits for somebody's word, what they say, and what the author does."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from policies.services import reading
from socialhub.lib.errors import Conflict, Forbidden, Refusal
from teams.http import may, signed_in
from teams.services import notifications
from triage.access import get_approval_for, get_conversation_for
from triage.forms.approvals import VerdictForm
from triage.forms.attachments import alts_in
from triage.forms.conversation import ReplyForm
from triage.forms.refusing import refusal_of
from triage.models import Approval
from triage.services import gate
from triage.services.approving import asks, steps, verdicts
from triage.services.writing import attaching
from triage.showing.approvals import read_approval
from triage.showing.conduct import needs_if_decided
from triage.views.acts import act, refused
from triage.views.changing import act_on_approval

# As many as one person works through before they load the page again.
MOST_SHOWN = 50
SAID = {
    "approve": gettext_lazy("Approved."),
    "edit": gettext_lazy("Your text is proposed to its author."),
    "reject": gettext_lazy("Rejected. Its author is told why."),
}


@may("reply.approve")
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """Show what waits for the reader's word."""
    user = signed_in(request)
    now = timezone.now()
    waiting = list(steps.waiting_for(user, at=now)[: MOST_SHOWN + 1])
    shown = [read_approval(one, user, at=now, with_thread=False) for one in waiting[:MOST_SHOWN]]
    context = {
        "approvals": shown,
        "is_cut": len(waiting) > MOST_SHOWN,
        "must_attest": bool(waiting) and gate.must_attest(user, at=now),
    }
    return render(request, "triage/approvals.html", context)


@may("reply.approve")
@require_safe
def approval(request: HttpRequest, approval_id: int) -> HttpResponse:
    """Show one text with the thread that it answers."""
    user = signed_in(request)
    found = get_approval_for(user, approval_id)
    notifications.mark_read(user=user, at=timezone.now(), path=request.path)
    return _page(request, found)


@may("reply.approve")
@require_POST
def verdict(request: HttpRequest, approval_id: int) -> HttpResponse:
    """Take an approver's word."""
    user = signed_in(request)
    found = get_approval_for(user, approval_id)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return _page(request, found, refusal=refusal_of(form))
    said, body, note = (form.cleaned_data[name] for name in ("verdict", "body", "note"))
    given: dict[str, Any] = {"approval_id": found.pk, "approver": user, "at": timezone.now()}
    try:
        if said == "approve":
            verdicts.approve(**given)
        elif said == "edit":
            verdicts.approve_with_edit(**given, body=body, note=note)
        else:
            verdicts.reject(**given, note=note)
    except Refusal as refusal:
        return _page(request, found, refusal=refusal)
    messages.success(request, SAID[said])
    return redirect("triage:approvals")


@may("conversation.view")
@require_POST
def ask(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Put the text before those who must approve it."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, action="conversation.answer")
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return refused(request, conversation, refusal_of(form))
    now = timezone.now()

    def put_before_them() -> None:
        attaching.describe(conversation_id=conversation.pk, author=user, alts=alts_in(request.POST), at=now)
        asks.ask_approval(
            conversation_id=conversation.pk,
            author=user,
            body=form.cleaned_data["body"],
            seen=form.seen(),
            how=form.how(),
            sends_when_approved=form.cleaned_data["sends_when_approved"],
            at=now,
        )

    said = _("Approval is asked for. You are told when there is an answer.")
    return act(request, conversation, put_before_them, said)


@may("conversation.view")
@require_POST
def decision_needs(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Tell whose approval an answer will need, as the decision stands in its form; nothing is kept."""
    conversation = get_conversation_for(signed_in(request), conversation_id, action="conversation.decide")
    policy = reading.policy_in_force()
    needs = needs_if_decided(conversation, request.POST, policy=policy, at=timezone.now())
    return render(request, "triage/_decision_needs.html", {"needs": needs})


@may("conversation.view")
@require_POST
def take(request: HttpRequest, approval_id: int) -> HttpResponse:
    """Make the approver's text the author's."""
    user = signed_in(request)
    found = get_approval_for(user, approval_id, is_author=True)
    return act_on_approval(
        request,
        found,
        lambda: asks.take_edit(approval_id=found.pk, author=user, at=timezone.now()),
        _("The text is yours now."),
    )


@may("conversation.view")
@require_POST
def withdraw(request: HttpRequest, approval_id: int) -> HttpResponse:
    """Take the asking back, to change the text."""
    user = signed_in(request)
    found = get_approval_for(user, approval_id, is_author=True)
    return act_on_approval(
        request,
        found,
        lambda: asks.withdraw_approval(approval_id=found.pk, author=user, at=timezone.now()),
        _("Withdrawn from approval. You can change the text."),
    )


def _page(request: HttpRequest, found: Approval, *, refusal: Refusal | None = None) -> HttpResponse:
    """Show the approval as it stands now; what was typed stays."""
    user = signed_in(request)
    status = 200
    context: dict[str, Any] = {}
    if refusal is not None:
        status = 403 if isinstance(refusal, Forbidden) else 409 if isinstance(refusal, Conflict) else 422
        context["refusal"] = refusal
        context["changes"] = getattr(refusal, "changes", [])
    people = ("conversation__channel", "conversation__profile", "author", "original__mention")
    fresh = Approval.objects.select_related(*people).get(pk=found.pk)
    now = timezone.now()
    shown = read_approval(fresh, user, at=now)
    context["approval"] = shown
    context["must_attest"] = shown.can_speak and gate.must_attest(user, at=now)
    context["body"] = request.POST.get("body", fresh.body)
    context["note"] = request.POST.get("note", "")
    return render(request, "triage/approval.html", context, status=status)
