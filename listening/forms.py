"""What administrators fill in about channels."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from listening.models import Channel

MOST_HANDLES = 50
LONGEST_HANDLE = 200
LONGEST_ADDRESS = 2000

INTERVALS = (
    (60, gettext_lazy("Every minute")),
    (300, gettext_lazy("Every 5 minutes")),
    (900, gettext_lazy("Every 15 minutes")),
    (3600, gettext_lazy("Every hour")),
    (21600, gettext_lazy("Every 6 hours")),
)


class ChannelForm(forms.Form):
    """What can be changed of every channel."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    our_handles = forms.CharField(
        label=gettext_lazy("Our own names there"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One on each line. What they say is ours and needs no answer."),
    )
    poll_seconds = forms.TypedChoiceField(
        label=gettext_lazy("How often to look"), coerce=int, choices=INTERVALS, initial=300
    )

    def clean_our_handles(self) -> list[str]:
        """Return the handles, each once."""
        handles = [handle.strip() for handle in re.split(r"[,;\n]", self.cleaned_data["our_handles"])]
        handles = list(dict.fromkeys(handle for handle in handles if handle))
        if len(handles) > MOST_HANDLES:
            raise forms.ValidationError(_("A channel takes at most %(n)d names of ours.") % {"n": MOST_HANDLES})
        for handle in handles:
            if len(handle) > LONGEST_HANDLE:
                raise forms.ValidationError(_("“%(handle)s…” is too long for a name.") % {"handle": handle[:30]})
        return handles


class ChangeChannelForm(ChannelForm):
    """A channel that is there; its present interval is one of the choices."""

    def __init__(self, *args: Any, channel: Channel, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial",
            {
                "name": channel.name,
                "our_handles": "\n".join(channel.our_handles),
                "poll_seconds": channel.poll_seconds,
            },
        )
        super().__init__(*args, **kwargs)
        if channel.poll_seconds not in dict(INTERVALS):
            field = self.fields["poll_seconds"]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            present = _("Every %(seconds)d seconds") % {"seconds": channel.poll_seconds}
            field.choices = [(channel.poll_seconds, present), *INTERVALS]
        if channel.next_fetch_at is None:
            # Filled from files: nobody looks.
            del self.fields["poll_seconds"]


class FeedForm(ChannelForm):
    """A feed to listen to."""

    address = forms.CharField(
        label=gettext_lazy("Address of the feed"),
        max_length=LONGEST_ADDRESS,
        widget=forms.URLInput(attrs={"placeholder": "https://", "inputmode": "url"}),
        help_text=gettext_lazy("RSS, Atom or JSON. It is fetched once before anything is saved."),
    )

    field_order = ["name", "address", "poll_seconds", "our_handles"]


class PracticeForm(ChannelForm):
    """A channel on which written customers speak."""

    poll_seconds = None  # type: ignore[assignment]  # practice has its own pace
    seconds_between = forms.TypedChoiceField(
        label=gettext_lazy("How often somebody speaks"),
        coerce=int,
        choices=(
            (30, gettext_lazy("About every half minute")),
            (90, gettext_lazy("About every minute and a half")),
            (600, gettext_lazy("About every ten minutes")),
        ),
        initial=90,
    )
