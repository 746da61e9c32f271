"""The planned life of one conversation: who did what, when. Nothing here knows a database."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from listening.practice.exchanges import Author, Exchange

StepKind = Literal[
    "decided", "claimed", "released", "replied", "heard", "closed", "reopened", "takeaway",
    "note", "asked_approval", "approved", "proposed", "rejected",
]  # fmt: skip
Goal = Literal["new", "assigned", "claimed", "waiting", "closed"]


@dataclass(frozen=True, slots=True)
class ChoicePlan:
    """What the triage owner decided."""

    disposition: str
    reason: str
    priority: int
    department: str
    visibility: str
    offered_to: str = ""
    note: str = ""
    needs_approval: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. ``by`` is a person's key; empty where the customer or the portal acted.

    ``department`` and ``takeaway`` belong to a takeaway, ``department`` also to a note that
    asks one (``is_answer``: it answers the one before), ``author`` to what was
    heard (empty: the customer), ``state`` to a reply (``sent``, ``failed`` or
    ``uncertain``), ``outcome`` to a closing.
    """

    kind: StepKind
    at: datetime
    by: str = ""
    text: str = ""
    choice: ChoicePlan | None = None
    author: Author | None = None
    state: str = ""
    outcome: str = ""
    department: str = ""
    takeaway: str = ""
    is_answer: bool = False


@dataclass(slots=True)
class PlannedConversation:
    """A conversation from its opening to where it stands now."""

    channel: str
    exchange: Exchange
    opened_at: datetime
    goal: Goal
    steps: list[Step] = field(default_factory=list)

    @property
    def stage(self) -> Goal:
        """Work out where the conversation stands after its steps, as the product would."""
        stage: Goal = "new"
        for step in self.steps:
            stage = _after(stage, step)
        return stage


def _after(stage: Goal, step: Step) -> Goal:
    if step.kind == "decided" and step.choice is not None:
        return "closed" if step.choice.disposition == "no_response" else "assigned"
    if step.kind in ("released", "reopened"):
        return "assigned"
    if step.kind == "claimed":
        return "claimed"
    if step.kind == "replied":
        return "waiting" if step.state == "sent" else "claimed"
    if step.kind == "heard" and stage == "waiting":
        return "claimed"
    return "closed" if step.kind == "closed" else stage


@dataclass(frozen=True, slots=True)
class PolicyMoments:
    """When each version of the policy came into force: always early on a day, so that people read before they write."""

    earlier_from: datetime
    current_from: datetime


def fit_before(opened_at: datetime, until: datetime, times: list[datetime]) -> list[datetime]:
    """Return the times in their order, all after the opening and none after ``until``, at least a second apart.

    What would end too late is squeezed: the demonstration may be made at any hour.
    """
    if times and times[-1] > until:
        room = until - timedelta(seconds=20 + len(times)) - opened_at
        whole = times[-1] - opened_at
        times = [opened_at + (at - opened_at) / whole * room for at in times]
    fitted: list[datetime] = []
    last = opened_at
    for at in times:
        last = max(at, last + timedelta(seconds=1)).replace(microsecond=0) + timedelta(seconds=1)
        fitted.append(last)
    return fitted
