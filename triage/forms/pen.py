"""What people fill in to hand the pen over, or to take it over."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from teams.models import User
from triage.services.pen.handing_over import MAX_NOTE
from triage.services.reasons import MAX_REASON


class PenForm(forms.Form):
    """An act on the pen, with the fence that the page showed."""

    fence = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class HandOverForm(PenForm):
    """Whom the holder asks, and what they should know."""

    taker = forms.ModelChoiceField(
        queryset=User.objects.active(),
        error_messages={
            "required": gettext_lazy("Choose whom you ask."),
            "invalid_choice": gettext_lazy("This person does not answer for the department."),
        },
    )
    note = forms.CharField(required=False, max_length=MAX_NOTE)


class TakeOverForm(PenForm):
    """Why somebody takes over, and what becomes of the conversation then."""

    reason = forms.CharField(
        max_length=MAX_REASON, error_messages={"required": gettext_lazy("Say why you take it over.")}
    )
    then = forms.ChoiceField(choices=[("hold", ""), ("queue", ""), ("give", "")])
    person = forms.ModelChoiceField(
        queryset=User.objects.active(),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("This person does not answer for the department.")},
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the person to whom it is given."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("then") == "give" and data.get("person") is None and "person" not in self.errors:
            self.add_error("person", _("Choose whom you give it to."))
        return data
