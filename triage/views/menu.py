"""The menu beside the lists, alone: its numbers as they are now."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from teams.http import may, signed_in
from teams.models import User
from triage.lists.listing import listing_of
from triage.lists.menu import menu_of
from triage.lists.rows import Names
from triage.names import names_now
from triage.services.counting import InboxNumbers
from triage.views.lists import count_label, numbers_for


@may("conversation.view")
@require_safe
def menu(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the menu as it is shown beside a list, and the number beside the list's heading.

    Open pages ask for it now and then while things happen.
    """
    user = signed_in(request)
    names, numbers = names_now(), numbers_for(user, timezone.now())
    context = {
        "queues": menu_of(user, names, numbers, slug),
        "count_label": _count(user, slug, names, numbers),
        "list_slug": slug,
        "can_write_down": user.rights.may_somewhere("mention.write"),
    }
    return render(request, "triage/_menu.html", context)


def _count(user: User, slug: str, names: Names, numbers: InboxNumbers) -> str:
    try:
        return count_label(listing_of(user, slug, names, numbers=numbers), numbers)
    except Http404:
        # A saved view that has gone since the page was opened: its menu goes on.
        return ""
