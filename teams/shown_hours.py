"""Opening hours in words."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from socialhub.lib.business_time import public_holidays
from socialhub.lib.moments import date_format
from teams import hours
from teams.models.organisation import KeepsHours

# So many of the closed days to come are shown, and so far ahead.
MOST_DAYS = 5
AHEAD = timedelta(days=370)


@dataclass(frozen=True, slots=True)
class ShownHours:
    """The days of the week with the same hours together, and the next days that differ."""

    lines: list[tuple[str, str]]
    days: list[tuple[str, str]]


def read_hours(keeper: KeepsHours, *, at: datetime) -> ShownHours:
    """Return the hours as a page shows them; of none at all there is nothing to show."""
    if not keeper.week:
        return ShownHours([], [])
    texts = {day: hours.day_text(keeper.week.get(day, ())) or _("closed") for day in hours.DAYS}
    lines: list[tuple[str, str]] = []
    names = list(hours.DAYS.items())
    first = 0
    for place in range(1, len(names) + 1):
        if place == len(names) or texts[names[place][0]] != texts[names[first][0]]:
            last = names[place - 1]
            label = str(names[first][1]) if place - 1 == first else f"{names[first][1]}–{last[1]}"
            lines.append((label, texts[names[first][0]]))
            first = place
    return ShownHours(lines, _days_to_come(keeper, at.date()))


def _days_to_come(keeper: KeepsHours, today: date) -> list[tuple[str, str]]:
    found: dict[date, str] = {}
    if keeper.holiday_country:
        for year in (today.year, (today + AHEAD).year):
            holidays = public_holidays(keeper.holiday_country, keeper.holiday_region, year)
            found |= {day: name for day, name in holidays.items() if keeper.week.get(_key(day))}
    for day in keeper.own_days:
        text = " ".join(part for part in (day["name"], hours.day_text(day["hours"])) if part)
        found[date.fromisoformat(day["date"])] = text or _("closed")
    coming = sorted(day for day in found if today <= day <= today + AHEAD)[:MOST_DAYS]
    return [(date_format(day, "D j M Y"), found[day]) for day in coming]


def _key(day: date) -> str:
    return list(hours.DAYS)[day.weekday()]
