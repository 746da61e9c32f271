"""What the frame around every page shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from teams.bell import unread_conversations
from teams.demonstration import personas
from teams.models import User
from triage.stops import standing_for


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's context. Nothing is read that a fragment does not show."""
    organisation = getattr(request, "organisation", None)
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        demo_accounts: Any = SimpleLazyObject(personas) if organisation is not None and organisation.is_demo else []
        return {"organisation": organisation, "demo_accounts": demo_accounts}
    is_stopped = organisation is not None and organisation.is_sending_stopped
    return {
        "organisation": organisation,
        "nav": SimpleLazyObject(lambda: _navigation(request, user)),
        "may_see_answers": SimpleLazyObject(lambda: user.rights.may_somewhere("saved_answer.view")),
        "unread_count": SimpleLazyObject(lambda: len(unread_conversations(request))),
        "stops": SimpleLazyObject(lambda: standing_for(user)) if is_stopped else [],
        "can_stop_sending": SimpleLazyObject(lambda: user.rights.may_somewhere("sending.stop")),
        "live_url": settings.LIVE_URL,
        "search_query": request.GET.get("q", ""),
    }


# What may be done there, where it is, what it is called, its icon, and under which addresses one is there.
PLACES = (
    ("conversation.view", "triage:inbox", _("Inbox"), "inbox", ("/inbox/", "/conversations/", "/approvals/")),
    ("conversation.view", "insights:listen", _("Listen"), "speaker-wave", ("/listen/", "/takeaways/", "/streams/")),
    ("report.view", "insights:reports", _("Reports"), "chart-bar", ("/reports/",)),
    ("policy.view", "policies:in_force", _("Policy"), "document-text", ("/policy/", "/answers/")),
    ("team.view", "teams:departments", _("Team"), "user-group", ("/team/",)),
    ("channel.view", "listening:channels", _("Channels"), "signal", ("/channels/",)),
)


def _navigation(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    return [
        {"label": label, "icon": icon, "url": reverse(name), "is_current": request.path.startswith(addresses)}
        for action, name, label, icon, addresses in PLACES
        if user.rights.may_somewhere(action)
    ]
