"""What departments hear."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from insights.access import departments_heard_by, get_department_for
from insights.streams import heard, read_stream
from teams.http import may, signed_in

PAGE_SIZE = 30


@may("conversation.view")
@require_safe
def listen(request: HttpRequest) -> HttpResponse:
    """Go to the stream of the first department whose stream this person may read."""
    user = signed_in(request)
    departments = departments_heard_by(user)
    mine = [department for department in departments if department.pk in user.rights.departments]
    first = next(iter(mine or departments), None)
    if first is None:
        return render(request, "insights/listen.html", {"departments": []})
    return redirect("insights:stream", slug=first.slug)


@may("conversation.view")
@require_safe
def stream(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what concerns one department, newest first, and who answers it."""
    user = signed_in(request)
    department = get_department_for(user, slug)
    now = timezone.now()
    page = read_stream(department, user, size=PAGE_SIZE, before=request.GET.get("before", ""))
    address = reverse("insights:stream", args=[slug])
    tabs = [
        {
            "label": one.name,
            "url": reverse("insights:stream", args=[one.slug]),
            "is_current": one.pk == department.pk,
        }
        for one in departments_heard_by(user)
    ]
    context = {
        "department": department,
        "tabs": tabs if len(tabs) > 1 else [],
        "rows": [heard(conversation, department, at=now) for conversation in page.rows],
        "can_take_away": user.rights.may("takeaway.write", department.pk),
        "previous_url": address if request.GET.get("before") else "",
        "previous_label": _("Newest"),
        "next_url": f"{address}?{urlencode({'before': page.older})}" if page.older else "",
    }
    return render(request, "insights/listen.html", context)
