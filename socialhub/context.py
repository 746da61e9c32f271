"""What the frame around every page shows."""

from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from teams.bell import unread_conversations
from teams.demonstration import personas
from teams.models import User
from teams.shortcuts import FIXED, TABLE, AfterAct, Group, after_act, changed_keys, keys_of
from triage.showing.incidents import open_now
from triage.showing.stops import standing_for


@lru_cache(maxsize=100)
def _keys_dialog(language: str, keys: tuple[tuple[str, str], ...]) -> str:
    """Print the list of keys; ``language`` only tells entries apart: it is the one that is active."""
    own = dict(keys)
    groups = []
    for group in Group:
        rows = [
            {"name": each.name, "keys": [own[each.name]], "title": each.title}
            for each in TABLE
            if each.group is group and own[each.name]
        ]
        rows += [{"keys": each.keys, "title": each.title} for each in FIXED if each.group is group]
        groups.append((group.label, rows))
    return render_to_string("components/_keys.html", {"groups": groups})


def _keys_of(user: User) -> str:
    """Return the list of keys, which says the same on every page of a person and a language."""
    return _keys_dialog(get_language() or "", tuple(keys_of(user).items()))


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
        "nav": lambda: _navigation(request, user),
        "may_see_register": SimpleLazyObject(lambda: user.rights.may_somewhere("attestation.view")),
        "may_see_answers": SimpleLazyObject(lambda: user.rights.may_somewhere("saved_answer.view")),
        "unread_count": SimpleLazyObject(lambda: len(unread_conversations(request))),
        "stops": SimpleLazyObject(lambda: standing_for(user)) if is_stopped else [],
        "incidents": SimpleLazyObject(open_now) if organisation is not None and organisation.is_incident_open else [],
        "can_stop_sending": SimpleLazyObject(lambda: user.rights.may_somewhere("sending.stop")),
        "can_hold": SimpleLazyObject(lambda: user.rights.may_somewhere("hold.place")),
        "may_see_retention": SimpleLazyObject(lambda: user.rights.may_somewhere("retention.view")),
        "can_stop_deciding": SimpleLazyObject(lambda: user.rights.may_somewhere("deciding.stop")),
        # Hardly anybody has changed one, and what is kept for those who have not is kept for all of them.
        "own_keys": lambda: tuple(keys_of(user).items()) if changed_keys(user) else (),
        "keys_dialog": lambda: _keys_of(user),
        "stays_after_act": lambda: after_act(user) is AfterAct.STAY,
        "live_url": settings.LIVE_URL,
        "search_query": request.GET.get("q", ""),
    }


class Place(NamedTuple):
    """A link in the head of every page: who sees it, where it goes, and under which addresses one is there."""

    action: str
    name: str
    label: Any
    icon: str
    addresses: tuple[str, ...]


PLACES = (
    Place(
        "conversation.view",
        "triage:inbox",
        pgettext_lazy("menu", "Inbox"),
        "inbox",
        ("/inbox/", "/conversations/", "/approvals/"),
    ),
    Place(
        "conversation.view", "insights:listen", _("Listen"), "speaker-wave", ("/listen/", "/takeaways/", "/streams/")
    ),
    Place("report.view", "insights:reports", _("Reports"), "chart-bar", ("/reports/",)),
    Place("policy.view", "policies:in_force", _("Policy"), "document-text", ("/policy/", "/answers/", "/course/")),
    Place("team.view", "teams:departments", _("Team"), "user-group", ("/team/",)),
    Place("channel.view", "listening:channels", _("Channels"), "signal", ("/channels/",)),
)


@lru_cache(maxsize=500)
def _print_navigation(allowed: tuple[int, ...], current: int | None, language: str) -> str:
    """Print the places with these numbers; ``language`` only tells entries apart: it is the one that is active."""
    links = [
        {"place": PLACES[number], "url": reverse(PLACES[number].name), "is_current": number == current}
        for number in allowed
    ]
    return render_to_string("components/_nav.html", {"links": links})


def _navigation(request: HttpRequest, user: User) -> str:
    """Return the links to the places; there are few ways to see them, so each is printed once."""
    allowed = tuple(number for number, place in enumerate(PLACES) if user.rights.may_somewhere(place.action))
    current = next((number for number in allowed if request.path.startswith(PLACES[number].addresses)), None)
    return _print_navigation(allowed, current, get_language() or "")
