"""The guide, as a part of a version: its questions, the first of them first."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.engine.guide import GuideAnswer, GuideOutcome, GuideQuestion, read_guide, unreached
from policies.engine.plain import refuse
from policies.guide_words import lines_of_guide
from policies.models import PolicyVersion
from policies.parts.base import Files, Part

Question = dict[str, Any]


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
    write=lambda data: (list(data) if data else None, {}),
    lines=lines_of_guide,
    take=lambda version: list(version.guide),
    put=put,
    is_tried=False,
)
