"""The guide in words, and as pages draw it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from policies.engine.guide import GuideAnswer, GuideOutcome, GuideQuestion, read_guide, unreached
from policies.engine.outcomes import Routing
from policies.sentences import words_for_condition, words_for_outcome
from socialhub.lib.errors import Invalid

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An answer as a page shows it: ``outcome`` in words, or the ``next`` question; ``when`` the machine gives it."""

    key: str
    text: str
    next: "ShownQuestion | None"
    outcome: str
    advice: str
    when: str


@dataclass(slots=True)
class ShownQuestion:
    """A question as a page shows it; ``clause`` is the label and the title of the one that it stands on."""

    number: int
    key: str
    text: str
    help: str
    clause: tuple[str, str] | None
    is_reached: bool
    answers: list[ShownAnswer] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Path:
    """A question of the picture with what follows each answer; where it was drawn before, nothing follows."""

    question: ShownQuestion
    answers: Sequence[tuple[ShownAnswer, "Path | None"]] = ()
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class ShownGuide:
    """A guide as a page shows it; ``problem`` says what is wrong with one that cannot be read."""

    questions: Sequence[ShownQuestion] = ()
    paths: Path | None = None
    problem: str = ""


def shown_guide(data: Any, *, clauses: Mapping[str, tuple[str, str]], departments: Names) -> ShownGuide:
    """Return a stored guide for a page. ``clauses`` are labels and titles by key, ``departments`` names by slug."""
    try:
        questions = read_guide(data)
    except Invalid as refusal:
        return ShownGuide(problem=str(refusal))
    lost = {question.key for question in unreached(questions)}
    shown = {
        question.key: ShownQuestion(
            number, question.key, question.text, question.help, clauses.get(question.clause), question.key not in lost
        )
        for number, question in enumerate(questions, start=1)
    }
    for question in questions:
        shown[question.key].answers = [_shown(answer, shown, departments) for answer in question.answers]
    listed = list(shown.values())
    return ShownGuide(listed, _path(listed[0], set()) if listed else None)


def words_for_guide_outcome(outcome: GuideOutcome, departments: Names) -> str:
    """Return what an outcome says beside its advice, in words; empty where it is advice alone."""
    routing = outcome.routing()
    return words_for_outcome(routing, departments) if routing != Routing() else ""


def lines_of_guide(data: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """Tell each question, and each answer with where it leads, so that what came and went shows."""
    if not data:
        return [_("There is no guide.")]
    try:
        questions = read_guide(data)
    except Invalid as refusal:
        return [_("The guide cannot be read: %(reason)s") % {"reason": refusal}]
    texts = {question.key: question.text for question in questions}
    return [line for question in questions for line in _lines(question, texts)]


def _shown(answer: GuideAnswer, shown: Mapping[str, ShownQuestion], departments: Names) -> ShownAnswer:
    outcome = answer.outcome
    return ShownAnswer(
        answer.key,
        answer.text,
        shown[answer.to] if outcome is None else None,
        words_for_guide_outcome(outcome, departments) if outcome is not None else "",
        outcome.text if outcome is not None else "",
        words_for_condition(answer.when, departments) if answer.when is not None else "",
    )


def _path(question: ShownQuestion, drawn: set[str]) -> Path:
    if question.key in drawn:
        return Path(question, is_repeated=True)
    drawn.add(question.key)
    answers = [(answer, _path(answer.next, drawn) if answer.next is not None else None) for answer in question.answers]
    return Path(question, answers)


def _lines(question: GuideQuestion, texts: Mapping[str, str]) -> Iterable[str]:
    yield f"{question.text} {question.help}".strip()
    for answer in question.answers:
        told = {"question": question.text, "answer": answer.text, "key": answer.key}
        if answer.outcome is None:
            line = _("%(question)s %(answer)s (%(key)s): on to “%(next)s”.") % {**told, "next": texts[answer.to]}
        else:
            said = words_for_guide_outcome(answer.outcome, {})
            ends = " ".join(part for part in (said and f"{said}.", answer.outcome.text) if part)
            line = _("%(question)s %(answer)s (%(key)s): %(ends)s") % {**told, "ends": ends}
        if answer.when is not None:
            line += " " + _("Filled in when %(when)s.") % {"when": words_for_condition(answer.when, {})}
        yield line
