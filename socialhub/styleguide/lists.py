"""The list in each of its states, and what stands beside it."""

from datetime import timedelta
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from socialhub.lib.durations import ago
from socialhub.styleguide.parts import Specimen
from triage.lists.rows import Row
from triage.showing.pen import Asked


def specimens() -> list[Specimen]:
    """Return rows, the menu, and a list that is empty, filtered, or told of news."""
    return [
        Specimen("A row that is unread", **_list(_row(1, is_unread=True))),
        Specimen("The one that is open", **_list(_row(2, is_selected=True))),
        Specimen("Urgent and late", **_list(_row(3, chips=(("Urgent", "urgent"), ("Late 6 min", "urgent"))))),
        Specimen("Due soon", **_list(_row(4, chips=(("Due in 12 min", "warn"), ("Delivery", "neutral"))))),
        Specimen("An answer that did not go out", **_list(_row(5, chips=(("Not sent", "urgent"),), owner="You"))),
        Specimen(
            "Just taken by somebody",
            **_list(_row(6, owner="Jonas B.")),
            state=('class="row"', 'class="row is-taken"'),
        ),
        Specimen("Gone from this list", **_list(_row(7)), state=('class="row"', 'class="row is-gone"')),
        Specimen("Just arrived", **_list(_row(8, is_unread=True)), state=('class="row"', 'class="row is-new"')),
        Specimen(
            "Long words, many chips, another direction of writing",
            **_list(
                _row(
                    9,
                    name="Donaudampfschifffahrtsgesellschaftskapitän Müller-Lüdenscheidt",
                    text="Unbreakable" * 12,
                    chips=(("Urgent", "urgent"), ("Late 3 d", "urgent"), ("Customer service", "neutral")) * 2,
                    count=4999,
                )
            ),
        ),
        Specimen("Compact rows", **_list(_row(10), _row(11, is_unread=True), density="compact")),
        Specimen("Nothing in the list", **_list()),
        Specimen("Nothing matches the filter", **_list(empty_title="Nothing matches", empty_text="Clear the filter.")),
        Specimen("The list is on its way", "components/_loading.html", frame="list"),
        Specimen("The menu", "triage/_queues.html", {"queues": _queues(), "list_slug": "everything"}, "specimen-menu"),
        Specimen("Asked to take over", "triage/_pen_asked.html", {"asked": [_asked()]}),
    ]


def _row(pk: int, **changes: Any) -> str:
    name = changes.get("name", ["Tom Haldane", "Nadia Rossi", "Chen Wei", "Priya Nair"][pk % 4])
    at = timezone.now()
    heard = at - timedelta(minutes=2 * pk)
    values: dict[str, Any] = {
        "pk": pk,
        "url": "#row",
        "name": name,
        "initials": "".join(word[0] for word in name.split())[:2],
        "channel": "Bluesky",
        "ago": ago(heard, at),
        "at_iso": heard.isoformat(),
        "text": "My card was charged twice for the same order and nobody answers the phone. Third day now.",
        "chips": (("Billing", "neutral"),),
        "owner": "Unassigned",
        "count": 1,
        "language": "en",
        "is_selected": False,
        "is_unread": False,
        "choose": f"Choose {name}",
    }
    return render_to_string("triage/_row.html", {"row": Row(**values | changes)})


def _list(*rows: str, density: str = "roomy", **words: str) -> dict[str, Any]:
    context = {
        "rows": rows,
        "density": density,
        "empty_title": "Nothing waits for a decision",
        "empty_text": "New conversations appear here by themselves.",
    }
    return {"template": "triage/_list.html", "context": context | words, "frame": "list-pane"}


def _queues() -> list[dict[str, Any]]:
    queues = [
        ("Needs a decision", "38", True),
        ("Urgent", "4", False),
        ("Waiting, with a very long name", "", 0),
    ]
    items = [
        {"label": label, "url": "#queue", "count_label": count, "is_current": is_open}
        for label, count, is_open in queues
    ]
    views = [{"label": "Outages in German", "url": "#queue", "count_label": "99+", "counted": "Counted at 14:02"}]
    return [{"title": "Queues", "items": items}, {"title": "Views", "url": "#queue", "items": views}]


def _asked() -> Asked:
    return Asked(
        giver="Ida Winther",
        taker="Jonas Berg",
        note="I am off at four, and she waits for a call.",
        ago="5 min",
        at_iso=(timezone.now() - timedelta(minutes=5)).isoformat(),
        subject="The charger does not fit the new socket",
        url="#asked",
        accept_url="#asked",
        decline_url="#asked",
        withdraw_url="#asked",
    )
