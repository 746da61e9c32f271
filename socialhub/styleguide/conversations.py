"""Whole conversations with prepared values: every message state, the decision, and the composer's ways to stand."""

import uuid
from dataclasses import replace
from typing import Any

from socialhub.styleguide.notices import FINDINGS, HOLD
from socialhub.styleguide.parts import Specimen
from socialhub.styleguide.threads import ENTRIES
from teams.models import Department
from triage.forms.conversation import DecisionForm
from triage.history.sentences import Line
from triage.services.writing.measuring import Measured
from triage.showing.approvals import ApprovalPart, Word
from triage.showing.attachments import Extras
from triage.showing.clocks import ShownClock
from triage.showing.conduct import ShownConduct
from triage.showing.conversation_page import ConversationPage
from triage.showing.drafts import ShownDraft, Writing
from triage.showing.entries import Copy
from triage.showing.guide import ShownAnswer, ShownGuide, ShownQuestion, ShownStep
from triage.showing.holds import HoldPart
from triage.showing.notes import ShownAsk, ShownNote
from triage.showing.pen import Asked, Pen
from triage.showing.suggestion import ShownReason, ShownSuggestion

KEY = uuid.UUID(int=0)
SAID = "I was charged twice for the same order. Is anybody there?"
CLOCKS = [
    ShownClock("Answer", "late by 6 min", "urgent", "Today 14:20"),
    ShownClock("Claim", "in 12 min", "warn", "Today 14:38"),
    ShownClock("Resolve", "in 3 business hours", "neutral", "Mon 10:00"),
    ShownClock("Clocks", "Paused", "info", detail="while the customer is asked"),
]
HISTORY = [
    Line("Jonas Berg claimed it.", "5 Nov, 14:09", "2026-11-05T14:09"),
    Line("Eva Falk decided: respond as customer service.", "5 Nov, 14:05", "2026-11-05T14:05", ["About us? Yes."]),
]
NOTES = [
    ShownNote(1, "Eva Falk", "14:10", "", "Is it the charge of May?", [ShownAsk("Legal", True)], False, "", KEY),
    ShownNote(2, "Mia Krüger", "14:12", "", "Can you say?", [ShownAsk("you", False)], True, "answers Eva Falk", KEY),
    ShownNote(3, "Erased", "14:13", "", "", [], False, "", KEY),
]
SUGGESTION = ShownSuggestion(
    "urgent priority, respond as customer service, Billing care",
    88,
    ["double charge", "second message"],
    [ShownReason("3.2", "#clause", "Clause 3.2, rule “Double charge”, matched “charged twice”: Billing care.")],
)
QUESTION = ShownQuestion(
    "Does a customer need something done?",
    "Privately when identity, order, health or money comes in.",
    [ShownAnswer("1", "Yes", "need:yes"), ShownAnswer("2", "No", "need:no", is_chosen=True)],
    "3.2",
    "#clause",
)
GUIDE = ShownGuide(
    "#guide",
    is_open=True,
    given=["about:yes"],
    steps=[ShownStep(replace(QUESTION, text="Is it about us?"), "Yes", False, "“our name”")],
    question=QUESTION,
    back="about",
)
DRAFTS = Writing(
    holder=ShownDraft(1, "Jonas Berg", "14:09", "14:12", "Hi Tom, I am sorry about"),
    others=[ShownDraft(2, "Priya Nair", "14:01", "14:02", "Dear Tom,")],
)
ASKED = Asked("Ida Winther", "you", "I am off at four.", "5 min", "", "Double charge", "#", "#", "#", "#")


def make(**changes: Any) -> ConversationPage:
    """Return a conversation that nobody ever had."""
    values: dict[str, Any] = {
        "pk": 0,
        "slug": "everything",
        "url": "#conversation",
        "back_url": "#list",
        "name": "Tom Haldane",
        "initials": "TH",
        "handle": "@thaldane",
        "channel": "Bluesky",
        "earlier_count": 3,
        "earlier_url": "#earlier",
        "stage_label": "Claimed",
        "department": "Customer service",
        "holder_label": "You",
        "priority_label": "Urgent",
        "priority_tone": "urgent",
        "fence": 1,
        "entries": ENTRIES[:3],
        "copies": [],
        "copy_count": 0,
        "history": HISTORY,
        "suggestion": None,
        "decision_text": "Eva Falk decided: respond as customer service.",
        "decision_url": "#clause",
        "can_decide": False,
        "must_attest": False,
        "can_claim": False,
        "can_release": False,
        "can_wait": False,
        "can_close": False,
        "can_reopen": False,
        "can_answer": False,
        "outcomes": [("resolved", "Resolved")],
        "decision_form": None,
        "draft_body": "",
        "seen_mention": 1,
        "policy_version": 1,
        "policy_text": "Policy version 4",
        "key": KEY,
        "reply_as": "Reply as @tavolund on Bluesky",
        "visibility_text": "In public",
        "visibility_tone": "neutral",
        "clocks": CLOCKS[:1],
    }
    return ConversationPage(**values | changes)


def one(title: str, **changes: Any) -> list[Specimen]:
    """Return a conversation that stands alone on its page: its ids are those of the product."""
    return [
        Specimen(title, "triage/_conversation.html", {"c": make(**changes)}, "specimen-conversation conversation-pane")
    ]


def messages() -> list[Specimen]:
    """Return every state of a message, with all that a side can hold."""
    copy = Copy("Chen Wei", "5 Nov, 14:40", "", "#copy", SAID, "en", "#split")
    return one(
        "Messages in every state, and all that the side can hold",
        entries=ENTRIES,
        copies=[copy],
        copy_count=12,
        clocks=CLOCKS,
        notes=NOTES,
        may_note=True,
        tags=["double charge", "VIP"],
        mood_label="Unhappy",
        mood_tone="urgent",
        private_until=("closes in 5 h", "warn"),
        writing=DRAFTS,
        hold=HoldPart(standing=[HOLD], may_place=True, url="#hold"),
        pen=Pen(asked_of_me=ASKED),
        can_claim=True,
        can_close=True,
        earlier_messages_url="#earlier",
        earlier_history_url="#earlier",
        answer_block_text="Claim the conversation to answer it.",
    )


def deciding() -> list[Specimen]:
    """Return a conversation that waits for a decision, with the suggestion and the guide."""
    form = DecisionForm(initial={"fence": 1, "disposition": "customer_service", "priority": 1, "visibility": "public"})
    form.fields["department"].queryset = Department.objects.none()  # type: ignore[attr-defined]
    return one(
        "A decision, with the suggestion and the guide",
        stage_label="Needs a decision",
        department="",
        holder_label="Nobody",
        decision_text="",
        suggestion=SUGGESTION,
        guide=GUIDE,
        can_decide=True,
        decision_form=form,
        decision_needs=["Needs the word of Legal, clause 5.1."],
    )


def attesting() -> list[Specimen]:
    """Return a decision that waits for an attestation."""
    return one("A decision that needs the policy read first", can_decide=True, must_attest=True, decision_text="")


def writing() -> list[Specimen]:
    """Return the composer with what the policy says of the text."""
    return one(
        "An answer that the policy objects to, and that is too long",
        can_answer=True,
        can_release=True,
        can_wait=True,
        can_close=True,
        draft_body="Hi Tom, we are sorry. Please send us the order 4711-22.",
        measured=Measured(312, 300),
        conduct=ShownConduct(findings=FINDINGS),
        extras=Extras(attach_url="#attach", accepts="image/*", limits_text="Up to 4 pictures.", has_alts=True),
    )


def approving() -> list[Specimen]:
    """Return the composer whose text waits for approval."""
    words = [
        Word("Legal", "Rita Valente", "approved", "Approved", "ok", "Fine."),
        Word("Product", "", "", "Waits", "neutral", "", "5.1"),
    ]
    return one(
        "An answer that waits for approval",
        can_answer=True,
        draft_body="The new price is 49 Euro.",
        measured=Measured(25, 300),
        approval=ApprovalPart("", state="asked", until_text="Until 16:00.", words=words, withdraw_url="#withdraw"),
    )


def locked() -> list[Specimen]:
    """Return a conversation that somebody else answers."""
    return one(
        "Somebody else holds the pen",
        holder_label="Jonas Berg",
        answer_block_text="Jonas Berg answers this conversation.",
        pen=Pen(can_take_over=True, can_hold=True, take_over_url="#take", colleagues=[(2, "Ida Winther")]),
    )
