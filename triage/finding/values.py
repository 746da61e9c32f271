"""What stands behind the colon of a field: checked, and in one way of writing it."""

import re
from dataclasses import dataclass
from datetime import date

from triage.finding import wrong
from triage.finding.vocabulary import Field, Kind

NONE = "none"
# Days beyond these are slips of the pen, and dates with times of day cannot hold them everywhere.
FIRST_YEAR, LAST_YEAR = 1970, 2199
LONGEST_NAME = 200

_OPERATOR = re.compile(r">=|<=|>|<|=")
_RAW = re.compile(r'[^\s",]+')
_NUMBER = re.compile(r"([+-]?[0-9]{1,13}(?:\.[0-9]{1,6})?)([kKmM]?)\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_SPAN = re.compile(r"([0-9]{1,4})([hdw])\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z")
_TIMES = {"k": 1_000, "m": 1_000_000}
_HOURS = {"h": 1, "d": 24, "w": 24 * 7}
TODAY, YESTERDAY, TOMORROW = "today", "yesterday", "tomorrow"
_SPOKEN = {TODAY: 0, YESTERDAY: -1, TOMORROW: 1}


@dataclass(frozen=True, slots=True)
class Hours:
    """So many hours from now."""

    count: int


@dataclass(frozen=True, slots=True)
class Days:
    """The day that lies so many days after today."""

    count: int


# What a value is compared with.
Limit = float | date | Hours | Days


@dataclass(frozen=True, slots=True)
class Value:
    """One value as it is written back; ``bounds`` is what it says of a number or a moment, all of which must hold."""

    text: str
    bounds: tuple[tuple[str, Limit], ...] = ()


def quoted(value: Value) -> str:
    """Write a value so that it is read again as the same."""
    return f'"{value.text}"' if not _RAW.fullmatch(value.text) else value.text


def read_values(field: Field, text: str, at: int) -> tuple[tuple[Value, ...], int]:
    """Read values set apart by commas; return them, and where they end.

    :raises NotUnderstood: the field cannot be that.
    """
    values: dict[Value, None] = {}
    while at < len(text):
        start = at
        if text[at] == '"':
            end = text.find('"', at + 1)
            raw, at = (text[at + 1 :], len(text)) if end < 0 else (text[at + 1 : end], end + 1)
        else:
            run = _RAW.match(text, at)
            raw = run[0] if run else ""
            at += len(raw)
        given = " ".join(raw.split())[:LONGEST_NAME].strip()
        if given:
            values[_READERS[field.kind](field, given, start, at)] = None
        if at < len(text) and text[at] == ",":
            at += 1
            continue
        break
    return tuple(values), at


def _choice(field: Field, given: str, start: int, end: int) -> Value:
    name = given.lower().replace("_", "-")
    if name not in field.options:
        raise wrong.unknown_choice(field, given, start, end)
    return Value(name)


def _name(_field: Field, given: str, _start: int, _end: int) -> Value:
    return Value(given)


def _language(_field: Field, given: str, start: int, end: int) -> Value:
    code = given.lower()
    if code != NONE and not _LANGUAGE.match(code):
        raise wrong.no_language(given, start, end)
    return Value(code)


def _number(field: Field, given: str, start: int, end: int) -> Value:
    if given.lower() in field.named:
        name = given.lower()
        return Value(name, field.named[name][1])
    low, separator, high = given.partition("..")
    if separator:
        least, most = (_plain_number(field, part, given, start, end) for part in (low, high))
        return Value(f"{_told(least)}..{_told(most)}", ((">=", least), ("<=", most)))
    sign, rest = _split(given)
    number = _plain_number(field, rest, given, start, end)
    return Value(f"{'' if sign == '=' else sign}{_told(number)}", ((sign, number),))


def _plain_number(field: Field, part: str, given: str, start: int, end: int) -> float:
    found = _NUMBER.match(part)
    if not found:
        if field.named:
            raise wrong.unknown_choice(field, given, start, end)
        raise wrong.no_number(field, given, start, end)
    number = float(found[1]) * _TIMES.get(found[2].lower(), 1)
    if not field.lowest <= number <= field.highest:
        raise wrong.no_number(field, given, start, end)
    # As it is written back; and there is one nought.
    return round(number, 6) or 0.0


def _told(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")


def _day(field: Field, given: str, start: int, end: int) -> Value:
    if field.operator != "=":
        # The name of the field says how it is compared.
        plain = given.lower()
        return Value(plain, ((field.operator, _moment(field, plain, start, end)),))
    first, separator, last = given.lower().partition("..")
    if separator:
        ends = _moment(field, first, start, end), _moment(field, last, start, end)
        return Value(f"{first}..{last}", ((">=", ends[0]), ("<=", ends[1])))
    sign, rest = _split(given.lower())
    limit = _moment(field, rest, start, end)
    if isinstance(limit, Hours) and sign == "=":
        # A span without more is "within": ``opened:7d`` began in the last seven days, ``due:2h`` is due by then.
        sign = "<" if field.is_ahead else ">"
    return Value(f"{'' if sign == '=' else sign}{rest}", ((sign, limit),))


def _moment(field: Field, given: str, start: int, end: int) -> Limit:
    if given in _SPOKEN:
        return Days(_SPOKEN[given])
    if span := _SPAN.match(given):
        hours = int(span[1]) * _HOURS[span[2]]
        return Hours(hours if field.is_ahead else -hours)
    if _DAY.match(given):
        try:
            day = date.fromisoformat(given)
        except ValueError:
            raise wrong.no_day(given, start, end) from None
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    raise wrong.no_day(given, start, end)


def _split(given: str) -> tuple[str, str]:
    found = _OPERATOR.match(given)
    return (found[0], given[found.end() :].strip()) if found else ("=", given)


_READERS = {
    Kind.CHOICE: _choice,
    Kind.NAME: _name,
    Kind.NUMBER: _number,
    Kind.DAY: _day,
    Kind.LANGUAGE: _language,
}
