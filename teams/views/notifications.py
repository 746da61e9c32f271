"""What somebody was told."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from teams.http import signed_in
from teams.models import Notification
from teams.newest import read_newest
from teams.sentences import sentence_of
from teams.services import notifications as services

PAGE_SIZE = 50


@login_required
@never_cache
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """List what the signed-in person was told, newest first."""
    mine = Notification.objects.in_page().filter(user=signed_in(request))
    found, next_url = read_newest(mine.select_related("actor"), size=PAGE_SIZE, after=request.GET.get("after", ""))
    context = {
        "rows": [(told, sentence_of(told)) for told in found],
        "has_unread": mine.unread().exists(),
        "next_url": next_url,
    }
    return render(request, "teams/notifications.html", context)


@login_required
@require_safe
def open_notification(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Lead to what it is about, and remember that the person has seen what was told of it."""
    user = signed_in(request)
    told = get_object_or_404(Notification.objects.in_page(), pk=notification_id, user=user)
    if request.method == "GET":
        # Whoever opens the page has seen all that was told of it.
        services.mark_read(user=user, at=timezone.now(), conversation_id=told.conversation_id, path=told.path)
    return redirect(told.path) if told.path else redirect("triage:conversation", told.conversation_id)


@login_required
@require_POST
def mark_read(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    services.mark_read(user=signed_in(request), at=timezone.now())
    return redirect("teams:notifications")
