"""What a server of the Mastodon family tells, as heard items; every part of it may be missing or of another type."""

import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from listening.connectors.mastodon.text import text_of_post
from listening.heard import MOST_PICTURES, HeardItem, HeardPicture, web_address

# Everybody may read these; whatever else there is now or will be, only some.
PUBLIC = frozenset({"public", "unlisted"})

# Of a post that another one quotes so much is kept.
MOST_QUOTED = 500

Status = Mapping[str, Any]


def heard_status(
    status: Status, *, at: datetime, our_id: str = "", parent: Callable[[Status], str] = lambda _status: ""
) -> HeardItem:
    """Return a post as it is heard; ``parent`` returns the address of what a post answers."""
    passed_on = status.get("reblog")
    said: Status = passed_on if isinstance(passed_on, dict) else status
    author = _mapping(status, "account")
    is_ours = bool(our_id) and word(author, "id") == our_id
    author_address = word(author, "uri") or word(author, "url")
    pictures, media = _attached(said)
    return HeardItem(
        external_id=address_of(status),
        text=text_of(said),
        published_at=_moment(status.get("created_at"), at),
        author_id=author_address or word(author, "acct"),
        author_name=word(author, "display_name") or word(author, "username"),
        author_handle=whole_handle(author),
        author_url=word(author, "url"),
        author_reach=_count(author, "followers_count"),
        url=word(said, "url") or address_of(said),
        in_reply_to="" if said is passed_on else parent(status),
        language=word(said, "language"),
        is_ours=is_ours,
        is_private=visibility_of(status) not in PUBLIC,
        repeats=address_of(said) if said is passed_on else "",
        # An answer is heard back with the name that it was sent with, which is no edit.
        is_final=is_ours,
        pictures=pictures,
        raw=_raw(status, author, media),
    )


def address_of(status: Status) -> str:
    """Return what makes a post the same post on every server, also after an edit."""
    return word(status, "uri") or word(status, "url")


def text_of(status: Status) -> str:
    """Return what a post says: its warning, its text, and what its pictures are said to show."""
    parts = [word(status, "spoiler_text").strip(), text_of_post(word(status, "content"))]
    media = status.get("media_attachments")
    for attachment in media if isinstance(media, list) else []:
        described = word(attachment, "description").strip() if isinstance(attachment, dict) else ""
        if described:
            parts.append(f"[{described}]")
    if not any(parts) and media:
        parts.append(_("[a picture or recording without a description]"))
    return "\n\n".join(part for part in parts if part)


def visibility_of(status: Status) -> str:
    """Return who may read it, in the network's words; what a server leaves out counts as private."""
    return word(status, "visibility") or "direct"


def whole_handle(account: Mapping[str, Any]) -> str:
    """Return the handle with its server, which servers leave out for accounts of their own."""
    acct = word(account, "acct") or word(account, "username")
    host = _host(word(account, "url") or word(account, "uri"))
    return acct if "@" in acct or not acct or not host else f"{acct}@{host}"


def mark_of(status: Status) -> int:
    """Return a number that is another one when the post says something else."""
    return zlib.crc32(f"{word(status, 'spoiler_text')}\n{word(status, 'content')}".encode(errors="replace"))


def word(mapping: Mapping[str, Any], name: str) -> str:
    """Return a text of what a server sent; ids are numbers on some."""
    value = mapping.get(name)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _attached(status: Status) -> tuple[tuple[HeardPicture, ...], list[str]]:
    """Return the pictures of a post, and the addresses of what else is attached or is one picture too many."""
    pictures: list[HeardPicture] = []
    others = []
    media = status.get("media_attachments")
    for one in media if isinstance(media, list) else []:
        if not isinstance(one, dict):
            continue
        address = _picture_address(one)
        if address and len(pictures) < MOST_PICTURES:
            pictures.append(HeardPicture(address, word(one, "description")))
        elif word(one, "url"):
            others.append(word(one, "url"))
    return tuple(pictures), others


def _picture_address(attachment: Mapping[str, Any]) -> str:
    kind, preview = word(attachment, "type"), web_address(word(attachment, "preview_url"))
    if kind == "image":
        return preview or web_address(word(attachment, "url"))
    # What moves without a sound is a film; only its preview is a picture.
    return preview if kind == "gifv" else ""


def _raw(status: Status, author: Mapping[str, Any], media: list[str]) -> dict[str, object]:
    """Return what is needed to answer it, and what a person may want to look up; not the author's whole profile."""
    kept: dict[str, object] = {
        name: status[name]
        for name in ("id", "visibility", "in_reply_to_id", "spoiler_text", "sensitive", "edited_at", "created_at")
        if status.get(name)
    }
    if media:
        kept["media"] = media
    quote = status.get("quote")
    quoted = quote.get("quoted_status", quote) if isinstance(quote, dict) else None
    if isinstance(quoted, dict) and word(quoted, "url"):
        account = quoted.get("account")
        name = whole_handle(account) if isinstance(account, dict) else ""
        kept["quoted"] = {"url": word(quoted, "url"), "name": name, "text": text_of(quoted)[:MOST_QUOTED]}
    if author.get("bot") is True:
        kept["bot"] = True
    return {**kept, "id": word(status, "id"), "acct": word(author, "acct"), "content": word(status, "content")}


def _moment(value: object, at: datetime) -> datetime:
    """Return when it was posted; a server whose clock is ahead does not make it unusable."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else at
    except ValueError:
        return at
    return min(moment if moment.tzinfo else moment.replace(tzinfo=UTC), at)


def _count(mapping: Mapping[str, Any], name: str) -> int | None:
    value = mapping.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _mapping(mapping: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = mapping.get(name)
    return value if isinstance(value, dict) else {}


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
