"""What the columns of a file mean: ``external_id=tweet_id,text=text`` in, heard items out."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from listening.heard import HeardItem, Unusable, clean_item
from listening.importing.moments import parse_moment
from socialhub.lib.errors import Refusal
from socialhub.lib.told import told as _

REQUIRED = ("external_id", "text")
TARGETS = (
    "external_id",
    "text",
    "published_at",
    "author_id",
    "author_name",
    "author_handle",
    "author_url",
    "author_reach",
    "url",
    "in_reply_to",
    "language",
    "title",
    "inbound",
    "is_ours",
)
# What well-known exports call our fields, tried in this order when no mapping is given.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "external_id": ("id", "tweet_id", "post_id", "status_id"),
    "text": ("content", "body", "message", "tweet"),
    "published_at": ("created_at", "date", "timestamp", "time", "tweet_created"),
    "author_id": ("author", "user_id", "user", "username"),
    "in_reply_to": ("in_response_to_tweet_id", "in_reply_to_status_id", "in_reply_to_id", "parent_id"),
    "url": ("link", "permalink"),
    "language": ("lang",),
}
MAX_LISTED = 30

_PAIR = re.compile(r"\s*([^=,]*?)\s*=\s*(?:'([^']*)'|([^,]*?))\s*(?:,|\Z)")
# Only with its semicolon: ``&copy=1`` in an address is no copyright sign.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_YES = frozenset({"true", "t", "yes", "y", "1", "1.0", "inbound", "in"})
_NO = frozenset({"false", "f", "no", "n", "0", "0.0", "outbound", "out"})


class MappingRefused(Refusal):
    """The mapping does not fit the file; ``str()`` names what is wrong and what there is."""

    code = "mapping_refused"


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which column each field is read from, and which fields have one value for every row."""

    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """Return the mapping as it can be given with ``--map``."""
        told = [f"{target}={column}" for target, column in self.columns.items()]
        told += [f"{target}='{value}'" for target, value in self.constants.items()]
        return ",".join(told)


def parse_mapping(told: str, columns: Sequence[str]) -> ColumnMapping:
    """Read ``field=column`` pairs, or ``field='value'`` for a value that every row has.

    :raises MappingRefused: a pair, a field or a column does not exist, or a required field is missing.
    """
    found: dict[str, str] = {}
    constants: dict[str, str] = {}
    position = 0
    while position < len(told):
        match = _PAIR.match(told, position)
        if match is None or not match[1]:
            raise MappingRefused(
                f"The mapping cannot be read at “{told[position:][:60]}”: write field=column,field=column."
            )
        position = match.end()
        target = match[1]
        if target not in TARGETS:
            raise MappingRefused(f"There is no field “{target[:60]}”. The fields are: {', '.join(TARGETS)}.")
        if target in found or target in constants:
            raise MappingRefused(f"The mapping names the field “{target}” twice.")
        if match[2] is not None:
            constants[target] = match[2]
        elif match[3] in columns:
            found[target] = match[3]
        else:
            raise MappingRefused(
                f"The file has no column “{match[3][:60]}” for the field “{target}”. {_listed(columns)}"
            )
    return _checked(ColumnMapping(found, constants), columns)


def automatic_mapping(columns: Sequence[str]) -> ColumnMapping:
    """Map every column that has the name of a field, or a name that well-known exports use for it.

    :raises MappingRefused: no column can be the id or the text.
    """
    known = {column.lower(): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for target in TARGETS:
        name = next((name for name in (target, *ALIASES.get(target, ())) if name in known), None)
        if name is not None and known[name] not in found.values():
            found[target] = known[name]
    return _checked(ColumnMapping(found), columns)


def _checked(mapping: ColumnMapping, columns: Sequence[str]) -> ColumnMapping:
    missing = [target for target in REQUIRED if target not in mapping.columns]
    if missing:
        example = ",".join(f"{target}=…" for target in missing)
        raise MappingRefused(
            f"No column is mapped to {' and '.join(missing)}. Say which with --map {example}. {_listed(columns)}"
        )
    if {"inbound", "is_ours"} <= {*mapping.columns, *mapping.constants}:
        raise MappingRefused("Map either inbound or is_ours: they say the same thing.")
    return mapping


def _listed(columns: Sequence[str]) -> str:
    more = f" and {len(columns) - MAX_LISTED} more" if len(columns) > MAX_LISTED else ""
    return f"The columns are: {', '.join(columns[:MAX_LISTED])}{more}."


def row_to_item(values: Mapping[str, object], mapping: ColumnMapping, *, at: datetime, zone: tzinfo = UTC) -> HeardItem:
    """Return what one row says; ``at`` stands for a missing date, ``zone`` for a missing time zone.

    Columns that are not mapped are kept in ``raw``.

    :raises Unusable: the row lacks an id or text, or a value in it makes no sense.
    """
    columns = mapping.columns

    def text_of(target: str) -> str:
        column = columns.get(target)
        if column is None:
            return mapping.constants.get(target, "")
        value = values.get(column)
        return value if isinstance(value, str) else _text(value, target)

    published_at = text_of("published_at").strip()
    reach = text_of("author_reach").strip()
    used = set(columns.values())
    item = HeardItem(
        external_id=_identity(text_of("external_id")),
        text=unescaped(text_of("text")),
        published_at=parse_moment(published_at, zone=zone) if published_at else at,
        author_id=_identity(text_of("author_id")),
        author_name=unescaped(text_of("author_name")),
        author_handle=text_of("author_handle"),
        author_url=text_of("author_url"),
        author_reach=_number(reach, "author_reach") if reach else None,
        url=text_of("url"),
        in_reply_to=_identity(text_of("in_reply_to")),
        language=text_of("language"),
        is_ours=_is_ours(text_of),
        title=unescaped(text_of("title")),
        raw={name: value for name, value in values.items() if name not in used and value not in ("", None)},
    )
    return clean_item(item, at=at)


def unescaped(text: str) -> str:
    """Undo HTML entities once, as networks deliver them: ``&amp;`` is ``&``, and ``&amp;lt;`` is ``&lt;``."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def _text(value: object, target: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if target in {"external_id", "in_reply_to", "author_id"}:
            raise Unusable(
                _("The %(field)s is the decimal number %(value)s, which has lost digits: export ids as text.")
                % {"field": target, "value": str(value)}
            )
        return repr(value)
    if isinstance(value, list):
        raise Unusable(_("The %(field)s is a list, not a text.") % {"field": target})
    raise Unusable(_("The %(field)s is a nested object, not a text.") % {"field": target})


def _identity(value: str) -> str:
    """Undo what spreadsheets and data frames do to a column of ids in which some are missing."""
    value = value.strip()
    return value[:-2] if value.endswith(".0") and value[:-2].isdigit() else value


def _number(value: str, target: str) -> int:
    try:
        return int(float(value))
    except (ValueError, OverflowError):
        raise Unusable(
            _("The %(field)s is “%(value)s”, which is not a number.") % {"field": target, "value": value[:40]}
        ) from None


def _is_ours(text_of: Callable[[str], str]) -> bool:
    inbound = text_of("inbound").strip().lower()
    if inbound:
        return not _truth(inbound, "inbound")
    ours = text_of("is_ours").strip().lower()
    return _truth(ours, "is_ours") if ours else False


def _truth(value: str, target: str) -> bool:
    if value in _YES:
        return True
    if value in _NO:
        return False
    raise Unusable(
        _("The column for %(field)s says “%(value)s”, which is neither true nor false.")
        % {"field": target, "value": value[:40]}
    )
