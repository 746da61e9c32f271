"""The pen on its way from one person to another: handing over, and taking over."""

from collections.abc import Callable
from typing import Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from teams.http import may, signed_in
from triage.access import get_conversation_for, get_hand_over_for
from triage.forms.pen import HandOverForm, TakeOverForm
from triage.forms.refusing import refusal_of
from triage.services.pen import handing_over, taking_over
from triage.showing import undo_offers
from triage.views.acts import act, refused


@may("conversation.view")
@require_POST
def hand_over(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Ask a colleague to take the conversation over."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, action="conversation.answer")
    form = HandOverForm(request.POST)
    if not form.is_valid():
        return refused(request, conversation, refusal_of(form))
    data = form.cleaned_data
    return act(
        request,
        conversation,
        lambda: handing_over.ask(
            conversation_id=conversation.pk,
            giver=user,
            taker=data["taker"],
            note=data["note"],
            fence=data["fence"],
            at=timezone.now(),
        ),
        _("%(name)s is asked to take the conversation over.") % {"name": data["taker"].name},
        undo=lambda asked, _conversation, slug: undo_offers.of_asking(asked, slug),
    )


@may("conversation.view")
@require_POST
def accept(request: HttpRequest, hand_over_id: int) -> HttpResponse:
    """Take the pen that a colleague offers."""
    return _act_as("taker", handing_over.accept, request, hand_over_id, _("You hold this conversation."))


@may("conversation.view")
@require_POST
def decline(request: HttpRequest, hand_over_id: int) -> HttpResponse:
    """Leave the pen with the colleague who asked."""
    done = _("Declined. %(giver)s keeps the conversation.")
    return _act_as("taker", handing_over.decline, request, hand_over_id, done)


@may("conversation.view")
@require_POST
def withdraw(request: HttpRequest, hand_over_id: int) -> HttpResponse:
    """Take the asking back."""
    return _act_as("giver", handing_over.withdraw, request, hand_over_id, _("The conversation stays with you."))


def _act_as(
    role: Literal["giver", "taker"],
    service: Callable[..., object],
    request: HttpRequest,
    hand_over_id: int,
    done: str,
) -> HttpResponse:
    """Carry out what the giver or the taker may do with an asking; the service knows them by that name."""
    user = signed_in(request)
    asked = get_hand_over_for(user, hand_over_id, role=role)
    return act(
        request,
        asked.conversation,
        lambda: service(hand_over_id=asked.pk, at=timezone.now(), **{role: user}),
        done % {"giver": asked.giver.name},
    )


@may("conversation.view")
@require_POST
def take_over(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Take the pen from its holder, with a reason."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, action="conversation.take_over")
    form = TakeOverForm(request.POST)
    if not form.is_valid():
        return refused(request, conversation, refusal_of(form))
    data = form.cleaned_data
    return act(
        request,
        conversation,
        lambda: taking_over.take_over(
            conversation_id=conversation.pk,
            actor=user,
            reason=data["reason"],
            to_queue=data["then"] != "hold",
            give_to=data["person"] if data["then"] == "give" else None,
            fence=data["fence"],
            at=timezone.now(),
        ),
        _("Taken over. Whoever held it is told, and keeps their draft."),
    )
