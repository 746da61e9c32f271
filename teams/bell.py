"""What the bell and the lists know of unread notifications: one query per request."""

from django.http import HttpRequest

from teams.http import signed_in
from teams.models import Notification

# Nobody reads "1,204", and the page must not pay for it.
MOST_COUNTED = 100


def unread_conversations(request: HttpRequest) -> list[int]:
    """Return the conversation of each of the newest unread notifications in the page, 0 for what is about none."""
    kept: list[int] | None = getattr(request, "unread_conversations", None)
    if kept is None:
        unread = Notification.objects.in_page().filter(user=signed_in(request), read_at__isnull=True)
        kept = [pk or 0 for pk in unread.values_list("conversation_id", flat=True)[:MOST_COUNTED]]
        request.unread_conversations = kept  # type: ignore[attr-defined]  # kept for the rest of this request
    return kept
