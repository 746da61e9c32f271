"""What people fill in about attachments and threads, beside the text of an answer."""

import re
from typing import Any

from django import forms

from triage.services.writing.composing import How
from triage.states import Split

_ALT = re.compile(r"alt-([0-9]{1,18})\Z")
_IDS = r"^([0-9]{1,18}(,[0-9]{1,18})*)?$"
# Longer than any channel takes; the service says how long this one takes.
LONGEST_ALT = 10_000


class ExtrasForm(forms.Form):
    """Whether it is a thread, what the page showed as attached, and whether pictures are meant to go without words."""

    split = forms.ChoiceField(choices=Split.choices, required=False)
    attached = forms.RegexField(_IDS, required=False, max_length=1000)
    undescribed = forms.BooleanField(required=False)

    def how(self) -> How:
        """Return how the answer is to go out; a page that showed nothing of attachments says nothing of them."""
        data = self.cleaned_data
        ids = data["attached"]
        shown = "attached" in self.data
        return How(
            split=data["split"],
            attached=tuple(int(one) for one in ids.split(",") if one) if shown else None,
            is_undescribed_meant=data["undescribed"],
        )


def alts_in(posted: Any) -> dict[int, str]:
    """Return what a form says that pictures show, by the ids of their attachments."""
    found = ((_ALT.match(name), posted[name]) for name in posted)
    return {int(match[1]): text[:LONGEST_ALT] for match, text in found if match}
