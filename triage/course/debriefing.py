"""What somebody who practises is told afterwards: what the policy says, against what they did."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.engine.rules import Policy
from policies.services import reading
from teams.models import User
from triage.models import Conversation, Decision
from triage.practice_posts import Task
from triage.services.decisions import departing
from triage.services.practising import Piece, pieces_of
from triage.services.writing import conduct
from triage.showing.conduct import ShownConduct, show_conduct
from triage.showing.suggestion import ShownReason, read_suggestion, words_for_priority
from triage.states import Disposition, Reason, ReplyKind, ReplyState, Visibility

# The parts of a suggestion that practice looks at.
_PARTS = {
    "disposition": gettext_lazy("what is done"),
    "department": gettext_lazy("the department"),
    "visibility": gettext_lazy("public or private"),
    "priority": gettext_lazy("the priority"),
}


@dataclass(frozen=True, slots=True)
class Feedback:
    """One practice conversation, and what is to be learned from it; what was not done yet tells nothing more."""

    url: str
    author: str
    text: str
    is_done: bool = False
    chosen: str = ""
    verdict: str = ""
    tone: str = "neutral"
    suggested: str = ""
    reasons: list[ShownReason] = field(default_factory=list)
    conduct: ShownConduct = field(default_factory=ShownConduct)
    lesson: str = ""


def feedback_on(conversation: Conversation, learner: User, *, at: datetime) -> Feedback | None:
    """Return what the page of a practice conversation tells its learner; None where it is work."""
    if conversation.learner_id is None:
        return None
    piece = next((one for one in pieces_of(learner) if one.conversation.pk == conversation.pk), None)
    return read_feedback(piece, learner, policy=reading.policy_in_force(), at=at) if piece is not None else None


def read_feedback(piece: Piece, learner: User, *, policy: Policy, at: datetime) -> Feedback:
    """Compare what was done with what the policy says."""
    conversation = piece.conversation
    about: dict[str, Any] = {
        "url": reverse("triage:open", args=["practice", conversation.pk]),
        "author": conversation.author_name,
        "text": conversation.snippet,
    }
    if not piece.is_done:
        return Feedback(**about)
    about |= {"is_done": True, "lesson": str(piece.post.lesson)}
    if piece.post.task == Task.DECIDE:
        return Feedback(**about, **_on_decision(piece))
    if piece.post.task == Task.ANSWER:
        return Feedback(**about, **_on_answer(piece, learner, policy, at))
    note = conversation.notes.filter(author=learner).order_by("-pk").first()
    return Feedback(**about, chosen=note.body if note is not None else "", verdict=_("Written"), tone="ok")


def _on_decision(piece: Piece) -> dict[str, Any]:
    conversation = piece.conversation
    decision = conversation.decisions.exclude(disposition="").select_related("department").order_by("-pk")[0]
    shown = read_suggestion(conversation)
    suggestion: Mapping[str, Any] = conversation.suggestion
    told: dict[str, Any] = {"chosen": _words_for(decision)}
    if shown is None or not suggestion.get("disposition"):
        fits = decision.disposition == piece.post.disposition
        expected = str(Disposition(piece.post.disposition).label)
        return told | {
            "verdict": _("The policy has no rule for this"),
            "tone": "ok" if fits else "warn",
            "suggested": _("The course would say: %(what)s.") % {"what": expected.lower()},
        }
    parts = departing.parts_departed(suggestion, _chosen(decision)) & _PARTS.keys()
    differs = get_text_list([str(label) for part, label in _PARTS.items() if part in parts], _("and"))
    return told | {
        "verdict": _("Differs in %(parts)s") % {"parts": differs} if parts else _("As the policy suggests"),
        "tone": "warn" if parts else "ok",
        "suggested": shown.title,
        "reasons": shown.reasons,
    }


def _on_answer(piece: Piece, learner: User, policy: Policy, at: datetime) -> dict[str, Any]:
    conversation = piece.conversation
    sent = conversation.replies.filter(author=learner, kind=ReplyKind.ANSWER, state=ReplyState.SENT)
    reply = sent.order_by("-pk")[0]
    judged = conduct.judge(conversation, reply.body, writer=learner, policy=policy, at=at)
    found = show_conduct(judged, conversation, learner, policy=policy)
    return {
        "chosen": reply.body,
        "verdict": _("The policy has something to say") if found.findings else _("No rule of the policy objects"),
        "tone": "warn" if found.findings else "ok",
        "conduct": found,
    }


def _chosen(decision: Decision) -> dict[str, object]:
    return {
        "priority": decision.priority,
        "disposition": decision.disposition,
        "department": decision.department.slug if decision.department is not None else "",
        "visibility": decision.visibility,
        "person": "",
        "tags": (),
    }


def _words_for(decision: Decision) -> str:
    """Return a decision as a suggestion is told."""
    parts = [
        words_for_priority(decision.priority),
        str(Disposition(decision.disposition).label).lower(),
    ]
    if decision.department is not None:
        parts.append(decision.department.name)
    if decision.visibility:
        parts.append(str(Visibility(decision.visibility).label).lower())
    if decision.reason:
        parts.append(str(Reason(decision.reason).label).lower())
    return ", ".join(parts)
