"""Turn posts, as a service tells them, into what is heard."""

import re
from datetime import datetime

from listening.connectors.bluesky.answers import Answer, moment, part, parts, post_page, text
from listening.heard import EARLIEST_YEAR, HeardItem, HeardPicture, web_address

# What stands for a post without words: an answer that is only a picture is an answer all the same.
_WORDLESS = {"images": "[image]", "video": "[video]", "external": "[link]", "record": "[quote]"}

# An account's lasting id and a picture's: what is neither must not lead to another address.
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:-]+")
_CID = re.compile(r"[A-Za-z0-9]+")


def item_of(post: Answer, *, our_did: str, at: datetime) -> HeardItem:
    """Return a post or a notification of one; whoever stores it judges whether it can be."""
    author, record = part(post, "author"), part(post, "record")
    did, handle = text(author, "did"), text(author, "handle")
    langs = record.get("langs")
    parent, root = (text(part(record, "reply", name), "uri") for name in ("parent", "root"))
    return HeardItem(
        external_id=text(post, "uri"),
        text=_words(record),
        published_at=_published_at(post, at),
        author_id=did,
        author_name=text(author, "displayName") or handle,
        author_handle=handle,
        author_url=f"https://bsky.app/profile/{did}" if did else "",
        url=post_page(text(post, "uri")),
        in_reply_to=parent,
        # Who names two languages does not say which this is.
        language=langs[0] if isinstance(langs, list) and len(langs) == 1 and isinstance(langs[0], str) else "",
        is_ours=bool(did) and did == our_did,
        ancestors=tuple(dict.fromkeys(uri for uri in (parent, root) if uri)),
        pictures=_pictures(post),
        raw={name: post[name] for name in ("cid", "reason", "indexedAt", "record", "labels") if post.get(name)},
    )


def listed_at(post: Answer, at: datetime) -> datetime:
    """Return by which time a service puts a post in order: when it was written or heard of, whichever is first."""
    told = [moment(post.get("indexedAt")), moment(part(post, "record").get("createdAt"))]
    return min([time for time in told if time is not None], default=at)


def _published_at(post: Answer, at: datetime) -> datetime:
    """Return when a post says that it was written, unless that cannot be; any program can write any time."""
    heard_of = moment(post.get("indexedAt")) or at
    written = moment(part(post, "record").get("createdAt"))
    return heard_of if written is None or written.year < EARLIEST_YEAR else min(written, heard_of)


def _words(record: Answer) -> str:
    words = text(record, "text")
    if words.strip():
        return words
    embed = part(record, *_place_of_media(record))
    kind = text(embed, "$type")
    described = [text(image, "alt") for image in parts(embed, "images")]
    described += [text(embed, "alt"), text(part(embed, "external"), "title")]
    told = "\n".join(words for words in described if words.strip())
    return told or _WORDLESS.get(kind.removeprefix("app.bsky.embed."), "")


def _place_of_media(record: Answer) -> tuple[str, ...]:
    """Return where pictures stand in a record, and in a service's view of it: beside a quoted post one level deeper."""
    quotes = text(part(record, "embed"), "$type").startswith("app.bsky.embed.recordWithMedia")
    return ("embed", "media") if quotes else ("embed",)


def _pictures(post: Answer) -> tuple[HeardPicture, ...]:
    record, did = part(post, "record"), text(part(post, "author"), "did")
    place = _place_of_media(record)
    images, views = part(record, *place).get("images"), part(post, *place).get("images")
    if not isinstance(images, list):
        return ()
    if not isinstance(views, list) or len(views) != len(images):
        # Which view belongs to which picture cannot be told.
        views = [None] * len(images)
    found = []
    for image, view in zip(images, views, strict=True):
        if isinstance(image, dict):
            thumb = web_address(text(view, "thumb")) if isinstance(view, dict) else ""
            found.append(HeardPicture(thumb or _public_address(image, did), text(image, "alt")))
    return tuple(picture for picture in found if picture.url)


def _public_address(image: Answer, did: str) -> str:
    """Return where the network shows a small copy to everybody; notifications come without an address."""
    cid = text(part(image, "image", "ref"), "$link")
    if not _DID.fullmatch(did) or not _CID.fullmatch(cid):
        return ""
    return f"https://cdn.bsky.app/img/feed_thumbnail/plain/{did}/{cid}@jpeg"
