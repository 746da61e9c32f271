"""Spans of time as a list shows them: short, and translated."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
YEAR = 365 * DAY


def short_span(span: timedelta) -> str:
    """Return a span in its largest whole unit: ``4 min``, ``3 h``, ``12 d``, ``3 y``."""
    seconds = max(int(span.total_seconds()), 0)
    minutes, hours, days, years = span_units()
    if seconds < HOUR:
        return minutes % {"n": max(seconds // MINUTE, 1)}
    if seconds < 2 * DAY:
        return hours % {"n": seconds // HOUR}
    if seconds < 2 * YEAR:
        return days % {"n": seconds // DAY}
    return years % {"n": seconds // YEAR}


def span_units() -> tuple[str, str, str, str]:
    """Return how minutes, hours, days and years are written, for pages that go on counting."""
    return _("%(n)d min"), _("%(n)d h"), _("%(n)d d"), _("%(n)d y")


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago ``moment`` was."""
    if now - moment < timedelta(minutes=1):
        return _("now")
    return short_span(now - moment)
