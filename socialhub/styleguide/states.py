"""What every region shows while it has nothing: empty, on its way, failed, or not for this person."""

from typing import Any

from socialhub.styleguide.parts import Specimen

CAUSES = ("offline", "silent", "broken", "busy", "signed-out", "forbidden", "gone")
EMPTY: dict[str, dict[str, Any]] = {
    "No conversation is chosen": {"icon": "chat-bubble-left-right", "title": "Choose a conversation"},
    "Nothing was found": {"icon": "magnifying-glass", "title": "Nothing found", "text": "Try fewer words."},
    "No notifications": {"icon": "bell", "title": "Nothing to tell", "text": "What arrives for you stands here."},
    "A first step to take": {"icon": "signal", "title": "No channel yet", "url": "#first", "label": "Connect one"},
}


def specimens() -> list[Specimen]:
    """Return the states of a region, large and within a part of the page."""
    return [
        *(Specimen(title, "components/_empty.html", context) for title, context in EMPTY.items()),
        Specimen("On its way", "components/_loading.html"),
        Specimen("On its way, in its place", "components/_loading.html", frame="fold-body", state=_BUSY),
        *(Specimen(f"Failed: {cause}", "components/_region_fault.html", {"cause": cause}) for cause in CAUSES),
        Specimen("Failed, within a part", "components/_region_fault.html", {"cause": "broken"}, "fold-body"),
        Specimen("Failed, above a list", "components/_region_fault.html", {"cause": "silent"}, "messages"),
    ]


_BUSY = ('class="loading"', 'class="loading" aria-busy="true" data-region')
