"""What the bell and the lists know of unread notifications: one query per request."""

from django.db import connection
from django.http import HttpRequest

from teams.http import signed_in
from teams.models import Notification

# Nobody reads "1,204", and the page must not pay for it.
MOST_COUNTED = 100
# Written out: it is asked for every page, and compiling it would take longer than answering it.
UNREAD = """
SELECT conversation_id FROM teams_notification
WHERE user_id = %s AND medium = %s AND read_at IS NULL ORDER BY id DESC LIMIT %s
"""


def unread_conversations(request: HttpRequest) -> list[int]:
    """Return the conversation of each of the newest unread notifications in the page, 0 for what is about none."""
    kept: list[int] | None = getattr(request, "unread_conversations", None)
    if kept is None:
        with connection.cursor() as cursor:
            cursor.execute(UNREAD, [signed_in(request).pk, Notification.Medium.PAGE.value, MOST_COUNTED])
            kept = [pk or 0 for (pk,) in cursor.fetchall()]
        request.unread_conversations = kept  # type: ignore[attr-defined]  # kept for the rest of this request
    return kept
