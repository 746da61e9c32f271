"""The quiz of a draft, and what an answered one comes to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from policies.fingerprints import fingerprint
from policies.models import Clause, PolicyVersion, Question
from policies.parts.quiz import MOST_QUESTIONS, WrittenQuestion, check_question
from policies.services.clauses import Gone
from policies.services.drafting import ChangedMeanwhile, lock_draft
from socialhub.lib.errors import Invalid


@dataclass(frozen=True, slots=True)
class Result:
    """What somebody answered: how many right, and which questions not."""

    question_count: int
    wrong: tuple[Question, ...] = ()

    @property
    def right_count(self) -> int:
        """How many were answered right."""
        return self.question_count - len(self.wrong)

    def passes(self, pass_mark: int) -> bool:
        """Say whether it is enough; without a question everything is."""
        return self.right_count * 100 >= pass_mark * self.question_count


def add_question(*, version_id: int, clause_id: int, question: WrittenQuestion) -> Question:
    """Ask one more question about a clause of the draft.

    :raises Invalid: nobody could answer it, or there are enough.
    :raises Gone: another editor deleted the clause.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    check_question(question)
    with transaction.atomic():
        draft = lock_draft(version_id)
        clause = _clause(draft, clause_id)
        count = questions_of(draft).count()
        if count >= MOST_QUESTIONS:
            raise Invalid(_("A quiz has at most %(count)d questions: it is to be short.") % {"count": MOST_QUESTIONS})
        return Question.objects.create(
            clause=clause,
            position=count + 1,
            text=question.text,
            answers=list(question.answers),
            right=question.right,
        )


def change_question(*, version_id: int, question_id: int, clause_id: int, question: WrittenQuestion, seen: str) -> None:
    """Write a question of the draft anew.

    :raises Invalid: nobody could answer it.
    :raises ChangedMeanwhile: another editor wrote it since ``seen`` was taken.
    :raises Gone: another editor deleted it or its clause.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    check_question(question)
    with transaction.atomic():
        draft = lock_draft(version_id)
        row = _question(draft, question_id)
        if fingerprint_of_question(row) != seen:
            raise ChangedMeanwhile(_("Somebody else wrote this question a moment ago."))
        row.clause = _clause(draft, clause_id)
        row.text, row.answers, row.right = question.text, list(question.answers), question.right
        row.save(update_fields=["clause", "text", "answers", "right"])


def delete_question(*, version_id: int, question_id: int) -> None:
    """Take a question out of the draft's quiz.

    :raises Gone: another editor deleted it.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    with transaction.atomic():
        draft = lock_draft(version_id)
        _question(draft, question_id).delete()


def set_terms(*, version_id: int, grace_days: int, pass_mark: int, seen: str) -> None:
    """Set the days of grace and the pass mark of the draft.

    :raises ChangedMeanwhile: another editor did since ``seen`` was taken.
    :raises NotADraft: the version was sent to its reviewers, published or discarded.
    """
    with transaction.atomic():
        draft = lock_draft(version_id)
        if fingerprint_of_terms(draft) != seen:
            raise ChangedMeanwhile(_("Somebody else changed this a moment ago."))
        draft.grace_days, draft.pass_mark = grace_days, pass_mark
        draft.save(update_fields=["grace_days", "pass_mark"])


def questions_of(version: PolicyVersion) -> QuerySet[Question]:
    """Return the questions of a version in the order of its clauses."""
    return (
        Question.objects.filter(clause__version=version)
        .select_related("clause")
        .order_by("clause__number", "position", "pk")
    )


def mark(questions: Iterable[Question], chosen: Mapping[int, int]) -> Result:
    """Compare what was chosen, by the ids of the questions, with what is right; what was not answered is wrong."""
    asked = list(questions)
    return Result(len(asked), tuple(one for one in asked if chosen.get(one.pk) != one.right))


def fingerprint_of_question(question: Question) -> str:
    """Return what a form keeps to notice another editor."""
    return fingerprint(question.clause_id, question.text, question.answers, question.right)


def fingerprint_of_terms(version: PolicyVersion) -> str:
    """Return what a form keeps to notice another editor."""
    return fingerprint(version.grace_days, version.pass_mark)


def _clause(draft: PolicyVersion, clause_id: int) -> Clause:
    clause = draft.clauses.filter(pk=clause_id).first()
    if clause is None:
        raise Gone(_("Somebody else deleted this clause a moment ago."))
    return clause


def _question(draft: PolicyVersion, question_id: int) -> Question:
    question = Question.objects.filter(pk=question_id, clause__version=draft).first()
    if question is None:
        raise Gone(_("Somebody else deleted this question a moment ago."))
    return question
