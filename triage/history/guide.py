"""How the guide was walked for a decision, in sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from policies.sentences import words_for_evidence
from policies.services.guides import Asked, questions_of
from triage.models import Decision
from triage.names import names_now


def sentences_of_walk(decision: Decision) -> list[str]:
    """Return how the guide was walked for a decision, one sentence for each question."""
    steps: list[dict[str, Any]] = decision.guide
    if not steps:
        return []
    asked = questions_of(decision.policy_version_id)
    return [sentence_of_step(step, asked) for step in steps]


def sentence_of_step(step: Mapping[str, Any], asked: Mapping[str, Asked]) -> str:
    """Return one kept answer in words, with what the machine saw where it gave it."""
    question = asked.get(step["question"])
    told = {
        "question": question.text if question is not None else step["question"],
        "answer": question.answers.get(step["answer"], step["answer"]) if question is not None else step["answer"],
    }
    if step["by"] == "person":
        return _("%(question)s %(answer)s.") % told
    seen = because(step["evidence"])
    if seen:
        return _("%(question)s %(answer)s (filled in: %(because)s).") % {**told, "because": seen}
    return _("%(question)s %(answer)s (filled in).") % told


def because(evidence: Sequence[Sequence[str]]) -> str:
    """Return in words what the machine saw; nothing where it saw nothing."""
    return words_for_evidence(evidence, dict(names_now().departments.values())) if evidence else ""
