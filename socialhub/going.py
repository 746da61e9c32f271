"""Everything that somebody can go to: the pages that they may open, their lists, and what is found by a name."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from teams.http import signed_in
from teams.models import User
from triage.finding.elsewhere import people_found
from triage.finding.language import LONGEST, NotUnderstood, read
from triage.finding.searching import search
from triage.lists.menu import menu_of
from triage.names import names_now
from triage.showing.search import show_found
from triage.views.lists import numbers_for

MOST_FOUND = 6
# Shorter words are in everything.
SHORTEST = 2


class Page(NamedTuple):
    """A page, and what one must be allowed somewhere to open it; None is everybody who is signed in."""

    action: str | None
    name: str
    label: Any


class Way(NamedTuple):
    """One thing to go to."""

    label: str
    url: str
    hint: str = ""


class Group(NamedTuple):
    """Ways of one kind."""

    title: str
    ways: list[Way]


PAGES = (
    Page("conversation.view", "triage:inbox", gettext_lazy("Inbox")),
    Page("conversation.view", "triage:search", gettext_lazy("Search")),
    Page("reply.approve", "triage:approvals", gettext_lazy("Approvals")),
    Page("mention.write", "triage:write_down", gettext_lazy("Write down what was heard")),
    Page("conversation.view", "triage:saved_views", gettext_lazy("Saved views")),
    Page("saved_answer.view", "triage:saved_answers", gettext_lazy("Saved answers")),
    Page("conversation.view", "triage:bulk_runs", gettext_lazy("Acts on many")),
    Page("conversation.view", "insights:listen", gettext_lazy("Listen")),
    Page("conversation.view", "insights:takeaways", gettext_lazy("Takeaways")),
    Page("report.view", "insights:reports", gettext_lazy("Reports")),
    Page("policy.view", "policies:in_force", gettext_lazy("Policy")),
    Page("policy.view", "policies:versions", gettext_lazy("Versions")),
    Page("policy.view", "policies:waivers", gettext_lazy("Waivers")),
    Page("attestation.view", "policies:register", gettext_lazy("Register")),
    Page("policy.view", "triage:course", gettext_lazy("Course")),
    Page("team.view", "teams:departments", gettext_lazy("Departments")),
    Page("team.view", "teams:people", gettext_lazy("People")),
    Page("team.view", "teams:seats", gettext_lazy("Cross-functional team")),
    Page("team.manage", "teams:organisation", gettext_lazy("Organisation")),
    Page("team.manage", "teams:changes", gettext_lazy("Changes")),
    Page("channel.view", "listening:channels", gettext_lazy("Channels")),
    Page("stream.view", "streams:list", gettext_lazy("Streams")),
    Page("deciding.stop", "triage:rule_decisions", gettext_lazy("Decided by rules")),
    Page("conversation.view", "triage:stops", gettext_lazy("Emergency stop")),
    Page("hold.place", "triage:legal_holds", gettext_lazy("Legal holds")),
    Page("retention.view", "triage:retention", gettext_lazy("Retention")),
    Page(None, "teams:notifications", gettext_lazy("Notifications")),
    Page(None, "teams:account", gettext_lazy("Your account")),
    Page(None, "teams:shortcuts", gettext_lazy("Keyboard")),
    Page(None, "teams:keys", gettext_lazy("API keys")),
)


@login_required
@require_safe
def go(request: HttpRequest) -> HttpResponse:
    """List everything to go to, or what is found for what was typed; the palette asks for the lists alone."""
    user = signed_in(request)
    is_part = bool(request.htmx)  # type: ignore[attr-defined]
    text = request.GET.get("q", "").replace("\x00", " ").strip()[:LONGEST]
    groups = [] if text and is_part else _places(user, text)
    if len(text) >= SHORTEST:
        groups += _found(user, text)
    context = {"groups": [group for group in groups if group.ways], "text": text}
    return render(request, "_go.html" if is_part else "go.html", context)


def _places(user: User, text: str) -> list[Group]:
    rights = user.rights
    may_open = (page for page in PAGES if page.action is None or rights.may_somewhere(page.action))
    groups = [Group(_("Pages"), [Way(str(page.label), reverse(page.name)) for page in may_open])]
    if rights.may_somewhere("conversation.view"):
        for group in menu_of(user, names_now(), numbers_for(user, timezone.now()), ""):
            ways = [Way(item["label"], item["url"], item["count_label"]) for item in group["items"]]
            groups.append(Group(str(group["title"]), ways))
    return [Group(title, list(_with(ways, text))) for title, ways in groups]


def _with(ways: Iterable[Way], text: str) -> Iterable[Way]:
    words = text.casefold().split()
    return (way for way in ways if all(word in way.label.casefold() for word in words))


def _found(user: User, text: str) -> list[Group]:
    found = []
    if user.rights.may_somewhere("team.view"):
        named = User.objects.active().filter(name__icontains=text).by_name().values_list("pk", "name")
        ways = [Way(name, reverse("teams:person", args=[pk])) for pk, name in named[:MOST_FOUND]]
        found.append(Group(_("Colleagues"), ways))
    return found + (_spoken(user, text) if user.rights.may_somewhere("conversation.view") else [])


def _spoken(user: User, text: str) -> list[Group]:
    # What has no name may be in what was said; the search page says what is wrong with what cannot be read.
    everywhere = Group(
        _("Search"),
        [Way(_("Search for “%(text)s”") % {"text": text}, f"{reverse('triage:search')}?{urlencode({'q': text})}")],
    )
    try:
        sought = read(text)
    except NotUnderstood:
        return [everywhere]
    now = timezone.now()
    people = [
        Way(each.name, _address(each.person, each.search), f"{each.handle} · {each.channel}")
        for each in people_found(sought, reader=user)
    ]
    shown = show_found(search(sought, reader=user, at=now), reader=user, names=names_now(), at=now)[:MOST_FOUND]
    return [
        Group(_("People"), people),
        Group(_("Conversations"), [Way(f"{each.name}: {each.snippet}", each.url, each.stage) for each in shown]),
        everywhere,
    ]


def _address(person: int | None, search_text: str) -> str:
    if person is not None:
        return reverse("triage:person", args=[person])
    return f"{reverse('triage:search')}?{urlencode({'q': search_text})}"
