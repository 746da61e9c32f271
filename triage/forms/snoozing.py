"""What somebody fills in who puts a conversation aside."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from socialhub.lib.moments import date_format
from teams.services import hours
from triage.models import Conversation
from triage.services.snoozing import MOST_REACH

# When a day begins where somebody is there around the clock.
MORNING = 8
MONDAY = 0


@dataclass(frozen=True, slots=True)
class Moments:
    """The moments that a form offers, in the hours of the department that has the conversation."""

    quarter: datetime
    hour: datetime
    tomorrow: datetime
    monday: datetime


def moments_of(conversation: Conversation, *, at: datetime) -> Moments:
    """Return in a while, when the department opens tomorrow or later, and when it does in the week after this."""
    calendar = hours.calendar_of(conversation.department_id)
    local = at.astimezone(ZoneInfo(calendar.zone))
    days = (MONDAY - local.weekday()) % 7 or 7

    def morning(after: int) -> datetime:
        begin = (local + timedelta(days=after)).replace(hour=0, minute=0, second=0, microsecond=0)
        opening = None if calendar.is_always else calendar.next_opening(begin)
        # Who is there at midnight has no morning in their hours.
        if opening is None or opening == begin:
            return begin.replace(hour=MORNING)
        return opening

    return Moments(at + timedelta(minutes=15), at + timedelta(hours=1), morning(1), morning(days))


class SnoozeForm(forms.Form):
    """Until when; a reach may be given beside every choice.

    What is over before the deadline, ``due_at``, comes first. One that has passed ``at`` this moment is missed already.
    """

    fence = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    when = forms.ChoiceField(label=gettext_lazy("Look again"), widget=forms.RadioSelect)
    moment = forms.DateTimeField(
        label=gettext_lazy("Date and time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reach = forms.IntegerField(
        label=gettext_lazy("Or as soon as it reaches so many people"),
        required=False,
        min_value=1,
        max_value=MOST_REACH,
        help_text=gettext_lazy("Its author's followers, and those of everybody who passes it on."),
    )

    def __init__(self, *args: Any, moments: Moments, due_at: datetime | None, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.moments = moments
        self._due_at = due_at if due_at is not None and due_at > at else None
        tomorrow, monday = (
            date_format(timezone.localtime(one), "j M, H:i") for one in (moments.tomorrow, moments.monday)
        )
        when = self.fields["when"]
        assert isinstance(when, forms.ChoiceField)  # noqa: S101 - for the types
        choices = [
            ("hour", _("In an hour")),
            ("tomorrow", _("In the morning, %(moment)s") % {"moment": tomorrow}),
            ("monday", _("Next week, %(moment)s") % {"moment": monday}),
        ]
        # Where an hour is too long, or was from the beginning.
        if due_at is not None and due_at < moments.hour:
            choices.insert(0, ("quarter", _("In a quarter of an hour")))
        # On a Sunday, and after a Friday that ends the week, the one is the other.
        is_same = moments.monday == moments.tomorrow
        choices = [choice for choice in choices if not (is_same and choice[0] == "monday")]
        late = [(name, _("%(choice)s (after the deadline)") % {"choice": text}) for name, text in choices]
        in_time = [not self._is_late(getattr(moments, name)) for name, _text in choices]
        when.choices = [
            *[choice for choice, is_in_time in zip(choices, in_time, strict=True) if is_in_time],
            ("message", _("Not before a new message")),
            *[choice for choice, is_in_time in zip(late, in_time, strict=True) if not is_in_time],
            ("moment", _("At the date and time below")),
        ]
        # Nobody misses a deadline by pressing what was chosen for them.
        when.initial = choices[0][0] if in_time[0] else None

    def _is_late(self, moment: datetime | None) -> bool:
        return moment is not None and self._due_at is not None and moment > self._due_at

    def is_late(self) -> bool:
        """Say whether the moment that was chosen is after the deadline."""
        return self._is_late(self.until())

    def clean(self) -> dict[str, Any]:
        """Take the moment for what was chosen where nothing else was, and ask for it where it was."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("moment") and "when" not in self.changed_data:
            cleaned["when"] = "moment"
        if cleaned.get("when") == "moment" and not cleaned.get("moment") and "moment" not in self.errors:
            self.add_error("moment", _("Choose a date and a time."))
        return cleaned

    def until(self) -> datetime | None:
        """Return the moment that was chosen; none where it is a message that is waited for."""
        chosen = self.cleaned_data["when"]
        if chosen == "message":
            return None
        if chosen == "moment":
            moment: datetime = self.cleaned_data["moment"]
            return moment
        known: datetime = getattr(self.moments, chosen)
        return known
