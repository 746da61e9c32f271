"""What people fill in about a saved answer."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from listening.heard import language_code
from policies.models import Clause, PolicyVersion
from teams.models import User
from triage.models import SavedAnswer
from triage.services.writing.saved_answers import Wanted, people_who_may_own

LONGEST_BODY = 5_000
WANTED = ("title", "body", "owner", "clause_key", "language", "expires_on")


class SavedAnswerForm(forms.Form):
    """A saved answer, new or to be changed; ``seen`` is when it was changed last before the page was made."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    body = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text=gettext_lazy(
            "{customer}, {agent}, {company} and {channel} are filled in when it is used. A name that nobody knows is "
            "left out, with the space before it."
        ),
    )
    owner = forms.ModelChoiceField(
        label=gettext_lazy("Owner"),
        queryset=User.objects.none(),
        empty_label=None,
        help_text=gettext_lazy("Who keeps it true."),
    )
    clause_key = forms.TypedChoiceField(
        label=gettext_lazy("Clause of the policy"),
        required=False,
        coerce=UUID,
        empty_value=None,
        help_text=gettext_lazy("Where the policy says that this is what we answer."),
    )
    language = forms.CharField(
        label=gettext_lazy("Language"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("A code such as en or de. Empty means that it fits every language."),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("To be reviewed on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("From this day on it is not suggested, and its owner is asked to look at it."),
    )
    seen = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, present: SavedAnswer | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner, clause = self.fields["owner"], self.fields["clause_key"]
        assert isinstance(owner, forms.ModelChoiceField)  # noqa: S101 - declared above
        assert isinstance(clause, forms.TypedChoiceField)  # noqa: S101 - declared above
        owner.queryset = people_who_may_own(present.owner_id if present else None)
        choices = [("", _("None")), *((str(key), title) for key, title in clauses_in_force().items())]
        key = str(present.clause_key) if present and present.clause_key else ""
        if key not in dict(choices):
            choices.append((key, _("A clause that is not in force any more")))
        clause.choices = choices

    def clean_body(self) -> str:
        """Return the text with one kind of line end, whatever the browser sends."""
        body: str = self.cleaned_data["body"]
        return body.replace("\r\n", "\n").replace("\r", "\n")

    def clean_language(self) -> str:
        """Return the code of a language, or nothing."""
        entered: str = self.cleaned_data["language"]
        return checked_language(entered)

    def wanted(self) -> Wanted:
        """Return what the answer is to be."""
        return Wanted(**{name: self.cleaned_data[name] for name in WANTED})


def checked_language(entered: str) -> str:
    """Return the code of a language, or nothing for nothing.

    :raises ValidationError: it is no such code.
    """
    code = language_code(entered)
    if entered and not code:
        raise forms.ValidationError(
            _("“%(code)s” is no code of a language; they are like en or de.") % {"code": entered}
        )
    return code


def initial_of(answer: SavedAnswer) -> dict[str, Any]:
    """Return an answer as the form shows it."""
    return {name: getattr(answer, name) for name in WANTED} | {
        "owner": answer.owner_id,
        "seen": answer.changed_at.isoformat(),
    }


def clauses_in_force() -> dict[UUID, str]:
    """Return the clauses of the policy in force by their keys, as people name them."""
    rows = Clause.objects.filter(version__in=PolicyVersion.objects.in_force()).order_by("number")
    return {clause.key: f"{clause.label} {clause.title}" for clause in rows.defer("body")}
