"""What people do to an answer on its way: take it back, or send it after all."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from socialhub.lib.errors import Invalid
from teams.http import may, signed_in
from triage.access import get_reply_for
from triage.forms.conversation import SeenForm
from triage.models import Reply
from triage.services.sending import resending, withdrawing
from triage.states import ReplyKind
from triage.views.acts import act, refused, sent_sentence


@may("conversation.view")
@require_POST
def withdraw(request: HttpRequest, reply_id: int) -> HttpResponse:
    """Take an answer back before it leaves."""
    user = signed_in(request)
    reply = get_reply_for(user, reply_id, action="conversation.answer")
    return act(
        request,
        reply.conversation,
        lambda: withdrawing.withdraw_reply(reply_id=reply.pk, actor=user, at=timezone.now()),
        taken_back(reply),
    )


def taken_back(reply: Reply) -> str:
    """Return what somebody is told who has taken something back."""
    if reply.kind == ReplyKind.ANSWER:
        return _("Your answer did not leave. It is a draft again.")
    return _("Nothing was changed: the answer stays as it is.")


@may("conversation.view")
@require_POST
def send_anyway(request: HttpRequest, reply_id: int) -> HttpResponse:
    """Send what was stopped because something had changed, now that its writer has seen it."""
    user = signed_in(request)
    reply = get_reply_for(user, reply_id, action="conversation.answer")
    form = SeenForm(request.POST)
    if not form.is_valid():
        return refused(request, reply.conversation, Invalid(_("This page is too old. Load it again.")))
    return act(
        request,
        reply.conversation,
        lambda: resending.send_anyway(reply_id=reply.pk, author=user, seen=form.seen(), at=timezone.now()),
        sent_sentence(),
    )
