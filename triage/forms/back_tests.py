"""What somebody fills in who tries a version on the past."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

USUAL_DAYS = 90
# Nothing was heard before, and nobody can try tomorrow.
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)


class BackTestForm(forms.Form):
    """On the conversations of which days a version is tried, both included."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    @classmethod
    def usual(cls, today: Any) -> "BackTestForm":
        """Return the form with the last ninety days in it."""
        return cls(initial={"first": today - timedelta(days=USUAL_DAYS), "last": today})

    def clean(self) -> dict[str, Any]:
        """Ask for an end that is not before the beginning."""
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        for name, day in (("first", first), ("last", last)):
            if day and not EARLIEST <= day <= LATEST:
                self.add_error(name, _("Choose a day of this century."))
        if first and last and last < first:
            self.add_error("last", _("The period must end after it begins."))
        return given

    @property
    def period(self) -> tuple[datetime, datetime]:
        """The moments from the first to behind the last, by the clock of who asks."""
        first, last = self.cleaned_data["first"], self.cleaned_data["last"] + timedelta(days=1)
        return tuple(timezone.make_aware(datetime.combine(day, time())) for day in (first, last))  # type: ignore[return-value]
