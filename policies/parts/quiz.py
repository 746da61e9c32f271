"""The quiz with its pass mark, as a part of a version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.engine.plain import only, refuse
from policies.models import PolicyVersion, Question
from policies.models.version import USUAL_PASS_MARK
from policies.parts.base import Files, Part
from socialhub.lib.errors import Invalid

MOST_QUESTIONS = 30
LEAST_ANSWERS, MOST_ANSWERS = 2, 5
LONGEST_QUESTION, LONGEST_ANSWER = 300, 200


@dataclass(frozen=True, slots=True)
class WrittenQuestion:
    """A question as a form or a folder gives it; ``right`` is the place of the right answer, from 0."""

    text: str
    answers: tuple[str, ...]
    right: int


def check_question(question: WrittenQuestion) -> None:
    """Refuse a question that nobody could answer.

    :raises Invalid: it is empty or too long, has too few or too many answers, the same twice, or none that is right.
    """
    if not question.text.strip() or len(question.text) > LONGEST_QUESTION:
        told = {"count": LONGEST_QUESTION}
        raise Invalid(_("A question has 1 to %(count)d characters.") % told, field="text")
    if not LEAST_ANSWERS <= len(question.answers) <= MOST_ANSWERS:
        raise Invalid(_("Give two to five answers."), field="answers")
    if any(not answer.strip() or len(answer) > LONGEST_ANSWER for answer in question.answers):
        raise Invalid(_("An answer has 1 to %(count)d characters.") % {"count": LONGEST_ANSWER}, field="answers")
    if len(set(question.answers)) < len(question.answers):
        raise Invalid(_("Give each answer once."), field="answers")
    if not 0 <= question.right < len(question.answers):
        raise Invalid(_("Say which answer is right."), field="right")


def read(data: Any, _files: Files) -> dict[str, Any]:
    """Check the quiz; a policy that says nothing asks nothing."""
    quiz = only({} if data is None else data, ("pass_mark", "questions"))
    pass_mark = quiz.get("pass_mark", USUAL_PASS_MARK)
    if isinstance(pass_mark, bool) or not isinstance(pass_mark, int) or not 1 <= pass_mark <= 100:
        raise refuse(_("The pass mark must be a whole number from 1 to 100."), "pass_mark")
    questions = quiz.get("questions") or []
    if not isinstance(questions, list):
        raise refuse(_("Give a list of questions."), "questions")
    if len(questions) > MOST_QUESTIONS:
        told = {"count": MOST_QUESTIONS}
        raise refuse(_("A quiz has at most %(count)d questions: it is to be short.") % told, "questions")
    return {"pass_mark": pass_mark, "questions": [_read_question(row, place) for place, row in enumerate(questions)]}


def write(data: Mapping[str, Any] | None) -> tuple[Any, Mapping[str, str]]:
    """Return the quiz with the right answers in words; nothing where nothing is asked."""
    if data is None or data == read(None, Files({})):
        return None, {}
    questions = [
        {
            "clause": row["clause"],
            "text": row["text"],
            "answers": list(row["answers"]),
            "right": row["answers"][row["right"]],
        }
        for row in data["questions"]
    ]
    return {"pass_mark": data["pass_mark"], "questions": questions}, {}


def take(version: PolicyVersion) -> dict[str, Any]:
    """Return the quiz of a version."""
    rows = Question.objects.filter(clause__version=version).select_related("clause")
    questions = [
        {"clause": str(row.clause.key), "text": row.text, "answers": list(row.answers), "right": row.right}
        for row in rows.order_by("clause__number", "position", "pk")
    ]
    return {"pass_mark": version.pass_mark, "questions": questions}


def put(version: PolicyVersion, data: Mapping[str, Any]) -> None:
    """Give a draft exactly this quiz; its clauses are there already."""
    if data == take(version):
        return
    version.pass_mark = data["pass_mark"]
    version.save(update_fields=["pass_mark"])
    clauses = {str(clause.key): clause for clause in version.clauses.all()}
    Question.objects.filter(clause__version=version).delete()
    Question.objects.bulk_create(
        Question(
            clause=clauses[row["clause"]],
            position=position,
            text=row["text"],
            answers=list(row["answers"]),
            right=row["right"],
        )
        for position, row in enumerate(data["questions"], start=1)
    )


def lines(data: Mapping[str, Any] | None) -> list[str]:
    """Tell each question with its answers, so that what came and went shows."""
    if not data or not data["questions"]:
        return [_("There is no quiz.")]
    told = [_("Of a hundred answers to the quiz %(count)d must be right.") % {"count": data["pass_mark"]}]
    for row in data["questions"]:
        said = {"question": row["text"], "answers": " / ".join(row["answers"]), "right": row["answers"][row["right"]]}
        told.append(_("%(question)s %(answers)s. Right: %(right)s.") % said)
    return told


def _read_question(data: Any, place: int) -> dict[str, Any]:
    row = only(data, ("clause", "text", "answers", "right"), "questions", place)
    try:
        clause = str(UUID(row.get("clause")))
    except (ValueError, AttributeError, TypeError):
        raise refuse(_("Give the key of the clause that it is about."), "questions", place, "clause") from None
    text, answers = row.get("text"), row.get("answers")
    if not isinstance(text, str):
        raise refuse(_("“%(name)s” is missing.") % {"name": "text"}, "questions", place)
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise refuse(_("Give a list of answers."), "questions", place, "answers")
    right = answers.index(row.get("right")) if row.get("right") in answers else -1
    question = WrittenQuestion(text.strip(), tuple(answer.strip() for answer in answers), right)
    try:
        check_question(question)
    except Invalid as refusal:
        raise refuse(str(refusal), "questions", place, refusal.field or "") from None
    return {"clause": clause, "text": question.text, "answers": list(question.answers), "right": right}


PART = Part(
    "quiz",
    gettext_lazy("Quiz"),
    read=read,
    write=write,
    lines=lines,
    take=take,
    put=put,
    is_tried=False,
    is_open=False,
)
