"""The form of opening hours, of the company or of a department."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from socialhub.lib.business_time import holiday_regions
from socialhub.lib.errors import Invalid
from teams import hours
from teams.models.organisation import KeepsHours
from teams.services.hours import Hours
from teams.time_zones import zone_choices

WEEKDAYS = ("tue", "wed", "thu", "fri")


def country_choices() -> list[tuple[str, str]]:
    """Return the countries whose public holidays are known, by name."""
    named = [(code, country.name) for code, country in holiday_regions().items()]
    return [("", _("None")), *sorted(named, key=lambda choice: choice[1])]


class HoursForm(forms.Form):
    """When somebody is there: periods of each day, public holidays, and days of one's own."""

    KEEPING = (("always", gettext_lazy("Around the clock")), ("own", gettext_lazy("At these hours")))

    keeps = forms.ChoiceField(label=gettext_lazy("Somebody is there"), choices=KEEPING, widget=forms.RadioSelect)
    country = forms.ChoiceField(
        label=gettext_lazy("Closed on the public holidays of"), choices=country_choices, required=False
    )
    region = forms.CharField(
        label=gettext_lazy("Region"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("A code like BY for Bavaria; empty: those that the whole country has."),
    )
    own_days = forms.CharField(
        label=gettext_lazy("Other closed and half days"),
        required=False,
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": gettext_lazy("2026-12-24 Christmas Eve 09:00–12:00")}),
        help_text=gettext_lazy(
            "One on each line: the date, what it is called, and its hours if it has some. "
            "They count before weekdays and public holidays."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, name in hours.DAYS.items():
            self.fields[day] = forms.CharField(
                label=name,
                required=False,
                max_length=200,
                widget=forms.TextInput(attrs={"placeholder": _("closed"), "autocomplete": "off"}),
            )

    def days(self) -> list[forms.BoundField]:
        """Return the fields of the week."""
        return [self[day] for day in hours.DAYS]

    def with_monday_copied(self) -> "HoursForm":
        """Return the form with what stands for Monday written for the other weekdays too."""
        written = {name: self.data.get(name, "") for name in self.fields}
        return type(self)(initial={**written, **dict.fromkeys(WEEKDAYS, written["mon"])})

    def clean(self) -> dict[str, Any]:
        """Read the hours, and say at the field what cannot be."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        week = {day: self._read(day, hours.read_day, data.get(day, "")) for day in hours.DAYS}
        own_days = self._read("own_days", hours.read_own_days, data.get("own_days", ""))
        if data.get("keeps") != "own" or self.errors:
            self.hours = Hours({})
            return data
        week = {day: periods for day, periods in week.items() if periods}
        region = data.get("region", "")
        try:
            hours.check_week(week)
            region = hours.check_holidays(data.get("country", ""), region)
        except Invalid as invalid:
            self.add_error(
                {"holiday_country": "country", "holiday_region": "region"}.get(invalid.field or ""), str(invalid)
            )
        self.hours = Hours(week, own_days or (), data.get("country", ""), region, data.get("time_zone", ""))
        return data

    def _read(self, field: str, read: Any, text: str) -> Any:
        try:
            return read(text)
        except Invalid as invalid:
            self.add_error(field, str(invalid))
            return None

    @classmethod
    def of(cls, keeper: KeepsHours) -> "HoursForm":
        """Return the form filled in."""
        return cls(initial=cls.filled(keeper))

    @staticmethod
    def filled(keeper: KeepsHours) -> dict[str, Any]:
        """Return what the fields say; hours that a company does not have yet begin with those that most have."""
        week = keeper.week or {day: [["09:00", "17:00"]] for day in ("mon", *WEEKDAYS)}
        return {
            "keeps": "own" if keeper.week else "always",
            **{day: hours.day_text(week.get(day, ())) for day in hours.DAYS},
            "country": keeper.holiday_country,
            "region": keeper.holiday_region,
            "own_days": hours.own_days_text(keeper.own_days),
        }


class DepartmentHoursForm(HoursForm):
    """The hours of a department, in its own time zone if it has one."""

    KEEPING = (("always", gettext_lazy("When the company is")), ("own", gettext_lazy("At these hours")))

    keeps = forms.ChoiceField(label=gettext_lazy("Somebody is there"), choices=KEEPING, widget=forms.RadioSelect)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        choices=lambda: [("", _("That of the company")), *zone_choices()],
    )

    @staticmethod
    def filled(keeper: Any) -> dict[str, Any]:
        """Return what the fields say."""
        return {**HoursForm.filled(keeper), "time_zone": keeper.hours_time_zone}
