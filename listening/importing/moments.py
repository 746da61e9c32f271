"""The moments that files tell, in the forms in which programs write them."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime

from listening.heard import Unusable
from socialhub.lib.told import told as _

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Seconds since 1970 have 9 or 10 digits between 1973 and 2286; more digits are smaller units.
_UNITS = {9: 1, 10: 1, 12: 10**3, 13: 10**3, 15: 10**6, 16: 10**6}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# "Tue Oct 31 22:10:47 +0000 2017", the form of Twitter's first interface.
_TWITTER = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{4})\Z")
_SPACED_ZONE = re.compile(r"(\d{4}-\S+[ T]\S+) ([+-]\d\d:?\d\d|Z|UTC)\Z")


def parse_moment(told: str, *, zone: tzinfo) -> datetime:
    """Return the moment that ``told`` names; where it names no time zone, ``zone`` is meant.

    :raises Unusable: it is in no form that can be understood without guessing, or no calendar has it.
    """
    try:
        moment = _number(told) if told.isascii() and told.replace(".", "", 1).isdigit() else _written(told)
    except (ValueError, OverflowError, LookupError, TypeError):
        raise _unusable(told) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _written(told: str) -> datetime:
    try:
        return datetime.fromisoformat(told)
    except ValueError:
        pass
    match = _TWITTER.match(told)
    if match:
        month, day, hour, minute, second, sign, zone_hours, zone_minutes, year = match.groups()
        offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
        moment = datetime(
            int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
        return moment + offset if sign == "-" else moment - offset
    match = _SPACED_ZONE.match(told)
    if match:
        return datetime.fromisoformat(match[1] + match[2].replace("UTC", "Z"))
    return parsedate_to_datetime(told)


def _number(told: str) -> datetime:
    whole, _point, fraction = told.partition(".")
    if len(whole) == len("20171031"):
        return datetime.fromisoformat(whole)
    unit = _UNITS[len(whole)]
    return _EPOCH + timedelta(seconds=int(whole) / unit + float(f"0.{fraction or 0}") / unit)


def _unusable(said: str) -> Unusable:
    year = re.search(r"(?<![\d+])0{4}(?!\d)", said)
    if year:
        return Unusable(_("The date “%(date)s” is in the year 0, which no calendar has.") % {"date": said[:40]})
    return Unusable(
        _("The date “%(date)s” cannot be understood: write it like 2026-11-22T14:30:00Z.") % {"date": said[:40]}
    )
