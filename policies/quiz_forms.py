"""What editors fill in for the quiz, and what people answer."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies.forms import SeenForm
from policies.models import Clause, PolicyVersion, Question
from policies.models.version import MOST_GRACE_DAYS
from policies.parts.quiz import LONGEST_ANSWER, LONGEST_QUESTION, MOST_ANSWERS, WrittenQuestion
from policies.services import quizzes


class TermsForm(SeenForm):
    """For how long people go on, and how many answers must be right."""

    grace_days = forms.IntegerField(
        label=gettext_lazy("Days of grace"),
        min_value=0,
        max_value=MOST_GRACE_DAYS,
        help_text=gettext_lazy(
            "For so many days people go on who had attested what bound them before. 0: nobody acts before attesting."
        ),
    )
    pass_mark = forms.IntegerField(
        label=gettext_lazy("Right answers needed, in percent"),
        min_value=1,
        max_value=100,
        help_text=gettext_lazy("Of the quiz, if there is one. Who falls short is led to the clauses and tries again."),
    )

    @classmethod
    def of(cls, version: PolicyVersion) -> "TermsForm":
        """Return the form filled in."""
        seen = quizzes.fingerprint_of_terms(version)
        return cls(initial={"grace_days": version.grace_days, "pass_mark": version.pass_mark, "seen": seen})


class QuestionForm(forms.Form):
    """A question, its answers and which of them is right."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=32, required=False)
    clause = forms.ModelChoiceField(
        label=gettext_lazy("About the clause"), queryset=Clause.objects.none(), empty_label=gettext_lazy("Choose")
    )
    text = forms.CharField(label=gettext_lazy("Question"), max_length=LONGEST_QUESTION)

    def __init__(self, *args: Any, version: PolicyVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["clause"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = version.clauses.order_by("number")
        places = range(1, MOST_ANSWERS + 1)
        for place in places:
            self.fields[f"answer_{place}"] = forms.CharField(
                label=_("Answer %(number)d") % {"number": place}, max_length=LONGEST_ANSWER, required=place <= 2
            )
        self.fields["right"] = forms.TypedChoiceField(
            label=_("The right one"),
            coerce=int,
            choices=[(place, _("Answer %(number)d") % {"number": place}) for place in places],
        )

    def clean(self) -> dict[str, Any]:
        """Check the question as a whole: answers left empty are left out."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            given = {place: data[f"answer_{place}"] for place in range(1, MOST_ANSWERS + 1) if data[f"answer_{place}"]}
            if data["right"] not in given:
                self.add_error("right", _("This answer is empty."))
            elif len(set(given.values())) < len(given):
                self.add_error(None, _("Give each answer once."))
            else:
                data["answers"] = tuple(given.values())
                data["place"] = list(given).index(data["right"])
        return data

    def written(self) -> WrittenQuestion:
        """Return the question that the form describes."""
        data = self.cleaned_data
        return WrittenQuestion(data["text"], data["answers"], data["place"])

    @staticmethod
    def filled(question: Question) -> dict[str, Any]:
        """Return what the form begins with."""
        return {
            "clause": question.clause_id,
            "text": question.text,
            "right": question.right + 1,
            "seen": quizzes.fingerprint_of_question(question),
            **{f"answer_{place}": answer for place, answer in enumerate(question.answers, start=1)},
        }


class QuizForm(forms.Form):
    """Which version was read, and what was answered; one field for each question."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, questions: Sequence[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for question in questions:
            self.fields[f"question_{question.pk}"] = forms.TypedChoiceField(
                label=question.text,
                coerce=int,
                choices=list(enumerate(question.answers)),
                widget=forms.RadioSelect,
            )

    def chosen(self) -> dict[int, int]:
        """Return the places of what was chosen, by the ids of the questions."""
        return {question.pk: self.cleaned_data[f"question_{question.pk}"] for question in self.questions}

    def rows(self) -> list[tuple[Question, forms.BoundField]]:
        """Return each question with its field."""
        return [(question, self[f"question_{question.pk}"]) for question in self.questions]
