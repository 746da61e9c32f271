"""What a channel hands over: one heard item, and the checks that every item passes before it is stored."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

from socialhub.lib.errors import Refusal
from socialhub.lib.told import ToldFailure
from socialhub.lib.told import told as _

MAX_ID_LENGTH = 500
MAX_TEXT_LENGTH = 100_000
MAX_NAME_LENGTH = 200
MAX_TITLE_LENGTH = 300
MAX_URL_LENGTH = 2_000
MAX_RAW_LENGTH = 1_000_000
MAX_ALT_LENGTH = 2_000
MOST_PICTURES = 10
MAX_REACH = 2**31 - 1
EARLIEST_YEAR = 1990
CLOCK_TOLERANCE = timedelta(days=1)
UNKNOWN_AUTHOR = "unknown"
# The name in ``raw`` by which an automatic item says that a message of ours came back.
BOUNCE = "bounce"

_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?\Z", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
# In a name they would turn the direction of what stands beside it, wherever it is shown.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


class Unusable(ToldFailure, Refusal):
    """The item cannot be stored, and why."""

    code = "unusable"


@dataclass(frozen=True, slots=True)
class HeardPicture:
    """A picture beside what was said: where a network shows it, and what its author says that it shows."""

    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class HeardItem:
    """One post, comment, review, article or mail as a channel tells it, before anything is stored.

    ``in_reply_to`` is the external id of what it answers. ``is_ours`` marks what
    our own account said. ``language`` is what the channel claims; empty means
    that it does not say. ``is_private`` marks what only we can read (a mail, a direct
    message), ``is_automatic`` what a machine sent: it joins a thread and never opens
    one; with ``bounce`` in its ``raw`` it says that what it answers, a message of ours,
    did not arrive, and whoever works on it is told. ``repeats`` is the external id of
    what it passes on unchanged. ``ancestors`` are the external ids of what came before
    it in its thread, nearest first, where a network tells of more than one: the nearest
    that was heard is what it answers, else the oldest. ``is_final`` marks what nobody
    can edit: a second copy changes nothing. ``pictures`` are those that stand beside it.
    """

    external_id: str
    text: str
    published_at: datetime
    author_id: str
    author_name: str = ""
    author_handle: str = ""
    author_url: str = ""
    author_reach: int | None = None
    url: str = ""
    in_reply_to: str = ""
    language: str = ""
    is_ours: bool = False
    title: str = ""
    is_private: bool = False
    is_automatic: bool = False
    repeats: str = ""
    ancestors: tuple[str, ...] = ()
    is_final: bool = False
    pictures: tuple[HeardPicture, ...] = ()
    raw: Mapping[str, object] = field(default_factory=dict)


_TEXT_FIELDS = tuple(f.name for f in fields(HeardItem) if f.type in (str, "str"))
_FIELD_WORDS = {
    "external_id": _("id"),
    "author_id": _("author’s id"),
    "in_reply_to": _("id of what it answers"),
    "repeats": _("id of what it repeats"),
    "author_name": _("author’s name"),
    "author_handle": _("author’s handle"),
    "author_url": _("author’s address"),
    "url": _("address"),
    "language": _("language"),
    "text": _("text"),
    "title": _("title"),
}


def clean_item(item: HeardItem, *, at: datetime) -> HeardItem:
    """Return the item as it may be stored: what identifies it unchanged, what merely decorates it made harmless.

    Too long names are cut, addresses that are not web addresses and languages
    that are not language codes are left out: none of them is a reason to lose
    what somebody said.

    :raises Unusable: the item has no identity, no content, an impossible date or characters that cannot be stored.
    """
    for name in _TEXT_FIELDS:
        value: str = getattr(item, name)
        if not value.isascii() or "\x00" in value:
            _require_storable(value, name)
    external_id = item.external_id.strip()
    text = item.text.strip()
    title = item.title.strip()
    author_id = item.author_id.strip() or item.author_handle.strip() or item.author_name.strip() or UNKNOWN_AUTHOR
    in_reply_to = item.in_reply_to.strip()
    repeats = item.repeats.strip()
    if not external_id:
        raise Unusable(_("It has no id, so a second copy could not be told from the first."))
    if not text and not title:
        raise Unusable(_("It has neither text nor a title."))
    if len(text) > MAX_TEXT_LENGTH:
        raise _too_long("text", len(text), MAX_TEXT_LENGTH)
    for name, value in (
        ("external_id", external_id),
        ("author_id", author_id),
        ("in_reply_to", in_reply_to),
        ("repeats", repeats),
    ):
        if len(value) > MAX_ID_LENGTH:
            raise _too_long(name, len(value), MAX_ID_LENGTH)
    _require_possible(item.published_at, at)
    return replace(
        item,
        external_id=external_id,
        text=text,
        title=title[:MAX_TITLE_LENGTH],
        author_id=author_id,
        in_reply_to=in_reply_to,
        repeats=repeats,
        ancestors=tuple(filter(_is_storable_id, item.ancestors)),
        author_name=_name(item.author_name),
        author_handle=_name(item.author_handle),
        author_url=web_address(item.author_url),
        author_reach=_reach(item.author_reach),
        url=web_address(item.url),
        language=language_code(item.language),
        pictures=_pictures(item.pictures),
        raw=_storable_mapping(item.raw) if item.raw else item.raw,
    )


def _name(value: str) -> str:
    return _TURNS.sub("", value).strip()[:MAX_NAME_LENGTH]


def web_address(value: str) -> str:
    """Return the address if a page may link to it, else nothing: ``javascript:`` must never become a link."""
    if not value:
        return ""
    value = value.strip()
    if value[:8].lower().startswith(("http://", "https://")) and len(value) <= MAX_URL_LENGTH and " " not in value:
        return value
    return ""


def language_code(value: str) -> str:
    """Return the language part of a tag such as ``en-GB``, or nothing when it is not one."""
    match = _LANGUAGE.match(value.strip()) if value else None
    code = match[1].lower() if match else ""
    # "und" is how several networks spell "we do not know".
    return "" if code == "und" else code


def _pictures(pictures: tuple[HeardPicture, ...]) -> tuple[HeardPicture, ...]:
    shown = [
        HeardPicture(web_address(str(_storable(one.url))), str(_storable(one.alt)).strip()[:MAX_ALT_LENGTH])
        for one in pictures
    ]
    # One address once: a network that tells of it twice shows it once.
    return tuple({one.url: one for one in shown if one.url}.values())[:MOST_PICTURES]


def _reach(value: int | None) -> int | None:
    return None if value is None or value < 0 else min(value, MAX_REACH)


def _is_storable_id(value: str) -> bool:
    return 0 < len(value) <= MAX_ID_LENGTH and "\x00" not in value and not _SURROGATE.search(value)


def _too_long(name: str, length: int, most: int) -> Unusable:
    return Unusable(
        _("The %(field)s has %(count)d characters; the most that is kept is %(most)d.")
        % {"field": _FIELD_WORDS[name], "count": length, "most": most}
    )


def _require_storable(value: str, name: str) -> None:
    if "\x00" in value:
        raise Unusable(
            _("The %(field)s contains a NUL byte, which no text may contain.") % {"field": _FIELD_WORDS[name]}
        )
    if _SURROGATE.search(value):
        raise Unusable(
            _("The %(field)s contains half of a character (a lone surrogate), so the text is damaged.")
            % {"field": _FIELD_WORDS[name]}
        )


def _require_possible(published_at: datetime, at: datetime) -> None:
    if published_at.tzinfo is None:
        raise Unusable(_("The date %(date)s has no time zone.") % {"date": f"{published_at:%Y-%m-%d %H:%M:%S}"})
    if published_at.year < EARLIEST_YEAR:
        raise Unusable(
            _("The date %(date)s is before %(year)d.")
            % {"date": published_at.date().isoformat(), "year": EARLIEST_YEAR}
        )
    if published_at > at + CLOCK_TOLERANCE:
        raise Unusable(_("The date %(date)s is in the future.") % {"date": published_at.date().isoformat()})


def _storable_mapping(raw: Mapping[str, object]) -> Mapping[str, object]:
    """Make what the channel sent fit a JSON column, which takes no NUL, no lone surrogate and no NaN."""
    try:
        encoded = json.dumps(raw, allow_nan=False)
    except ValueError:
        encoded = json.dumps(raw)
        is_clean = False
    else:
        is_clean = "\\u0000" not in encoded and "\\ud" not in encoded
    if len(encoded) > MAX_RAW_LENGTH:
        return {"left_out": f"{len(encoded)} characters"}
    return raw if is_clean else {str(_storable(str(key))): _storable(value) for key, value in raw.items()}


def _storable(value: object) -> object:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value.replace("\x00", "\ufffd"))
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(_storable(str(key))): _storable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(entry) for entry in value]
    return value
