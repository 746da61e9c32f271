"""What a call turned out to say, and how its fields are read: nothing in it is trusted to be there."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from listening.connectors.base import Rejected
from listening.heard import HeardItem
from socialhub.lib.told import Told, ToldFailure
from socialhub.lib.told import told as _

MOST_LEVELS = 50
# From here on a number of seconds since 1970 is one of milliseconds.
MILLISECONDS_FROM = 100_000_000_000

_NUMBER = re.compile(r"[0-9]{9,14}(\.[0-9]{1,9})?")


class Unmappable(ToldFailure):
    """Something in the call cannot be understood: which field, and why."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was said, and where it stood in the call."""

    path: str
    item: HeardItem


@dataclass(frozen=True, slots=True)
class Mapped:
    """Everything that was found in one call.

    ``notices`` tell that something was said and not what: they are stored only while
    nothing better is known. ``gone`` was deleted by its author. ``ignored`` names the
    kinds of event that are no mentions.
    """

    found: list[Found] = field(default_factory=list)
    notices: list[Found] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def reject(self, raw: object, reason: Told) -> None:
        """Set something aside as it came."""
        self.rejected.append(Rejected(written(raw), reason))

    def ignore(self, kind: str) -> None:
        """Note once that something of this kind was there."""
        if kind and kind not in self.ignored:
            self.ignored.append(kind)


def read_json(body: bytes) -> object:
    """Return what the body says.

    :raises Unmappable: it is not UTF-8, not JSON, or nested more deeply than any sender does.
    """
    try:
        data: object = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unmappable(_("The call is not written in UTF-8.")) from error
    except RecursionError as error:
        raise Unmappable(_("The JSON of the call is nested too deeply.")) from error
    except ValueError as error:
        raise Unmappable(_("The call is not JSON.")) from error
    level = [data]
    for _depth in range(MOST_LEVELS):
        level = [
            below
            for value in level
            for below in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
        ]
        if not level:
            return data
    raise Unmappable(_("The JSON of the call is nested too deeply."))


def written(raw: object) -> str:
    """Return a part of a call as JSON that a text column takes."""
    plain = json.dumps(raw, ensure_ascii=False)
    try:
        plain.encode()
    except UnicodeEncodeError:
        return json.dumps(raw)
    return plain


def mapping_of(value: object) -> Mapping[str, object]:
    """Return an object, or an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[object]:
    """Return a list, or an empty one where there is none."""
    return value if isinstance(value, list) else []


def text_in(source: Mapping[str, object], name: str, path: str = "") -> str:
    """Return a text, also where it was sent as a number; nothing where it was not sent.

    :raises Unmappable: it is something else.
    """
    value = source.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Unmappable(placed(joined(path, name), _("a text is expected.")))


def first_text(source: Mapping[str, object], *names: str) -> str:
    """Return the first of some fields that holds a text or a number."""
    for name in names:
        value = source.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return ""


def count_in(source: Mapping[str, object], name: str) -> int | None:
    """Return a whole number, or nothing where there is none."""
    value = source.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment_in(source: Mapping[str, object], name: str, path: str = "") -> datetime | None:
    """Return a time, from ISO 8601 or a number since 1970; None where it was not sent.

    :raises Unmappable: it is not a time.
    """
    value = source.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        try:
            return datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise Unmappable(
                placed(joined(path, name), _("“%(value)s” is not a time in ISO 8601.") % {"value": value[:40]})
            ) from error
    try:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            seconds = float(value)
            return datetime.fromtimestamp(seconds / 1000 if seconds >= MILLISECONDS_FROM else seconds, tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unmappable(placed(joined(path, name), _("the number is not a time."))) from error
    raise Unmappable(placed(joined(path, name), _("a time is expected.")))


def placed(path: str, problem: Told) -> Told:
    """Return what is wrong with what stands at a place in a call, or with the whole of it."""
    return _("%(place)s: %(problem)s") % {"place": path or _("The call"), "problem": problem}


def joined(path: str, name: str) -> str:
    """Return the place of a field as people write it."""
    return f"{path}.{name}" if path else name
