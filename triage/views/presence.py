"""Who else is here right now."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from socialhub.lib import live
from teams.bell import unread_conversations
from teams.http import may, signed_in
from teams.models import User
from teams.services.notifications import mark_read
from triage import presence
from triage.access import get_conversation_for
from triage.models import Concern

MOST_SHOWN = 5
LONGEST_TAB = 12


@may("conversation.view")
@require_POST
def here(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Note that the reader looks at a conversation, writes an answer or has left; answer with who else is there.

    Whoever looks has read what they were told of it. Asked for by every open conversation every half minute, so
    nothing else is written to the database.
    """
    user = signed_in(request)
    conversation = get_conversation_for(user, conversation_id, with_names=False)
    tab = request.POST.get("tab", "")[:LONGEST_TAB]
    if not (tab.isascii() and tab.isalnum()):
        return HttpResponse(status=HTTPStatus.UNPROCESSABLE_ENTITY)
    has_left = bool(request.POST.get("left"))
    if has_left:
        before, now = presence.leave(conversation_id=conversation.pk, user_id=user.pk, tab=tab)
    else:
        is_writing = bool(request.POST.get("writing"))
        before, now = presence.be_here(conversation_id=conversation.pk, user_id=user.pk, tab=tab, is_writing=is_writing)
        if conversation.pk in unread_conversations(request):
            mark_read(user=user, at=timezone.now(), conversation_id=conversation.pk)
            live.people_told([user.pk])
    others = sorted(now.keys() - {user.pk})
    if before != now and others:
        concerned = Concern.objects.filter(conversation=conversation).values_list("department_id", flat=True)
        live.here_changed(conversation.pk, concerned, others)
    if has_left:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    people = list(User.objects.by_name().filter(pk__in=others[: 10 * MOST_SHOWN], is_active=True)) if others else []
    people.sort(key=lambda person: not now[person.pk])
    shown = people[:MOST_SHOWN]
    context = {
        "writing": [person for person in shown if now[person.pk]],
        "reading": [person for person in shown if not now[person.pk]],
        "more": len(people) - len(shown),
    }
    return render(request, "triage/_present.html", context)
