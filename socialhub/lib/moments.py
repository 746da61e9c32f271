"""Dates, times and numbers as the reader's language writes them."""

from datetime import date, datetime, time

from django.utils import formats
from django.utils.translation import get_language

# The formats that pages use, as English writes them, and what other languages write instead.
# What a language leaves out is written alike.
_GERMAN = {
    "j F": "j. F",
    "j F Y": "j. F Y",
    "j F Y, H:i": "j. F Y, H:i",
    "j F, H:i": "j. F, H:i",
    "j M": "j. M",
    "j M Y": "j. M Y",
    "j M Y, H:i": "j. M Y, H:i",
    "j M Y, H:i:s": "j. M Y, H:i:s",
    "j M, H:i": "j. M, H:i",
    "j M, H:i:s": "j. M, H:i:s",
    "D j M": "D, j. M",
    "D j M Y": "D, j. M Y",
    "D j M, H:i": "D, j. M, H:i",
    "D H:i": "D, H:i",
}
_SPANISH = {
    "j F": r"j \d\e F",
    "j F Y": r"j \d\e F \d\e Y",
    "j F Y, H:i": r"j \d\e F \d\e Y, H:i",
    "j F, H:i": r"j \d\e F, H:i",
}
OTHERWISE = {"de": _GERMAN, "es": _SPANISH}


def date_format(moment: date | datetime, shape: str) -> str:
    """Write a day or a moment; ``shape`` is Django's format as English has it."""
    return formats.date_format(moment, in_the_language(shape))


def time_format(moment: time | datetime, shape: str) -> str:
    """Write a time of the day."""
    return formats.time_format(moment, in_the_language(shape))


def in_the_language(shape: str) -> str:
    """Return the format that the active language has for one as English has it."""
    return OTHERWISE.get((get_language() or "")[:2], {}).get(shape, shape)


def grouped(number: int) -> str:
    """Write a whole number with its thousands apart: 12,345 in English, 12.345 in German."""
    return formats.number_format(number, force_grouping=True)


def decimal(number: float) -> str:
    """Write a number with as few decimals as it has: 1.5 in English, 1,5 in German."""
    return f"{number:g}".replace(".", str(formats.get_format("DECIMAL_SEPARATOR")))
