"""What makes pages speak the reader's language: dates and times. Every template has these."""

from typing import Any

from django import template
from django.template.defaultfilters import date as date_as_written
from django.template.defaultfilters import time as time_as_written

from socialhub.lib.durations import span_units
from socialhub.lib.moments import in_the_language

register = template.Library()


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, shape: str | None = None) -> str:
    """Write a date; a format is given as English has it."""
    return date_as_written(value, shape and in_the_language(shape))


@register.filter(expects_localtime=True, is_safe=False)
def time(value: Any, shape: str | None = None) -> str:
    """Write a time; a format is given as English has it."""
    return time_as_written(value, shape and in_the_language(shape))


@register.simple_tag
def units() -> str:
    """Write how spans of time are counted, for the script that keeps them true."""
    return "|".join(span_units())
