"""X: what its Activity and Account Activity webhooks say, and answers of its API that somebody passes on.

Built from X's documentation and from recorded answers; never run against the live service.
"""

import html
from collections.abc import Mapping
from datetime import UTC, datetime

from listening.heard import HeardItem
from listening.webhooks.mapped import (
    Found,
    Mapped,
    Unmappable,
    count_in,
    first_text,
    joined,
    list_of,
    mapping_of,
    moment_in,
    placed,
)
from socialhub.lib.told import told as _

# Codes of X's own for tweets without words, and two that the world has replaced.
_LANGUAGES = {"in": "id", "iw": "he", "zxx": "", "und": ""}


def map_x(data: object, at: datetime) -> Mapped:
    """Read posts and deletions."""
    mapped = Mapped()
    if isinstance(data, list):
        _old_posts(mapped, data, "", owner="", at=at)
    elif not isinstance(data, dict):
        mapped.reject(data, _("The call holds neither an object nor a list."))
    elif any(name.endswith("_events") for name in data) or "for_user_id" in data:
        _account_activity(mapped, data, at)
    elif isinstance(data.get("statuses"), list):
        _old_posts(mapped, list_of(data["statuses"]), "statuses", owner="", at=at)
    elif isinstance(data.get("data"), dict) and "event_type" in mapping_of(data["data"]):
        _activity(mapped, mapping_of(data["data"]), at)
    elif isinstance(data.get("data"), dict | list):
        posts = data["data"] if isinstance(data["data"], list) else [data["data"]]
        _new_posts(mapped, posts, "data", users=_users(data), owner="", at=at)
    else:
        mapped.ignore(", ".join(sorted(map(str, data))[:3]) or "an empty object")
    return mapped


def _account_activity(mapped: Mapped, data: Mapping[str, object], at: datetime) -> None:
    owner = first_text(data, "for_user_id")
    for name, events in data.items():
        if name == "tweet_create_events":
            _old_posts(mapped, list_of(events), name, owner=owner, at=at)
        elif name == "tweet_delete_events":
            for index, event in enumerate(list_of(events)):
                _gone(mapped, event, mapping_of(mapping_of(event).get("status")), f"{name}[{index}]")
        elif name.endswith(("_events", "_event")):
            mapped.ignore(name)


def _activity(mapped: Mapped, event: Mapping[str, object], at: datetime) -> None:
    kind, payload = first_text(event, "event_type"), mapping_of(event.get("payload"))
    if kind.startswith("post.") and kind.endswith(".delete"):
        _gone(mapped, event, mapping_of(payload.get("tweet")) or payload, "data.payload")
    elif kind.startswith("post.") and kind.endswith(".create"):
        owner = first_text(mapping_of(event.get("filter")), "user_id")
        _new_posts(mapped, [payload], "data.payload", users=_users(event), owner=owner, at=at)
    else:
        mapped.ignore(kind)


def _gone(mapped: Mapped, raw: object, status: Mapping[str, object], path: str) -> None:
    gone = first_text(status, "id_str", "id", "post_id", "tweet_id")
    if gone:
        mapped.gone.append(gone)
    else:
        mapped.reject(raw, placed(joined(path, "id"), _("it is missing, so nobody knows what was deleted.")))


def _old_posts(mapped: Mapped, posts: list[object], name: str, *, owner: str, at: datetime) -> None:
    for index, post in enumerate(posts):
        path = f"{name}[{index}]"
        try:
            if not isinstance(post, dict):
                raise Unmappable(placed(path, _("an object is expected.")))
            mapped.found.append(Found(path, _old_post(post, path, owner, at)))
        except Unmappable as reason:
            mapped.reject(post, reason.told)


def _old_post(post: Mapping[str, object], path: str, owner: str, at: datetime) -> HeardItem:
    """Read a post in the form of version 1.1."""
    author = mapping_of(post.get("user"))
    post_id, author_id = first_text(post, "id_str", "id"), first_text(author, "id_str", "id")
    name = first_text(author, "screen_name")
    repeated = mapping_of(post.get("retweeted_status"))
    return HeardItem(
        external_id=post_id,
        text=_words(repeated or post),
        published_at=_old_moment(post, path) or at,
        author_id=author_id,
        author_name=html.unescape(first_text(author, "name")),
        author_handle=f"@{name}" if name else "",
        author_url=f"https://x.com/{name}" if name else "",
        author_reach=count_in(author, "followers_count"),
        url=f"https://x.com/{name or 'i'}/status/{post_id}" if post_id else "",
        in_reply_to=first_text(post, "in_reply_to_status_id_str", "in_reply_to_status_id"),
        language=_language(post),
        is_ours=bool(owner) and author_id == owner,
        repeats=first_text(repeated, "id_str", "id"),
        raw=post,
    )


def _words(post: Mapping[str, object]) -> str:
    # A longer text stands beside the cut one; both have their ampersands and brackets written as entities.
    text = first_text(mapping_of(post.get("extended_tweet")), "full_text") or first_text(post, "full_text", "text")
    return html.unescape(text)


def _old_moment(post: Mapping[str, object], path: str) -> datetime | None:
    value = first_text(post, "created_at")
    try:
        return datetime.strptime(value, "%a %b %d %H:%M:%S %z %Y").astimezone(UTC)
    except (ValueError, OverflowError):
        return moment_in(post, "created_at", path)


def _new_posts(
    mapped: Mapped,
    posts: list[object],
    name: str,
    *,
    users: Mapping[str, Mapping[str, object]],
    owner: str,
    at: datetime,
) -> None:
    for index, post in enumerate(posts):
        path = f"{name}[{index}]" if len(posts) > 1 else name
        try:
            if not isinstance(post, dict):
                raise Unmappable(placed(path, _("an object is expected.")))
            mapped.found.append(Found(path, _new_post(post, path, users, owner, at)))
        except Unmappable as reason:
            mapped.reject(post, reason.told)


def _new_post(
    post: Mapping[str, object], path: str, users: Mapping[str, Mapping[str, object]], owner: str, at: datetime
) -> HeardItem:
    """Read a post in the form of version 2."""
    post_id, author_id = first_text(post, "id"), first_text(post, "author_id")
    author = users.get(author_id, {})
    name = first_text(author, "username")
    named = {
        first_text(one, "type"): first_text(one, "id")
        for one in map(mapping_of, list_of(post.get("referenced_tweets")))
    }
    text = first_text(mapping_of(post.get("note_tweet")), "text") or first_text(post, "text")
    return HeardItem(
        external_id=post_id,
        text=html.unescape(text),
        published_at=moment_in(post, "created_at", path) or at,
        author_id=author_id,
        author_name=html.unescape(first_text(author, "name")),
        author_handle=f"@{name}" if name else "",
        author_url=f"https://x.com/{name}" if name else "",
        author_reach=count_in(mapping_of(author.get("public_metrics")), "followers_count"),
        url=f"https://x.com/{name or 'i'}/status/{post_id}" if post_id else "",
        in_reply_to=named.get("replied_to", ""),
        language=_language(post),
        is_ours=bool(owner) and author_id == owner,
        repeats=named.get("retweeted", ""),
        raw=post,
    )


def _users(data: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    users = map(mapping_of, list_of(mapping_of(data.get("includes")).get("users")))
    return {first_text(user, "id"): user for user in users}


def _language(post: Mapping[str, object]) -> str:
    code = first_text(post, "lang")
    # "qme", "qht" and their like say what a post has instead of words.
    return "" if code.startswith("q") and len(code) == len("qme") else _LANGUAGES.get(code, code)
