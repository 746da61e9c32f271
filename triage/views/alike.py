"""What similar conversations were answered with: asked when somebody opens the fold."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from socialhub.lib.durations import ago
from teams.http import may, signed_in
from triage.access import get_conversation_for
from triage.services.writing.alike import find_alike


@may("conversation.view")
@require_safe
@vary_on_headers("HX-Request")
def alike(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Show up to three answers to messages like the last ones here; htmx gets the part alone."""
    user = signed_in(request)
    now = timezone.now()
    conversation = get_conversation_for(user, conversation_id)
    found = [
        {
            "name": one.reply.conversation.author_name,
            "url": reverse("triage:conversation", args=[one.reply.conversation_id]),
            "asked": one.asked,
            "language": one.reply.answers.language,
            "answer": one.reply.body,
            "by": one.reply.author.name,
            "ago": ago(one.reply.sent_at or one.reply.queued_at, now),
            "at_iso": (one.reply.sent_at or one.reply.queued_at).isoformat(),
        }
        for one in find_alike(conversation, reader=user)
    ]
    is_part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    template = "triage/_alike.html" if is_part else "triage/alike.html"
    return render(request, template, {"conversation": conversation, "found": found})
