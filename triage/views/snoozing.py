"""Put a conversation aside, and bring it back."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from teams.http import may, signed_in
from triage.access import get_conversation_for
from triage.forms.refusing import refusal_of
from triage.forms.snoozing import SnoozeForm, moments_of
from triage.models import Conversation
from triage.services import snoozing
from triage.showing import undo_offers
from triage.showing.later import clock_text
from triage.views.acts import act, read_fence, refused


@may("conversation.view")
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def snooze(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Show until when a conversation may be put aside, and do it; htmx gets the form alone."""
    user = signed_in(request)
    now = timezone.now()
    conversation = get_conversation_for(user, conversation_id, action="conversation.snooze")
    if conversation.learner_id is not None:
        raise PermissionDenied
    moments = moments_of(conversation, at=now)
    if request.method != "POST":
        form = SnoozeForm(initial={"fence": conversation.fence}, moments=moments, due_at=conversation.due_at, at=now)
        return _show(request, conversation, form)
    form = SnoozeForm(request.POST, moments=moments, due_at=conversation.due_at, at=now)
    if not form.is_valid():
        return _show(request, conversation, form, status=422)

    def put_aside() -> None:
        snoozing.snooze(
            conversation_id=conversation.pk,
            until=form.until(),
            reach=form.cleaned_data["reach"],
            fence=form.cleaned_data["fence"],
            actor=user,
            at=now,
        )

    return act(
        request,
        conversation,
        put_aside,
        _("Snoozed until after its deadline. It comes back by itself.")
        if form.is_late()
        else _("Snoozed. It comes back by itself."),
        undo=lambda _nothing, snoozed, slug: undo_offers.of_snoozing(snoozed, slug),
    )


@may("conversation.view")
@require_POST
def wake(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Bring a snoozed conversation back now."""
    user = signed_in(request)
    return act(
        request,
        get_conversation_for(user, conversation_id, action="conversation.snooze"),
        lambda: snoozing.wake(conversation_id=conversation_id, actor=user, at=timezone.now()),
        _("It is back where it was."),
        undo=lambda _nothing, woken, slug: undo_offers.of_waking(woken, slug),
    )


@may("conversation.view")
@require_POST
def snooze_again(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Put aside once more what the person has just brought back."""
    user = signed_in(request)
    return act(
        request,
        get_conversation_for(user, conversation_id, action="conversation.snooze"),
        lambda: snoozing.snooze_again(
            conversation_id=conversation_id, actor=user, fence=read_fence(request), at=timezone.now()
        ),
        _("It is put aside again, as it was."),
    )


def _show(request: HttpRequest, conversation: Conversation, form: SnoozeForm, status: int = 200) -> HttpResponse:
    is_part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    context = {"form": form, "conversation": conversation, "clock_text": clock_text(conversation)}
    if is_part and form.errors:
        return refused(request, conversation, refusal_of(form))
    return render(request, "triage/_snooze_form.html" if is_part else "triage/snooze.html", context, status=status)
