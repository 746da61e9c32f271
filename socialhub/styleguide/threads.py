"""Every state of a message."""

from typing import Any

from triage.showing.attachments import ShownAttachment
from triage.showing.entries import Entry
from triage.showing.underway import Underway

SORRY = "Hi Tom, sorry about that. Could you send us the order number in a direct message?"
WROTE = "I was charged twice for the same order. Is anybody there?"
GONE, NEWER = "The post it answers was deleted.", "Tom Haldane wrote again."
ASKS = {
    "problem": "The network broke off.",
    "asks": "Did it arrive?",
    "yes": "It arrived",
    "no": "It did not",
    "settle_url": "#settle",
}
PRICES = ShownAttachment(1, "prices.pdf", "#file", "84 KB", False, "", 0, 0)


def theirs(**changes: Any) -> Entry:
    """Return what somebody wrote to us."""
    values: dict[str, Any] = {
        "kind": "message",
        "name": "Tom Haldane",
        "text": WROTE,
        "at_text": "14:02",
        "at_iso": "2026-11-05T14:02",
        "language": "en",
    }
    return Entry(**values | changes)


def ours(state: str = "", tone: str = "neutral", *, underway: dict[str, Any] | None = None, **changes: Any) -> Entry:
    """Return an answer of ours as it stands."""
    return theirs(
        name="Mia Krüger",
        text=SORRY,
        is_ours=True,
        at_text="14:09",
        state_text=state,
        state_tone=tone,
        underway=Underway(state, tone, **underway) if underway is not None else None,
        **changes,
    )


ENTRIES = [
    Entry(kind="day", text="5 November"),
    theirs(link="#post"),
    ours("Sent", "ok"),
    theirs(edited_text="Edited twice", versions=("I was charged 2 times.", "Charged twice!"), key=1),
    theirs(deleted_text="Deleted by its author at 14:31."),
    theirs(erased_text="Erased on 4 May 2026.", text="", name="Erased"),
    theirs(source_text="Written down by Ida Winther, told by phone."),
    Entry(kind="event", text="Jonas Berg claimed it.", at_text="14:08"),
    ours("Leaves in 8 s", "info", underway={"seconds": 8, "withdraw_url": "#withdraw"}),
    ours("On its way", "info", underway={}),
    ours("Not sent", "urgent", underway={"problem": GONE, "retry_url": "#retry", "withdraw_url": "#withdraw"}),
    ours("Held back", "warn", underway={"problem": NEWER, "anyway_url": "#anyway", "withdraw_url": "#withdraw"}),
    ours("Stopped", "warn", underway={"problem": "Sending is stopped.", "is_stopped": True}),
    ours("Uncertain", "warn", underway=ASKS),
    ours("Withdrawn"),
    ours(removed_text="Removed by Eva Falk, with a reason.", key=2),
    ours(attachments=(PRICES,), parts_text="In 2 posts", change_url="#fix"),
]
