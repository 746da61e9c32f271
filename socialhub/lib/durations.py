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
    if seconds < HOUR:
        return _("%(n)d min") % {"n": max(seconds // MINUTE, 1)}
    if seconds < 2 * DAY:
        return _("%(n)d h") % {"n": seconds // HOUR}
    if seconds < 2 * YEAR:
        return _("%(n)d d") % {"n": seconds // DAY}
    return _("%(n)d y") % {"n": seconds // YEAR}


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago ``moment`` was."""
    if now - moment < timedelta(minutes=1):
        return _("now")
    return short_span(now - moment)
