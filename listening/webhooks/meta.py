"""Facebook and Instagram: what Meta's webhooks say, and answers of its Graph API that somebody passes on.

Built from Meta's documentation and from recorded answers; never run against the live service.
"""

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

COMMENT_FIELDS = frozenset({"comments", "live_comments"})
POSTS = frozenset({"post", "status", "photo", "video", "album", "link", "share"})
SAYING = frozenset({"add", "edit", "edited"})
TAKING_BACK = frozenset({"remove", "delete"})
# What stands for words that Instagram does not send with the notice.
NO_WORDS = "[Meta tells that somebody mentioned us here, and not what they said.]"


def map_meta(data: object, at: datetime) -> Mapped:
    """Read comments, mentions and visitors' posts."""
    mapped = Mapped()
    envelopes = data if isinstance(data, list) else [data]
    for number, envelope in enumerate(envelopes):
        path = f"[{number}]" if isinstance(data, list) else ""
        if not isinstance(envelope, dict):
            mapped.reject(envelope, placed(path, _("an object is expected.")))
        elif isinstance(envelope.get("entry"), list):
            _envelope(mapped, envelope, path, at)
        else:
            _answer(mapped, envelope, path, at)
    return mapped


def _envelope(mapped: Mapped, envelope: Mapping[str, object], path: str, at: datetime) -> None:
    network = envelope.get("object")
    for number, entry in enumerate(list_of(envelope["entry"])):
        place = joined(path, f"entry[{number}]")
        if not isinstance(entry, dict):
            mapped.reject(entry, placed(place, _("an object is expected.")))
            continue
        if "messaging" in entry or "standby" in entry:
            mapped.ignore("messages")
        # Instagram's own sign-in sends the one change in the entry itself.
        changes = entry.get("changes", [entry] if "field" in entry else [])
        for index, change in enumerate(list_of(changes)):
            where = f"{place}.changes[{index}]"
            try:
                _change(mapped, network, entry, mapping_of(change), where, at)
            except Unmappable as reason:
                mapped.reject(change, reason.told)


def _change(
    mapped: Mapped, network: object, entry: Mapping[str, object], change: Mapping[str, object], path: str, at: datetime
) -> None:
    kind, value = first_text(change, "field"), change.get("value")
    if not isinstance(value, dict):
        raise Unmappable(placed(joined(path, "value"), _("an object is expected.")))
    sent_at = moment_in(entry, "time", path) or at
    owner = first_text(entry, "id")
    if network == "instagram" and kind in COMMENT_FIELDS:
        mapped.found.append(Found(path, _instagram_comment(value, owner, sent_at)))
    elif network == "instagram" and kind == "mentions":
        _instagram_mention(mapped, value, path, sent_at)
    elif network == "page" and kind in ("feed", "mention"):
        _page(mapped, value, owner, path, sent_at)
    else:
        mapped.ignore(kind or "a change without a name")


def _instagram_comment(value: Mapping[str, object], owner: str, at: datetime) -> HeardItem:
    author = mapping_of(value.get("from"))
    username = first_text(author, "username") or first_text(value, "username")
    author_id = first_text(author, "id")
    return HeardItem(
        external_id=first_text(value, "id", "comment_id"),
        text=first_text(value, "text"),
        published_at=moment_in(value, "timestamp") or at,
        author_id=author_id or username,
        author_name=username,
        author_handle=f"@{username}" if username else "",
        author_url=f"https://www.instagram.com/{username}/" if username else "",
        in_reply_to=first_text(value, "parent_id"),
        is_ours=bool(owner) and owner in (author_id, first_text(author, "self_ig_scoped_id")),
        raw=value,
    )


def _instagram_mention(mapped: Mapped, value: Mapping[str, object], path: str, at: datetime) -> None:
    """Read a mention: Meta sends ids alone; whoever passes it on may have added the words."""
    mention_id = first_text(value, "comment_id", "media_id")
    if first_text(value, "text", "caption"):
        told = {**value, "id": mention_id, "text": first_text(value, "text", "caption")}
        mapped.found.append(Found(path, _instagram_comment(told, "", at)))
        return
    mapped.notices.append(
        Found(
            path,
            HeardItem(
                external_id=mention_id,
                text=NO_WORDS,
                published_at=at,
                # Nobody is named: each is somebody else until we know better.
                author_id=f"mention-{mention_id}",
                author_name="Instagram",
                raw=value,
            ),
        )
    )


def _page(mapped: Mapped, value: Mapping[str, object], owner: str, path: str, at: datetime) -> None:
    item, verb = first_text(value, "item"), first_text(value, "verb")
    is_comment = item == "comment"
    said_id = first_text(value, "comment_id") if is_comment else first_text(value, "post_id")
    if not is_comment and item not in POSTS:
        mapped.ignore(item or "a change of the page")
        return
    if verb in TAKING_BACK:
        mapped.gone.append(said_id)
        return
    author = mapping_of(value.get("from"))
    author_id = first_text(author, "id") or first_text(value, "sender_id")
    is_ours = bool(owner) and author_id == owner
    if verb not in SAYING or (is_ours and not is_comment):
        # Our own posts are nobody's work; hiding is what we did ourselves.
        mapped.ignore("our own posts" if is_ours and not is_comment else f"{item} {verb}".strip())
        return
    parent, post = first_text(value, "parent_id"), first_text(value, "post_id")
    words = first_text(value, "message")
    found = Found(
        path,
        HeardItem(
            external_id=said_id,
            text=words or NO_WORDS,
            published_at=moment_in(value, "created_time", path) or at,
            author_id=author_id,
            author_name=first_text(author, "name") or first_text(value, "sender_name"),
            url=first_text(value, "permalink_url") or (f"https://www.facebook.com/{said_id}" if said_id else ""),
            # Everybody's comments under one post of ours are not one conversation.
            in_reply_to=parent if is_comment and parent != post else "",
            is_ours=is_ours,
            raw=value,
        ),
    )
    (mapped.found if words else mapped.notices).append(found)


def _answer(mapped: Mapped, answer: Mapping[str, object], path: str, at: datetime) -> None:
    """Read an answer of the Graph API: one object, a page of them, or several by their ids."""
    if isinstance(answer.get("data"), list):
        told = [(joined(path, f"data[{index}]"), one) for index, one in enumerate(list_of(answer["data"]))]
    elif "id" in answer or first_text(answer, "message", "text", "caption"):
        told = [(path, answer)]
    elif answer and all(isinstance(one, dict) and "id" in one for one in answer.values()):
        told = [(joined(path, str(name)), one) for name, one in answer.items()]
    else:
        mapped.reject(answer, placed(path, _("this is neither a webhook of Meta nor an answer of its API.")))
        return
    for place, one in told:
        try:
            mapped.found.append(Found(place, _graph_item(mapping_of(one), place, at)))
        except Unmappable as reason:
            mapped.reject(one, reason.told)


def _graph_item(one: Mapping[str, object], path: str, at: datetime) -> HeardItem:
    author = mapping_of(one.get("from"))
    username = first_text(one, "username") or first_text(author, "username")
    said_id = first_text(one, "id")
    if not said_id:
        raise Unmappable(placed(joined(path, "id"), _("it is missing; ask the API for the field “id”.")))
    return HeardItem(
        external_id=said_id,
        text=first_text(one, "message", "text", "caption"),
        published_at=moment_in(one, "created_time", path) or moment_in(one, "timestamp", path) or at,
        author_id=first_text(author, "id") or username,
        author_name=first_text(author, "name") or username,
        author_handle=f"@{username}" if username else "",
        url=first_text(one, "permalink_url", "permalink"),
        in_reply_to=first_text(mapping_of(one.get("parent")), "id") or first_text(one, "parent_id"),
        raw=one,
    )
