"""Walk the guide of the policy for one conversation, and keep how it was walked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from policies.engine.guide import Step, Walk
from policies.engine.incidents import Incidents
from policies.engine.rules import Policy
from triage.models import Conversation
from triage.services.arriving import facts

Kept = dict[str, Any]


def walk(
    conversation: Conversation,
    given: Mapping[str, str],
    *,
    policy: Policy,
    at: datetime,
    incidents: Incidents | None = None,
) -> Walk:
    """Go as far through the guide as what a person answered and what the machine sees leads.

    ``given`` are keys of answers by keys of questions. What the policy does not ask, or
    does not ask any more, is passed over. ``incidents`` are those that are open, for who knows them.
    """
    if not policy.guide:
        return Walk()
    return policy.guide.walk(facts.facts_of(conversation, at=at, incidents=incidents), given)


def kept(walked: Walk) -> list[Kept]:
    """Return what a decision keeps of a walk.

    Nothing of one that nobody began and that the machine did not end.
    """
    if walked.outcome is None and not any(step.is_given for step in walked.steps):
        return []
    return [kept_step(step) for step in walked.steps]


def kept_step(step: Step) -> Kept:
    """Return one answer as it is kept: by whom, and what the machine saw."""
    return {
        "question": step.question.key,
        "answer": step.answer.key,
        "by": "person" if step.is_given else "machine",
        "evidence": [list(pair) for pair in step.evidence or ()],
    }
