"""The opening hours of the company and of its departments: changed rarely, asked at every deadline."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from socialhub.lib.business_time import Calendar
from teams import hours as written
from teams.changes import Verb
from teams.models import Department, Organisation, User
from teams.models.organisation import KeepsHours
from teams.services import audit
from teams.services import organisation as company

_kept = threading.local()


@dataclass(frozen=True, slots=True)
class Hours:
    """What a form or a file says about opening hours; no week at all: around the clock, or as the company."""

    week: Mapping[str, Sequence[Sequence[str]]]
    own_days: Sequence[Mapping[str, Any]] = ()
    country: str = ""
    region: str = ""
    time_zone: str = ""


def calendar_of(department_id: int | None = None) -> Calendar:
    """Return when somebody is there in a department, else in the company. Reads the database every few seconds only."""
    calendars = _calendars()
    return calendars.get(department_id) or calendars[None]


def calendars_in_use() -> list[Calendar]:
    """Return every calendar that some department or the company has."""
    return list(dict.fromkeys(_calendars().values()))


def forget() -> None:
    """Read the hours anew at the next deadline of this thread."""
    _kept.calendars = None


def set_organisation_hours(*, hours: Hours, actor: User, at: datetime) -> None:
    """Give the company its hours. Deadlines that run stay where they are.

    :raises Invalid: nobody could meet a deadline in them.
    """
    _check(hours)
    with transaction.atomic():
        if not _changes(Organisation.objects.filter(pk=1), _columns(hours)):
            return
        name = Organisation.objects.values_list("name", flat=True).get(pk=1)
        audit.note(actor=actor, verb=Verb.HOURS_CHANGED, subject=name, at=at)
    company.forget()
    forget()


def set_department_hours(*, department_id: int, hours: Hours, actor: User, at: datetime) -> None:
    """Give a department its own hours, or with none those of the company. Deadlines that run stay where they are.

    :raises Invalid: nobody could meet a deadline in them.
    """
    _check(hours)
    columns = {**_columns(hours), "hours_time_zone": hours.time_zone}
    with transaction.atomic():
        if not _changes(Department.objects.filter(pk=department_id), columns):
            return
        name = Department.objects.values_list("name", flat=True).get(pk=department_id)
        audit.note(actor=actor, verb=Verb.HOURS_CHANGED, subject=name, at=at, department_id=department_id)
    forget()


def _changes(keeper: QuerySet[Any], columns: Mapping[str, Any]) -> bool:
    """Write the hours where they are others than before; say whether they are."""
    locked = keeper.select_for_update().values(*columns).first()
    if locked == columns:
        return False
    return bool(keeper.update(**columns))


def _check(hours: Hours) -> None:
    if hours.week:
        written.check_week(hours.week)
    written.check_holidays(hours.country, hours.region)


def _columns(hours: Hours) -> dict[str, Any]:
    return {
        "week": dict(hours.week),
        "own_days": list(hours.own_days),
        "holiday_country": hours.country,
        "holiday_region": hours.region,
    }


def _calendars() -> dict[int | None, Calendar]:
    kept: tuple[float, dict[int | None, Calendar]] | None = getattr(_kept, "calendars", None)
    if kept is not None and time.monotonic() - kept[0] < company.STALE_AFTER_SECONDS:
        return kept[1]
    organisation = company.current()
    zone = organisation.time_zone if organisation is not None else "UTC"
    found: dict[int | None, Calendar] = {None: _calendar(organisation, zone) if organisation else Calendar()}
    for department in Department.objects.exclude(week={}):
        found[department.pk] = _calendar(department, department.hours_time_zone or zone)
    _kept.calendars = (time.monotonic(), found)
    return found


def _calendar(keeper: KeepsHours, zone: str) -> Calendar:
    return written.calendar_of(zone, keeper.week, keeper.own_days, keeper.holiday_country, keeper.holiday_region)
