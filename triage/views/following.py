"""One press instead of a form: the decision that is suggested, and the departments in the order of lately."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from teams.http import may, signed_in
from triage.access import get_conversation_for
from triage.services import undoing_closing, undoing_waiting
from triage.services.decisions import following
from triage.showing import undo_offers
from triage.showing.departments_lately import departments_for
from triage.views.acts import act, read_fence


@may("conversation.view")
@require_POST
def follow(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Decide as suggested."""
    user = signed_in(request)
    return act(
        request,
        get_conversation_for(user, conversation_id, action="conversation.decide"),
        lambda: following.follow(
            conversation_id=conversation_id,
            triage_owner=user,
            fence=read_fence(request),
            seal=request.POST.get("seal", ""),
            at=timezone.now(),
        ),
        _("Decided as suggested."),
        undo=lambda _decision, conversation, slug: undo_offers.of_decision(conversation, slug),
    )


@may("conversation.view")
@require_POST
def undo_closing(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Take the person's own closing back."""
    user = signed_in(request)
    return act(
        request,
        get_conversation_for(user, conversation_id, action="conversation.close"),
        lambda: undoing_closing.undo_closing(
            conversation_id=conversation_id, actor=user, fence=read_fence(request), at=timezone.now()
        ),
        _("It is open again."),
    )


@may("conversation.view")
@require_POST
def undo_waiting(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Go on with what the person let wait for the customer."""
    user = signed_in(request)
    return act(
        request,
        get_conversation_for(user, conversation_id, action="conversation.answer"),
        lambda: undoing_waiting.undo_waiting(
            conversation_id=conversation_id, actor=user, fence=read_fence(request), at=timezone.now()
        ),
        _("You go on. Its clock runs as before."),
    )


@may("conversation.view")
@require_safe
def departments(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Return the departments as options, those first to which the like was given lately."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, action="conversation.decide")
    return render(request, "triage/_departments_lately.html", {"found": departments_for(conversation)})
