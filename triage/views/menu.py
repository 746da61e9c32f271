"""The menu beside the lists, alone: its numbers as they are now."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from teams.http import may, signed_in
from triage.lists.menu import menu_of
from triage.names import names_now
from triage.views.lists import numbers_for


@may("conversation.view")
@require_safe
def menu(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the menu as it is shown beside a list; open pages ask for it now and then while things happen."""
    user = signed_in(request)
    context = {
        "queues": menu_of(user, names_now(), numbers_for(user, timezone.now()), slug),
        "list_slug": slug,
        "can_write_down": user.rights.may_somewhere("mention.write"),
    }
    return render(request, "triage/_queues.html", context)
