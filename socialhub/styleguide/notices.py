"""What the product says of itself: refusals, banners, hints and who else is there."""

from types import SimpleNamespace

from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message

from socialhub.styleguide.parts import Specimen
from triage.showing.conduct import ShownConduct, ShownFinding
from triage.showing.holds import HoldPart, ShownHold

JONAS = SimpleNamespace(name="Jonas Berg", initials="JB")
NADIA = SimpleNamespace(name="Nadia Rossi", initials="NR")
STOP = {
    "what": "everything",
    "reason": "The wrong price list went out.",
    "by": "Eva Falk",
    "at_text": "today 14:05",
}
HOLD = ShownHold(
    pk=1,
    what="Conversation with Tom Haldane",
    url="#hold",
    reason="Claim of 12 May",
    by="Rita Valente",
    at_text="3 November 2026",
    at_iso="2026-11-03T10:00:00Z",
    of_author=False,
    review_text="",
    is_overdue=False,
    lifted_text="",
)
FINDINGS = [
    ShownFinding("No order numbers in public.", "saw “4711-22”", "Do not send", "urgent", "4.2", "#clause"),
    ShownFinding("Prices are approved by product.", "saw “€ 49”", "Needs approval", "warn", "5.1", "#clause"),
    ShownFinding("Sign with your first name.", "", "Better so", "info", "2.3", "#clause"),
]

TOASTS = [
    Message(constants.SUCCESS, "The channel is connected."),
    Message(constants.INFO, "You have no role here yet."),
    Message(constants.WARNING, "Two of three addresses were taken over."),
    Message(constants.ERROR, "The file is larger than 20 MB."),
]


def specimens() -> list[Specimen]:
    """Return every way in which the product speaks."""
    refused = {"title": "Nadia claimed this conversation a moment ago", "text": "Your draft is kept. Nothing was sent."}
    changed = {
        "title": "Something changed while you wrote",
        "changes": ["Tom Haldane wrote again.", "Policy version 4 is in force now."],
        "look_url": "#look",
        "can_send_anyway": True,
    }
    return [
        Specimen("Refused", "triage/_notice.html", refused),
        Specimen("The world has changed", "triage/_notice.html", changed),
        Specimen("Too long for one post", "triage/_notice.html", {"title": "312 of 300 characters", "posts": 2}),
        Specimen("Sending is stopped", "triage/_stop_banner.html", {"stops": [STOP]}),
        Specimen("The way into the course", "triage/_course_hint.html"),
        Specimen("A legal hold", "triage/_hold_banner.html", {"hold": HoldPart(standing=[HOLD])}),
        Specimen("Erased", "triage/_hold_banner.html", {"hold": HoldPart(erased_text="Erased on 4 May 2026.")}),
        Specimen("Who is here", "triage/_present.html", {"writing": [JONAS], "reading": [NADIA], "more": 2}),
        Specimen("What the policy says", "triage/_conduct.html", {"conduct": ShownConduct(findings=FINDINGS)}),
        Specimen("Toasts", "components/_messages.html", {"messages": TOASTS}, "messages"),
    ]
