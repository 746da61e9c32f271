"""What is filled in about a clause of the draft."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policies import wording
from policies.engine.outcomes import DISPOSITIONS
from policies.forms import SeenForm, Text
from policies.models import Clause, PolicyVersion
from policies.services import clauses


class ClauseFields(forms.Form):
    """A clause as it is written."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    body = Text(
        label=gettext_lazy("Text"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("Markdown: **bold**, lists with a hyphen, [links](https://example.org)."),
    )
    is_substantial = forms.BooleanField(
        label=gettext_lazy("This changes what binds people"),
        required=False,
        initial=True,
        help_text=gettext_lazy("They read and attest it anew. Take the tick away where only the wording gets better."),
    )
    may_decide = forms.MultipleChoiceField(
        label=gettext_lazy("Its rules may decide by themselves"),
        required=False,
        choices=[(name, capfirst(wording.DISPOSITIONS[name])) for name in DISPOSITIONS],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Without a tick they only suggest, and a person decides."),
    )


class NewClauseForm(ClauseFields):
    """A new clause, and where it stands. Its key tells a form that is sent twice from another."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)
    level = forms.TypedChoiceField(
        label=gettext_lazy("Level"),
        coerce=int,
        required=False,
        initial=1,
        empty_value=None,
        choices=[(1, gettext_lazy("A clause: 1, 2, 3")), (2, gettext_lazy("Below the clause before it: 1.1, 1.2"))],
    )
    after = forms.TypedChoiceField(label=gettext_lazy("Place"), required=False, coerce=int, empty_value=None)
    field_order = ("title", "body", "after", "level", "is_substantial", "may_decide")

    def __init__(self, *args: Any, version: PolicyVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["after"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
        field.choices = [
            ("", _("At the end")),
            *((clause.pk, _("After %(clause)s") % {"clause": clause}) for clause in version.clauses.order_by("number")),
        ]


class ClauseForm(SeenForm, ClauseFields):
    """A clause as it is written anew."""

    @classmethod
    def of(cls, clause: Clause) -> "ClauseForm":
        """Return the form filled in. Whoever opens a clause that is as it was means to change it."""
        return cls(
            initial={
                "title": clause.title,
                "body": clause.body,
                "is_substantial": clause.is_substantial or clauses.is_as_before(clause),
                "may_decide": clause.may_decide,
                "seen": clauses.fingerprint_of_clause(clause),
            }
        )


class MoveForm(forms.Form):
    """Up or down, or to another level."""

    direction = forms.ChoiceField(choices=[("up", ""), ("down", ""), ("in", ""), ("out", "")])
