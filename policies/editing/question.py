"""A question of the guide while it is edited: its answers in rows, each with where it leads."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from policies.editing.outcomes import RoutingForm
from policies.engine.conditions import InvalidAt
from policies.engine.guide import (
    LEAST_ANSWERS,
    LONGEST_ADVICE,
    LONGEST_ANSWER,
    LONGEST_HELP,
    LONGEST_QUESTION,
    MOST_ANSWERS,
)
from policies.forms import Text
from policies.models import PolicyVersion
from policies.services.guide_writing import fingerprint_of_question

Question = Mapping[str, Any]
# Of the texts of questions a menu shows so much.
SHOWN = 70
_PREFIX = "a"
# In the menu of where an answer leads; no key of a question.
_OUTCOME = "="
_SAID = ("priority", "disposition", "department", "person", "visibility", "reason", "tags")
_NEW = {
    "answers": [{"key": "y", "text": gettext_lazy("Yes")}, {"key": "n", "text": gettext_lazy("No")}],
}


class QuestionHead(forms.Form):
    """What is asked, on which clause it stands, and what its writer had before them."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=32, required=False)
    text = forms.CharField(label=gettext_lazy("Question"), max_length=LONGEST_QUESTION)
    help = Text(
        label=gettext_lazy("What helps to answer it"),
        required=False,
        max_length=LONGEST_HELP,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    clause = forms.ChoiceField(label=gettext_lazy("Stands on the clause"), required=False)

    def __init__(self, *args: Any, version: PolicyVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["clause"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        clauses = {str(clause.key): str(clause) for clause in version.clauses.order_by("number")}
        stands_on = self.initial.get("clause")
        if stands_on and stands_on not in clauses:
            clauses[stands_on] = _("A clause that is not there")
        field.choices = [("", "–"), *clauses.items()]


class AnswerForm(RoutingForm):
    """One answer: the key to press, its text, and the question or the outcome it leads to."""

    # The key that the answer had, by which it keeps what the machine looks at.
    was = forms.CharField(widget=forms.HiddenInput, required=False, max_length=1)
    key = forms.RegexField(
        r"\A[a-z0-9]\Z",
        label=pgettext_lazy("keyboard", "Key"),
        max_length=1,
        error_messages={"invalid": gettext_lazy("One small letter or digit.")},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "size": 2}),
    )
    said = forms.CharField(label=gettext_lazy("Answer"), max_length=LONGEST_ANSWER)
    to = forms.ChoiceField(label=gettext_lazy("Leads to"))
    advice = forms.CharField(
        label=gettext_lazy("Advice"),
        required=False,
        max_length=LONGEST_ADVICE,
        help_text=gettext_lazy("A sentence that is shown with the outcome."),
    )

    def __init__(self, *args: Any, number: int, questions: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, prefix=f"{_PREFIX}{number}", **kwargs)
        self.number = number
        for name in ("points", "decides"):
            del self.fields[name]
        self.fields["visibility"].label = _("In public or in private")
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(_OUTCOME, _("An outcome")), (_("The question"), list(questions))]

    def answer(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer as it is stored; the machine gives it when it did ``before``."""
        data = self.cleaned_data
        told: dict[str, Any] = {"key": data["key"], "text": data["said"], "when": before.get("when")}
        if data["to"] != _OUTCOME:
            return {**told, "to": data["to"]}
        said = {name: value for name, value in self.parts().items() if value not in (None, "", [])}
        return {**told, "then": {**said, "text": data["advice"]}}

    def parts(self) -> dict[str, Any]:
        """Return what was filled in of the outcome, but for its advice."""
        return {name: self.cleaned_data[name] for name in _SAID}

    @classmethod
    def held(cls, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for a stored answer."""
        then = answer.get("then") or {}
        return {
            **cls.initial_of({name: value for name, value in then.items() if name != "text"}),
            "was": answer["key"],
            "key": answer["key"],
            "said": answer["text"],
            "to": answer.get("to") or _OUTCOME,
            "advice": then.get("text", ""),
        }


class QuestionEditor:
    """One question on the page."""

    def __init__(self, head: QuestionHead, rows: Sequence[AnswerForm]) -> None:
        self.head = head
        self.rows = rows
        # What was posted, where it can be used.
        self.written: dict[str, Any] | None = None

    @classmethod
    def of(cls, version: PolicyVersion, question: Question | None) -> "QuestionEditor":
        """Return the editor filled in with a question, or with what a new one begins with."""
        begun: Question = question if question is not None else _NEW
        seen = fingerprint_of_question(question) if question is not None else ""
        initial = {name: begun.get(name, "") for name in ("text", "help", "clause")}
        held = [AnswerForm.held(answer) for answer in begun["answers"]]
        return cls(
            QuestionHead(initial={**initial, "seen": seen}, version=version),
            _rows(held, _others(version, question)),
        )

    @classmethod
    def acted(cls, version: PolicyVersion, question: Question | None, posted: QueryDict) -> "QuestionEditor":
        """Return what was posted after a button other than the one that saves; nothing is refused yet."""
        head = QuestionHead(initial={name: posted.get(name, "") for name in QuestionHead.base_fields}, version=version)
        held = [
            {name: posted.get(f"{_PREFIX}{number}-{name}", "") for name in AnswerForm.base_fields}
            for number in _numbers(posted)
        ]
        doing, _colon, place = posted.get("act", "").partition(":")
        at = int(place) - 1 if place.isdecimal() and len(place) < 3 else -1
        if doing == "more" and len(held) < MOST_ANSWERS:
            held.append({"was": "", "key": "", "said": "", "to": _OUTCOME})
        elif doing == "remove" and 0 <= at < len(held) and len(held) > LEAST_ANSWERS:
            held.pop(at)
        elif doing == "up" and 0 < at < len(held):
            held[at - 1], held[at] = held[at], held[at - 1]
        return cls(head, _rows(held, _others(version, question)))

    @classmethod
    def saved(cls, version: PolicyVersion, question: Question | None, posted: QueryDict) -> "QuestionEditor":
        """Return what was posted, with ``written`` where it can be saved, else with what is wrong at its place."""
        before = {answer["key"]: answer for answer in question["answers"]} if question is not None else {}
        questions = _others(version, question)
        clause = {"clause": question.get("clause", "")} if question is not None else {}
        rows = [
            AnswerForm(
                posted,
                number=number,
                questions=questions,
                # A department that is gone stays on offer where it is named.
                initial=AnswerForm.held(known)
                if (known := before.get(posted.get(f"{_PREFIX}{number}-was", "")))
                else {},
            )
            for number in _numbers(posted)
        ]
        editor = cls(QuestionHead(posted, initial=clause, version=version), rows)
        # Each is asked, so that all that is wrong is told at once.
        if all([editor.head.is_valid(), *(row.is_valid() for row in rows)]):
            head = editor.head.cleaned_data
            editor.written = {
                **{name: head[name] for name in ("text", "help", "clause")},
                "answers": [row.answer(before.get(row.cleaned_data["was"], {})) for row in rows],
            }
        return editor

    def refuse(self, refusal: InvalidAt) -> None:
        """Tell at its place why what was posted is not taken."""
        _place, *steps = refusal.place.split(".")
        if len(steps) > 1 and steps[0] == "answers":
            row = self.rows[int(steps[1])]
            field = {"text": "said"}.get(steps[-1], steps[-1]) if "then" not in steps else None
            row.add_error(field if field in row.fields else None, refusal.bare)
        else:
            self.head.add_error(steps[0] if steps and steps[0] in self.head.fields else None, refusal.bare)

    def anew(self, version: PolicyVersion, seen: str) -> None:
        """Let what was posted be saved over what another editor wrote."""
        self.head = QuestionHead(initial={**self.head.cleaned_data, "seen": seen}, version=version)

    @property
    def may_add(self) -> bool:
        """Whether there is room for one more answer."""
        return len(self.rows) < MOST_ANSWERS

    @property
    def may_remove(self) -> bool:
        """Whether an answer can be left out."""
        return len(self.rows) > LEAST_ANSWERS


def _rows(held: Sequence[Mapping[str, Any]], questions: Sequence[tuple[str, str]]) -> list[AnswerForm]:
    return [AnswerForm(initial=row, number=number, questions=questions) for number, row in enumerate(held, start=1)]


def _others(version: PolicyVersion, question: Question | None) -> list[tuple[str, str]]:
    """Return the questions that an answer can lead to, as a menu offers them."""
    return [
        (one["key"], f"{number}. {Truncator(one['text']).chars(SHOWN)}")
        for number, one in enumerate(version.guide, start=1)
        if question is None or one["key"] != question["key"]
    ]


def _numbers(posted: QueryDict) -> list[int]:
    """Return the rows that were posted."""
    return [number for number in range(1, MOST_ANSWERS + 1) if f"{_PREFIX}{number}-key" in posted]
