"""What rules decided by themselves, as its page shows it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from policies.wording import department_names
from socialhub.lib.moments import date_format
from triage.history.sentences import decision_sentence
from triage.models import DecidingStop, DecisionCheck
from triage.services.decisions.checking_rules import what_is_stopped
from triage.showing.suggestion import sentence_of_reason

MOST_SHOWN = 50
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """One decision of a rule that waits to be looked at."""

    pk: int
    name: str
    snippet: str
    url: str
    decision: str
    reasons: list[str]
    at_text: str
    at_iso: str


@dataclass(frozen=True, slots=True)
class ShownStop:
    """One stop, standing or lifted."""

    pk: int
    what: str
    reason: str
    by: str
    at_text: str
    is_lifted: bool


def read_checks() -> list[ShownCheck]:
    """Return the oldest that wait."""
    people = ("policy_version", "clause", "decided_by", "decided_by_rule", "department", "offered_to", "conversation")
    waiting = DecisionCheck.objects.filter(verdict="").order_by("pk")
    names = department_names()
    return [
        _shown(check, names) for check in waiting.select_related(*(f"decision__{one}" for one in people))[:MOST_SHOWN]
    ]


def count_waiting() -> int:
    """Return how many wait, at most ``MOST_COUNTED``."""
    return DecisionCheck.objects.filter(verdict="").order_by()[:MOST_COUNTED].count()


def read_stops() -> list[ShownStop]:
    """Return the stops that stand, and those that were lifted last."""
    stops = DecidingStop.objects.select_related("stopped_by").order_by("-stopped_at", "-pk")
    return [
        ShownStop(
            stop.pk,
            str(what_is_stopped(stop)),
            stop.reason,
            stop.stopped_by.name,
            _moment(stop),
            stop.lifted_at is not None,
        )
        for stop in [*stops.filter(lifted_at=None), *stops.filter(lifted_at__isnull=False)[:10]]
    ]


def _shown(check: DecisionCheck, names: dict[str, str]) -> ShownCheck:
    decision, conversation = check.decision, check.decision.conversation
    suggestion = conversation.suggestion
    local = timezone.localtime(decision.at)
    return ShownCheck(
        check.pk,
        conversation.author_name,
        conversation.snippet,
        reverse("triage:conversation", args=[conversation.pk]),
        decision_sentence(decision),
        [sentence_of_reason(one, suggestion, names) for one in suggestion.get("because") or ()],
        date_format(local, "j M, H:i"),
        decision.at.isoformat(),
    )


def _moment(stop: DecidingStop) -> str:
    return date_format(timezone.localtime(stop.stopped_at), "j M, H:i")
