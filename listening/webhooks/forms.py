"""What administrators fill in about webhooks."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SecretForm(forms.Form):
    """A new secret, given by the sender or made here."""

    secret = forms.CharField(
        label=_("Secret that the sender gave you"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Leave it empty to have one made. The present one is accepted until you end it."),
    )
