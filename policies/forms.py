"""What policy editors fill in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from policies.models import PolicyVersion
from policies.services import drafting


class Text(forms.CharField):
    """A long text with one kind of line end, whatever the browser sends."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> str:
        """Return the text with plain line ends."""
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


class SeenForm(forms.Form):
    """A form that remembers what its writer had before them."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=32)


class DescriptionForm(SeenForm):
    """The draft's title, and what changes."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    summary = Text(
        label=gettext_lazy("What changes, and why"),
        required=False,
        max_length=5000,
        help_text=gettext_lazy("Everybody reads this before they attest."),
    )

    @classmethod
    def of(cls, version: PolicyVersion) -> "DescriptionForm":
        """Return the form filled in."""
        seen = drafting.fingerprint_of_description(version)
        return cls(initial={"title": version.title, "summary": version.summary, "seen": seen})
