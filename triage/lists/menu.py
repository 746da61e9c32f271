"""The menu beside the list: queues, saved views, departments and channels, each with its kept number."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from socialhub.lib.moments import grouped, time_format
from teams.models import User
from triage.lists import queues
from triage.lists.rows import Names
from triage.services.counting import MOST_COUNTED, InboxNumbers, KnownView
from triage.services.counting_views import MOST_FOUND

Item = dict[str, Any]


def menu_of(user: User, names: Names, numbers: InboxNumbers, current: str) -> list[dict[str, Any]]:
    """Return the groups of the menu for a person, with the list that is open marked."""
    inbox_url = reverse("triage:inbox")

    def item(slug: str, label: str, count: int | None = None, *, is_capped: bool = False) -> Item:
        shown = f"{MOST_COUNTED - 1}+" if is_capped and count == MOST_COUNTED else grouped(count or 0)
        return {
            "label": label,
            "url": f"{inbox_url}{slug}/",
            "count_label": shown if count else "",
            "is_current": slug == current,
        }

    def saved(view: KnownView) -> Item:
        found = {"count_label": view_count(view.count), "counted": _counted(view)}
        return item(f"view-{view.pk}", view.name) | found

    rights = user.rights
    sees_all = rights.everywhere("conversation.view")
    everyday = []
    if sees_all:
        everyday += [
            item(queues.NEEDS_DECISION.slug, str(queues.NEEDS_DECISION.title), numbers.by_stage["new"]),
            item(queues.URGENT.slug, str(queues.URGENT.title), numbers.urgent),
            item(queues.BREACHING.slug, str(queues.BREACHING.title), numbers.breaching, is_capped=True),
        ]
    if rights.departments_for("conversation.claim"):
        everyday.append(item(queues.MINE.slug, str(queues.MINE.title), numbers.mine, is_capped=True))
    if numbers.asked:
        everyday.append(item(queues.ASKED.slug, str(queues.ASKED.title), numbers.asked, is_capped=True))
    if numbers.to_approve:
        everyday.append(
            item("", str(_("Approvals")), numbers.to_approve, is_capped=True) | {"url": reverse("triage:approvals")}
        )
    everyday += [
        item(queues.WAITING.slug, str(queues.WAITING.title), numbers.by_stage["waiting"] if sees_all else None),
        item(queues.SNOOZED.slug, str(queues.SNOOZED.title), numbers.by_stage["snoozed"] if sees_all else None),
        item(queues.TROUBLED.slug, str(queues.TROUBLED.title), numbers.troubled, is_capped=True),
        item(queues.CLOSED.slug, str(queues.CLOSED.title)),
        item(queues.EVERYTHING.slug, str(queues.EVERYTHING.title)),
    ]
    groups: list[dict[str, Any]] = [{"title": _("Queues"), "items": everyday}]
    own = [saved(view) for view in numbers.views if view.department_id is None]
    shared = [saved(view) for view in numbers.views if view.department_id is not None]
    if own or shared:
        groups.append({"title": _("Views"), "items": own + shared, "url": reverse("triage:saved_views")})
    shown = [
        (pk, slug, name)
        for pk, (slug, name) in names.departments.items()
        if sees_all or rights.may("takeaway.write", pk)
    ]
    if shown:
        running = numbers.running_by_department
        items = [item(f"department-{slug}", name, running[pk]) for pk, slug, name in shown]
        groups.append({"title": _("Departments"), "items": items})
    if sees_all and names.channels:
        deciding = numbers.deciding_by_channel
        items = [item(f"channel-{pk}", name, deciding[pk]) for pk, name in names.channels.items()]
        groups.append({"title": _("Channels"), "items": items})
    return groups


def print_menu(groups: list[dict[str, Any]], *, slug: str, can_write_down: bool) -> SafeString:
    """Return the menu, printed: it says the same until a number in it changes."""
    shown = tuple(
        (
            group["title"],
            group.get("url", ""),
            tuple(
                (item["label"], item["url"], item["count_label"], item["is_current"], item.get("counted", ""))
                for item in group["items"]
            ),
        )
        for group in groups
    )
    return _print_menu(shown, slug, can_write_down, get_language() or "")


@lru_cache(maxsize=300)
def _print_menu(shown: tuple[Any, ...], slug: str, can_write_down: bool, language: str) -> SafeString:
    """Print the menu. ``language`` only tells entries of the cache apart: it is the one that is active."""
    names = ("label", "url", "count_label", "is_current", "counted")
    groups = [
        {"title": title, "url": url, "items": [dict(zip(names, item, strict=True)) for item in items]}
        for title, url, items in shown
    ]
    context = {"queues": groups, "list_slug": slug, "can_write_down": can_write_down}
    return render_to_string("triage/_queues.html", context)


def view_count(count: int | None) -> str:
    """Return the kept count of a saved view as its badge says it; nothing where there is none."""
    if not count:
        return ""
    return f"{MOST_FOUND - 1}+" if count == MOST_FOUND else str(count)


def total_of(queue: queues.Queue, numbers: InboxNumbers, user: User) -> int | None:
    """Return the kept count of a list, where one is kept."""
    if not user.rights.everywhere("conversation.view"):
        return None
    if queue.slug == queues.NEEDS_DECISION.slug:
        return numbers.by_stage["new"]
    if queue.slug == queues.URGENT.slug:
        return numbers.urgent
    if queue.slug == queues.WAITING.slug:
        return numbers.by_stage["waiting"]
    if queue.slug == queues.SNOOZED.slug:
        return numbers.by_stage["snoozed"]
    return None


def _counted(view: KnownView) -> str:
    """Return since when the number of a view stands."""
    if view.counted_at is None:
        return ""
    at = timezone.localtime(datetime.fromtimestamp(view.counted_at, UTC))
    return _("Counted at %(time)s") % {"time": time_format(at, "H:i")}
