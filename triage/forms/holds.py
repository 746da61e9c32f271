"""What somebody fills in who places or lifts a legal hold."""

from django import forms
from django.utils.translation import gettext_lazy as _

from triage.services.reasons import MAX_REASON


class HoldForm(forms.Form):
    """What is held, why, and when somebody looks at it again."""

    on = forms.ChoiceField(
        label=_("What is held?"),
        choices=[("conversation", _("This conversation")), ("author", _("Everything of its author, also in future"))],
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=_("For example the number of the case. It is kept for good, so name nobody."),
    )
    review_on = forms.DateField(
        label=_("To be looked at again on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("It does not end by itself."),
    )


class LiftForm(forms.Form):
    """Why a hold ends."""

    because = forms.CharField(label=_("Why is it lifted?"), max_length=MAX_REASON)
