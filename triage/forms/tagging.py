"""What somebody fills in who says what one conversation is about."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from triage.forms.tags import TagsField


class _Present(forms.MultipleChoiceField):
    def valid_value(self, value: Any) -> bool:
        """Take also what somebody else has taken away meanwhile: then there is nothing to do."""
        return True


class TaggingForm(forms.Form):
    """Tags to add, and which of those that are there to take away."""

    add = TagsField(label=_("Add tags"), required=False, max_length=1000, help_text=_("With commas between."))
    remove = _Present(label=_("Take tags away"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, present: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        remove = self.fields["remove"]
        assert isinstance(remove, forms.MultipleChoiceField)  # noqa: S101 - for the types
        remove.choices = [(tag, tag) for tag in present]
        if not present:
            del self.fields["remove"]

    def change(self) -> tuple[list[str], list[str]]:
        """Return the tags to add and to take away; one that is both is added."""
        add = list(self.cleaned_data["add"])
        return add, [tag for tag in self.cleaned_data.get("remove", ()) if tag not in add]
