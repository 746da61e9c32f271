"""What follows from signing out."""

from typing import Any

from django.http import HttpRequest

from teams.services import pushing

# Which browser this session belongs to, where that takes notifications.
HERE = "push_subscription"


def forget_browser(sender: object, request: HttpRequest | None, **kwargs: Any) -> None:
    """Tell a browser nothing any more once nobody is signed in there."""
    known = request.session.get(HERE) if request is not None and hasattr(request, "session") else None
    if known is not None:
        pushing.forget(subscription_id=known)
