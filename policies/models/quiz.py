"""The short quiz of a version."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from policies.models.version import Clause, PolicyVersion


class Question(models.Model):
    """A question on a clause with two to five answers, of which one is right. Immutable with its version."""

    clause = models.ForeignKey(Clause, models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(_("question"), max_length=300)
    answers = ArrayField(models.CharField(max_length=200))
    # The place of the right one, from 0.
    right = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="policies_question_has_two_to_five_answers", condition=Q(answers__len__gte=2, answers__len__lte=5)
            ),
            models.CheckConstraint(
                name="policies_question_has_its_right_answer", condition=Q(right__lt=F("answers__len"))
            ),
        ]

    def __str__(self) -> str:
        return self.text


class QuizTry(models.Model):
    """One try at the quiz of a version that did not pass. Append-only by a trigger."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="quiz_tries")
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="quiz_tries")
    right_count = models.PositiveSmallIntegerField()
    question_count = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["version", "user"], name="policies_quiztry_of_person")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.version_id}: {self.right_count} of {self.question_count}"
