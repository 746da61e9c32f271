"""What the frame around every page shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from teams.demonstration import personas
from teams.models import Notification, User


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's context. Nothing is read that a fragment does not show."""
    organisation = getattr(request, "organisation", None)
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        demo_accounts: Any = SimpleLazyObject(personas) if organisation is not None and organisation.is_demo else []
        return {"organisation": organisation, "demo_accounts": demo_accounts}
    return {
        "organisation": organisation,
        "nav": SimpleLazyObject(lambda: _navigation(request, user)),
        "unread_count": SimpleLazyObject(lambda: _unread_count(user)),
        "live_url": settings.LIVE_URL,
        "search_query": request.GET.get("q", ""),
    }


def _unread_count(user: User) -> int:
    """Count at most 100: nobody reads "1,204", and the page must not pay for it."""
    return Notification.objects.in_page().unread().filter(user=user)[:100].count()


def _navigation(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    rights = user.rights
    places = [
        ("conversation.view", "triage:inbox", _("Inbox"), "inbox"),
        ("takeaway.write", "insights:listen", _("Listen"), "speaker-wave"),
        ("report.view", "insights:reports", _("Reports"), "chart-bar"),
        ("policy.view", "policies:in_force", _("Policy"), "document-text"),
        ("team.view", "teams:departments", _("Team"), "user-group"),
        ("channel.view", "listening:channels", _("Channels"), "signal"),
    ]
    app = request.resolver_match.app_name if request.resolver_match else ""
    here = {"insights": request.path.strip("/").split("/")[0]}.get(app, app)
    names = {
        "triage:inbox": "triage",
        "insights:listen": "listen",
        "insights:reports": "reports",
        "policies:in_force": "policies",
        "teams:departments": "teams",
        "listening:channels": "listening",
    }
    return [
        {"label": label, "icon": icon, "url": reverse(name), "is_current": names[name] == here}
        for action, name, label, icon in places
        if rights.may_somewhere(action)
    ]
