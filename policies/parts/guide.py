"""The guide, as a part of a version: its questions, the first of them first."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.engine.guide import GuideAnswer, GuideOutcome, GuideQuestion, read_guide, unreached
from policies.engine.plain import refuse
from policies.guide_words import lines_of_guide
from policies.models import PolicyVersion
from policies.parts.base import Files, Part

Question = dict[str, Any]
_QUESTION = ("key", "text", "help", "clause", "answers")
_ANSWER = ("key", "text", "when", "to", "then")
_OUTCOME = tuple(column.name for column in fields(GuideOutcome))


def read(data: Any, _files: Files) -> list[Question]:
    """Check the questions; a policy that says nothing has no guide."""
    if data is None:
        return []
    questions = read_guide(data)
    lost = {question.key for question in unreached(questions)}
    for place, question in enumerate(questions):
        if question.key in lost:
            raise refuse(_("Nothing leads to this question."), place)
    return [plain(question, written) for question, written in zip(questions, data, strict=True)]


def write(data: Sequence[Mapping[str, Any]] | None) -> tuple[Any, Mapping[str, str]]:
    """Return the questions as a person would write them; the database keeps no order of names."""
    return [_in_order(question) for question in data or ()] or None, {}


def put(version: PolicyVersion, data: Sequence[Mapping[str, Any]]) -> None:
    """Give a draft exactly these questions."""
    version.guide = list(data)
    version.save(update_fields=["guide"])


def plain(question: GuideQuestion, written: Mapping[str, Any]) -> Question:
    """Return a question as it is stored: without what is empty, its conditions as they were ``written``."""
    told: Question = {"key": question.key, "text": question.text}
    if question.help:
        told["help"] = question.help
    if question.clause:
        told["clause"] = question.clause
    told["answers"] = [
        _plain_answer(answer, row.get("when")) for answer, row in zip(question.answers, written["answers"], strict=True)
    ]
    return told


def _in_order(question: Mapping[str, Any]) -> Question:
    answers = [_sorted(answer, _ANSWER) for answer in question["answers"]]
    for answer in answers:
        if "then" in answer:
            answer["then"] = _sorted(answer["then"], _OUTCOME)
    return {**_sorted(question, _QUESTION), "answers": answers}


def _sorted(data: Mapping[str, Any], order: Sequence[str]) -> dict[str, Any]:
    return {name: data[name] for name in order if name in data}


def _plain_answer(answer: GuideAnswer, when: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"key": answer.key, "text": answer.text}
    if when is not None:
        told["when"] = when
    return told | ({"to": answer.to} if answer.outcome is None else {"then": _plain_outcome(answer.outcome)})


def _plain_outcome(outcome: GuideOutcome) -> dict[str, Any]:
    said = {**asdict(outcome), "tags": list(outcome.tags)}
    return {name: value for name, value in said.items() if value}


PART = Part(
    "guide",
    gettext_lazy("Guide"),
    read=read,
    write=write,
    lines=lines_of_guide,
    take=lambda version: list(version.guide),
    put=put,
    is_tried=False,
)
