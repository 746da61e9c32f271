"""What somebody chooses who makes conversations one, or takes one apart."""

from typing import Any

from django import forms

from socialhub.lib.keyset import MAX_ID

MOST_AT_ONCE = 50
# As many as a page of the thread has.
MOST_MESSAGES = 100


class _Ids(forms.TypedMultipleChoiceField):
    """Ids that a page offered; whoever reads them asks whether they are for the reader."""

    def __init__(self, *, most: int, required: bool = True) -> None:
        super().__init__(coerce=int, required=required)
        self.most = most

    def valid_value(self, value: Any) -> bool:
        """Take every number of a row."""
        number = str(value)
        is_number = number.isascii() and number.isdigit() and len(number) <= len(str(MAX_ID))
        return is_number and 0 < int(number) <= MAX_ID

    def validate(self, value: Any) -> None:
        """Take so many at once."""
        super().validate(value)
        if len(value) > self.most:
            raise forms.ValidationError(self.error_messages["invalid_list"])


class MergeForm(forms.Form):
    """Which conversations, and in which of them it goes on."""

    others = _Ids(most=MOST_AT_ONCE)
    direction = forms.ChoiceField(choices=[("here", "here"), ("there", "there")])
    # The departments of which somebody said that they may read it, too.
    readers = _Ids(most=1000, required=False)


class SplitForm(forms.Form):
    """Which messages."""

    mentions = _Ids(most=MOST_MESSAGES)
