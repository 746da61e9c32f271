"""What somebody fills in who stops sending."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from listening.models import Channel, Stream
from teams.models import Department
from triage.services.reasons import MAX_REASON
from triage.services.sending.stopping import Reach

EVERYTHING = "everything"


class StopForm(forms.Form):
    """What is stopped, and why."""

    where = forms.ChoiceField(label=_("What must not be sent?"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=_("Everybody whom it concerns reads it, on every page."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places: dict[str, Reach] = {EVERYTHING: Reach()}
        groups: list[Any] = [(EVERYTHING, _("Everything"))]
        channels = [self._offer(f"channel-{one.pk}", one.name, Reach(channel=one)) for one in Channel.objects.by_name()]
        streams = [
            self._offer(f"stream-{one.pk}", one.name, Reach(stream=one)) for one in Stream.objects.order_by("name")
        ]
        departments = [
            self._offer(f"department-{one.pk}", one.name, Reach(department=one)) for one in Department.objects.by_name()
        ]
        groups += [
            (title, choices)
            for title, choices in (
                (_("One channel"), channels),
                (_("What one stream found"), streams),
                (_("One department"), departments),
            )
            if choices
        ]
        where = self.fields["where"]
        assert isinstance(where, forms.ChoiceField)  # noqa: S101 - declared above
        where.choices = groups

    def reach(self) -> Reach:
        """Return what is to be stopped."""
        return self._places[self.cleaned_data["where"]]

    def _offer(self, value: str, label: str, reach: Reach) -> tuple[str, str]:
        self._places[value] = reach
        return value, label
