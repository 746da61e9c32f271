"""What administrators fill in about channels."""

import re
from collections.abc import Collection
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from listening.connectors.base import Connector, SettingField
from listening.models import Channel

MOST_HANDLES = 50
LONGEST_HANDLE = 200
LONGEST_SETTING = 2000
LONGEST_SECRET = 10_000

INTERVALS = (
    (60, gettext_lazy("Every minute")),
    (300, gettext_lazy("Every 5 minutes")),
    (900, gettext_lazy("Every 15 minutes")),
    (3600, gettext_lazy("Every hour")),
    (21600, gettext_lazy("Every 6 hours")),
)
# What is entered for a connector stands apart from what every channel has.
PREFIX = "setting_"


class ChannelForm(forms.Form):
    """A channel of one kind: what every channel has, and the fields that its connector asks for.

    Secrets are never shown: left empty, one that is there stays.
    """

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    our_handles = forms.CharField(
        label=gettext_lazy("Our own names there"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One on each line. What they say is ours and needs no answer."),
    )

    def __init__(
        self,
        *args: Any,
        connector: Connector,
        channel: Channel | None = None,
        kept: Collection[str] = (),
        **kwargs: Any,
    ) -> None:
        self.connector = connector
        if channel is not None:
            kwargs.setdefault("initial", {"name": channel.name, "our_handles": "\n".join(channel.our_handles)})
        super().__init__(*args, **kwargs)
        present = channel.options if channel is not None else {}
        for field in connector.fields:
            made = _secret(field, is_kept=field.name in kept) if field.is_secret else _open(field, present)
            self.fields[PREFIX + field.name] = made
        pace = _pace(connector, channel)
        if pace is not None:
            self.fields["poll_seconds"] = pace
        self.order_fields(["name", *(PREFIX + field.name for field in connector.fields), "poll_seconds"])

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

    @property
    def options(self) -> dict[str, str]:
        """Return what may be shown of what was entered for the connector."""
        return self._entered(is_secret=False)

    @property
    def secrets(self) -> dict[str, str]:
        """Return the secrets that were entered."""
        return {name: value for name, value in self._entered(is_secret=True).items() if value}

    def refuse(self, sentence: str) -> None:
        """Say why the channel cannot be listened to: at the only field, or above all of them."""
        fields = self.connector.fields
        self.add_error(PREFIX + fields[0].name if len(fields) == 1 else None, sentence)

    def _entered(self, *, is_secret: bool) -> dict[str, str]:
        return {
            field.name: self.cleaned_data[PREFIX + field.name]
            for field in self.connector.fields
            if field.is_secret == is_secret
        }


def _open(field: SettingField, present: dict[str, Any]) -> forms.Field:
    """Return a form's field for a setting that may be shown."""
    initial = present.get(field.name)
    shown: dict[str, Any] = {"label": field.label, "help_text": field.help_text, "required": field.is_required}
    if field.choices:
        first = field.choices[0][0]
        return forms.ChoiceField(choices=field.choices, initial=first if initial is None else str(initial), **shown)
    widgets = {"url": forms.URLInput, "email": forms.EmailInput, "number": forms.NumberInput}
    attributes = {"placeholder": "https://", "inputmode": "url"} if field.input_type == "url" else {}
    return forms.CharField(
        max_length=LONGEST_SETTING,
        widget=widgets.get(field.input_type, forms.TextInput)(attrs=attributes),
        validators=[RegexValidator(r"\A\d{1,9}\Z", _("Enter a whole number."))] if field.input_type == "number" else [],
        initial="" if initial is None else str(initial),
        **shown,
    )


def _secret(field: SettingField, *, is_kept: bool) -> forms.Field:
    """Return a form's field for a secret: what is there is never shown, and stays when nothing is entered."""
    help_text = field.help_text
    if is_kept:
        help_text = _("There is one. Leave it empty to keep it.") + (f" {help_text}" if help_text else "")
    return forms.CharField(
        label=field.label,
        help_text=help_text,
        required=field.is_required and not is_kept,
        max_length=LONGEST_SECRET,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def _pace(connector: Connector, channel: Channel | None) -> forms.TypedChoiceField | None:
    """Return the choice of how often to look; None where nobody looks, or the kind has a pace of its own."""
    usual = connector.poll_seconds
    if usual is None or usual < INTERVALS[0][0]:
        return None
    present = channel.poll_seconds if channel is not None else usual
    choices: dict[int, Any] = dict(INTERVALS) | {
        seconds: _every(seconds) for seconds in (usual, present) if seconds not in dict(INTERVALS)
    }
    return forms.TypedChoiceField(
        label=_("How often to look"), coerce=int, choices=sorted(choices.items()), initial=present
    )


def _every(seconds: int) -> str:
    if seconds % 60:
        return _("Every %(seconds)d seconds") % {"seconds": seconds}
    minutes = seconds // 60
    return ngettext("Every minute", "Every %(minutes)d minutes", minutes) % {"minutes": minutes}
