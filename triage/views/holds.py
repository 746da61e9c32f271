"""Legal holds: what is kept whatever the rules of retention say."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from socialhub.lib.errors import Conflict, Invalid
from teams.http import answer_conflict, may, signed_in
from triage.access import get_conversation_for
from triage.forms.holds import HoldForm, LiftForm
from triage.models import LegalHold
from triage.services.keeping import holds
from triage.services.reasons import MAX_REASON
from triage.showing.holds import read_lifted, read_standing, show


@may("hold.place")
@require_safe
def legal_holds(request: HttpRequest) -> HttpResponse:
    """List what is on hold, and what was."""
    return render(request, "triage/holds.html", {"standing": read_standing(), "lifted": read_lifted()})


@may("conversation.view")
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Place a hold on a conversation, or on everything of its author."""
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, with_names=True)
    if not user.rights.everywhere("hold.place"):
        raise PermissionDenied
    form = HoldForm(request.POST) if request.method == "POST" else HoldForm(initial={"on": "conversation"})
    if request.method == "POST" and form.is_valid():
        try:
            holds.place_hold(
                conversation_id=conversation.pk,
                of_author=form.cleaned_data["on"] == "author",
                reason=form.cleaned_data["reason"],
                review_on=form.cleaned_data["review_on"],
                actor=user,
                at=timezone.now(),
            )
        except Invalid as invalid:
            form.add_error(invalid.field, str(invalid))
        except Conflict as conflict:
            return answer_conflict(request, conflict, look_url=reverse("triage:legal_holds"))
        else:
            messages.success(request, _("On hold from now on: nothing of it is erased until the hold is lifted."))
            return redirect("triage:conversation", conversation_id=conversation.pk)
    standing = [show(one) for one in holds.holds_on(conversation)]
    context = {"form": form, "conversation": conversation, "standing": standing}
    return render(request, "triage/hold.html", context, status=422 if form.errors else 200)


@may("hold.place")
@require_POST
def lift(request: HttpRequest, hold_id: int) -> HttpResponse:
    """End a hold."""
    found = get_object_or_404(LegalHold, pk=hold_id)
    form = LiftForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why the hold is lifted, in at most %(n)d characters.") % {"n": MAX_REASON})
        return redirect("triage:legal_holds")
    try:
        because = form.cleaned_data["because"]
        holds.lift_hold(hold_id=found.pk, because=because, actor=signed_in(request), at=timezone.now())
    except Conflict as conflict:
        return answer_conflict(request, conflict, look_url=reverse("triage:legal_holds"))
    messages.success(request, _("Lifted. From the next night on the rules of retention count again."))
    return redirect("triage:legal_holds")
