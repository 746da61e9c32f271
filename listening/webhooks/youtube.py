"""YouTube: comments as its Data API answers them; YouTube calls nobody, so another program asks and passes them on.

Built from recorded answers; never run against the live service.
"""

import html
import re
from collections.abc import Mapping
from datetime import datetime

from listening.heard import HeardItem
from listening.webhooks.mapped import (
    Found,
    Mapped,
    Unmappable,
    first_text,
    joined,
    list_of,
    mapping_of,
    moment_in,
    placed,
)
from socialhub.lib.told import told as _

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")


def map_youtube(data: object, at: datetime) -> Mapped:
    """Read lists of comments and of threads, and single ones."""
    mapped = Mapped()
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        _add_all(mapped, list_of(data["items"]), "items", "", at)
    elif isinstance(data, list):
        _add_all(mapped, data, "", "", at)
    else:
        _add(mapped, data, "", "", at)
    return mapped


def _add_all(mapped: Mapped, entries: list[object], name: str, video: str, at: datetime) -> None:
    for index, entry in enumerate(entries):
        _add(mapped, entry, f"{name}[{index}]", video, at)


def _add(mapped: Mapped, entry: object, path: str, video: str, at: datetime) -> None:
    if not isinstance(entry, dict):
        mapped.reject(entry, placed(path, _("an object is expected.")))
        return
    kind, told = first_text(entry, "kind"), mapping_of(entry.get("snippet"))
    if kind == "youtube#commentThread":
        about = first_text(told, "videoId")
        _add(mapped, told.get("topLevelComment"), joined(path, "snippet.topLevelComment"), about, at)
        replies = list_of(mapping_of(entry.get("replies")).get("comments"))
        _add_all(mapped, replies, joined(path, "replies.comments"), about, at)
    elif kind == "youtube#comment":
        try:
            mapped.found.append(Found(path, _item(entry, told, path, video, at)))
        except Unmappable as reason:
            mapped.reject(entry, reason.told)
    elif kind:
        mapped.ignore(kind)
    else:
        mapped.reject(entry, placed(joined(path, "kind"), _("it is missing, so this is no answer of YouTube’s API.")))


def _item(comment: Mapping[str, object], told: Mapping[str, object], path: str, video: str, at: datetime) -> HeardItem:
    comment_id, name = first_text(comment, "id"), first_text(told, "authorDisplayName")
    about = first_text(told, "videoId") or video
    return HeardItem(
        external_id=comment_id,
        text=first_text(told, "textOriginal") or _plain(first_text(told, "textDisplay")),
        published_at=moment_in(told, "publishedAt", joined(path, "snippet")) or at,
        author_id=first_text(mapping_of(told.get("authorChannelId")), "value") or name,
        author_name=name,
        author_handle=name if name.startswith("@") else "",
        author_url=first_text(told, "authorChannelUrl"),
        url=f"https://www.youtube.com/watch?v={about}&lc={comment_id}" if about and comment_id else "",
        in_reply_to=first_text(told, "parentId"),
        raw=comment,
    )


def _plain(marked_up: str) -> str:
    """Return the text of what YouTube shows: it has links and line breaks as HTML."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", marked_up)))
