"""The form on which somebody writes down what they heard."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from listening.models import Mention
from socialhub.lib.errors import Invalid
from teams.http import may, signed_in
from triage.forms.conversation import WriteDownForm
from triage.models import Conversation
from triage.services.arriving import by_hand


@may("mention.write")
@require_http_methods(["GET", "HEAD", "POST"])
def write_down(request: HttpRequest) -> HttpResponse:
    """Keep what was said where no channel listens, and go to the conversation that it became."""
    now = timezone.now()
    if request.method != "POST":
        form = WriteDownForm(initial={"key": uuid.uuid4(), "said_at": timezone.localtime(now)})
        return render(request, "triage/write_down.html", {"form": form})
    form = WriteDownForm(request.POST)
    if form.is_valid():
        try:
            mention = by_hand.write_down(
                told=form.told(), key=form.cleaned_data["key"], writer=signed_in(request), at=now
            )
        except Invalid as invalid:
            form.add_error(invalid.field, str(invalid))
        else:
            return _go_to(request, mention)
    return render(request, "triage/write_down.html", {"form": form}, status=422)


def _go_to(request: HttpRequest, mention: Mention) -> HttpResponse:
    visible = Conversation.objects.visible_to(signed_in(request))
    conversation = visible.filter(entries__mention=mention).first()
    if conversation is None:
        messages.success(request, _("It is written down. The triage owner gets it."))
        return redirect("triage:inbox")
    messages.success(request, _("It is written down. The triage owner decides what is done with it."))
    return redirect("triage:conversation", conversation_id=conversation.pk)
