"""The guide as the page of a conversation shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from policies.engine.guide import GuideOutcome, GuideQuestion, Step
from policies.engine.rules import Policy
from policies.services.guides import clause_labels
from policies.services.incidents import standing_on_pages
from socialhub.lib.labels import inside_sentence
from triage.forms.guide import Walked
from triage.history.guide import because
from triage.models import Conversation
from triage.names import names_now
from triage.services.decisions import guiding
from triage.showing.addresses import act_url
from triage.showing.suggestion import words_for_priority
from triage.states import Disposition, Reason, Visibility


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An answer to choose: the key to press, and what is sent for it."""

    key: str
    text: str
    value: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question with its answers, and the clause that it stands on."""

    text: str
    help: str
    answers: list[ShownAnswer]
    clause: str = ""
    clause_url: str = ""


@dataclass(frozen=True, slots=True)
class ShownStep:
    """What is answered already; ``because`` says what the machine saw where it answered."""

    question: ShownQuestion
    answer: str
    is_given: bool
    because: str


@dataclass(frozen=True, slots=True)
class ShownGuide:
    """The guide beside the decision; closed it has no steps yet."""

    url: str
    is_open: bool = False
    is_asking: bool = False
    given: list[str] = field(default_factory=list)
    steps: list[ShownStep] = field(default_factory=list)
    question: ShownQuestion | None = None
    outcome: GuideOutcome | None = None
    outcome_text: str = ""
    # The question whose answer is taken back.
    back: str = ""


def read_guide(
    conversation: Conversation, walked: Walked, *, policy: Policy, slug: str, at: datetime
) -> ShownGuide | None:
    """Return the guide of the policy in force as it is walked; None where the policy has none.

    A closed one costs nothing.
    """
    if not policy.guide:
        return None
    url = act_url("guide", conversation.pk, slug=slug)
    if not walked.is_open:
        return ShownGuide(url)
    way = guiding.walk(conversation, walked.given, policy=policy, at=at, incidents=standing_on_pages())
    labels = clause_labels(policy.version_id)
    given = [step for step in way.steps if step.is_given]
    return ShownGuide(
        url,
        is_open=True,
        is_asking=walked.is_asking,
        given=[_value(step.question, step.answer.key) for step in given],
        steps=[_step(step, labels) for step in way.steps],
        question=_question(way.question, labels) if way.question is not None else None,
        outcome=way.outcome,
        outcome_text=words_for_outcome(way.outcome) if way.outcome is not None else "",
        back=given[-1].question.key if given else "",
    )


def words_for_outcome(outcome: GuideOutcome) -> str:
    """Return what an outcome says, as the suggestion says it; nothing where it gives advice alone."""
    parts = []
    if outcome.priority is not None:
        parts.append(words_for_priority(outcome.priority))
    if outcome.disposition:
        parts.append(inside_sentence(Disposition(outcome.disposition).label))
    if outcome.reason:
        parts.append(inside_sentence(Reason(outcome.reason).label))
    if outcome.department:
        parts.append(_departments().get(outcome.department, outcome.department))
    if outcome.person:
        parts.append(outcome.person)
    if outcome.visibility:
        parts.append(inside_sentence(Visibility(outcome.visibility).label))
    if outcome.tags:
        parts.append(_("tags %(tags)s") % {"tags": get_text_list(list(outcome.tags), _("and"))})
    return ", ".join(parts)


def _step(step: Step, labels: Mapping[str, str]) -> ShownStep:
    return ShownStep(
        _question(step.question, labels, chosen=step.answer.key),
        step.answer.text,
        step.is_given,
        because(step.evidence or ()),
    )


def _question(question: GuideQuestion, labels: Mapping[str, str], *, chosen: str = "") -> ShownQuestion:
    label = labels.get(question.clause, "")
    return ShownQuestion(
        question.text,
        question.help,
        [
            ShownAnswer(answer.key, answer.text, _value(question, answer.key), answer.key == chosen)
            for answer in question.answers
        ],
        label,
        f"{reverse('policies:in_force')}#clause-{label}" if label else "",
    )


def _value(question: GuideQuestion, answer: str) -> str:
    return f"{question.key}:{answer}"


def _departments() -> dict[str, str]:
    return dict(names_now().departments.values())
