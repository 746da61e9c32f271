"""Who has read the policy."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from policies.models import Attestation, PolicyVersion, QuizTry
from policies.services import quizzes
from socialhub.lib.errors import Conflict, Invalid
from teams.models import User


class NotInForce(Conflict):
    """The version that was read is not, or no longer, the one in force."""

    code = "policy_not_in_force"


class QuizNotPassed(Invalid):
    """Too few questions were answered right; ``result`` says which were not. It may be tried again."""

    code = "quiz_not_passed"

    def __init__(self, message: str, *, result: quizzes.Result) -> None:
        super().__init__(message, field="answers")
        self.result = result


def attest(*, user: User, version_id: int, at: datetime, answers: Mapping[int, int] | None = None) -> None:
    """Record that ``user`` has read the version in force and passes its quiz, if it has one. Harmless to call twice.

    ``answers`` are the places of what was chosen, by the ids of the questions. A try that does
    not pass is kept, and counted when the next one does.

    :raises NotInForce: another version came in force meanwhile.
    :raises QuizNotPassed: too few answers are right.
    """
    chosen = answers or {}
    with transaction.atomic():
        # Locked, so that two tries of one person at once are counted one after the other.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        version = PolicyVersion.objects.in_force().filter(pk=version_id).first()
        if version is None:
            raise NotInForce(_("Another version came in force a moment ago. Read that one."))
        if Attestation.objects.filter(user=user, version=version).exists():
            return
        result = quizzes.mark(quizzes.questions_of(version), chosen)
        told = {"right_count": result.right_count, "question_count": result.question_count, "at": at}
        if result.passes(version.pass_mark):
            tries = QuizTry.objects.filter(user=user, version=version).count()
            Attestation.objects.create(user=user, version=version, try_count=tries + 1, **told)
            return
        if chosen:
            QuizTry.objects.create(user=user, version=version, **told)
    if not chosen:
        raise QuizNotPassed(_("Answer the questions first."), result=result)
    raise QuizNotPassed(_not_enough(result), result=result)


def _not_enough(result: quizzes.Result) -> str:
    told = {"right": result.right_count, "all": result.question_count}
    return _("Right: %(right)d of %(all)d. Read the clauses named below, then try again.") % told
