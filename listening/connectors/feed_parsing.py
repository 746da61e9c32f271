"""Turn the bytes of a feed into plain JSON, as a child process that may neither run long nor grow large.

The parser takes 42 seconds of CPU for one hostile megabyte, so it never runs in
a worker. Standard input: one line of JSON (``content_type``, ``location``), then
the feed. Standard output: one JSON object. Started by path and isolated, so
nothing of ours can be imported here.
"""

import calendar
import contextlib
import io
import json
import re
import resource
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import feedparser
from feedparser import mixin

CPU_SECONDS = 10
MEMORY_BYTES = 1_000_000_000
MAX_ENTRIES = 1_000
MAX_LINKS = 50
MAX_PICTURES = 10
MAX_CHARACTERS = 20_000

_BLOCKS = frozenset(
    {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table", "hr"}
)
_UNSEEN = frozenset({"script", "style", "template", "head", "noscript", "iframe"})

_ENTRY = re.compile(rb"(?=<(?:item|entry)[\s>])", re.IGNORECASE)

# A relative id stays as it is written: completed with the feed's address it
# would change when the address does, and every entry would be heard again.
mixin._FeedParserMixin.can_be_relative_uri = mixin._FeedParserMixin.can_be_relative_uri - {"id"}

# Names under which the parser keeps lists, details and moments of its own: an element that is called so would stand
# in their place, and the parser or we would break over it.
_ITS_OWN = (
    *("links", "authors"),
    *(f"{name}_detail" for name in ("author", "title", "summary", "description")),
    *(f"{name}_parsed" for name in ("published", "issued", "updated", "modified", "date", "created")),
)
for _name in _ITS_OWN:
    setattr(mixin._FeedParserMixin, f"_start_{_name}", lambda self, attributes: None)
    setattr(mixin._FeedParserMixin, f"_end_{_name}", lambda self: None)

Entry = dict[str, Any]


def main() -> None:
    """Read standard input, write standard output."""
    _limit()
    told = json.loads(sys.stdin.buffer.readline())
    body = sys.stdin.buffer.read()
    json.dump(parse(body, content_type=told["content_type"], location=told["location"]), sys.stdout)


def parse(body: bytes, *, content_type: str, location: str) -> Entry:
    """Return the feed's title, language and entries; ``version`` is empty when it is not a feed."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json_feed(body)
    # The parser recognises UTF-16 by its mark only; some servers leave it out.
    for start, encoding in ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be")):
        if body.startswith(start):
            body = body.decode(encoding, "replace").encode()
    headers = {"content-type": content_type or "application/xml", "content-location": location}
    try:
        found = _read(body, headers)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the parser raises over single entries in many ways
        found = _read_apart(body, headers)
    feed = found.get("feed", {})
    entries = found.get("entries", [])
    return {
        "version": found.get("version") or ("unknown" if entries else ""),
        "title": _plain(feed, "title"),
        "author": _cut(feed.get("author")),
        "language": _cut(feed.get("language")),
        "links": [link for each in feed.get("links", [])[:MAX_LINKS] for link in _links(each)],
        "entries": [_entry(entry, location) for entry in entries[:MAX_ENTRIES]],
    }


def _read(body: bytes, headers: Mapping[str, str]) -> Mapping[str, Any]:
    # Always a file object: the parser opens a path or an address that is passed as bytes or text.
    found: Mapping[str, Any] = feedparser.parse(io.BytesIO(body), response_headers=headers)
    return found


def _read_apart(body: bytes, headers: Mapping[str, str]) -> Mapping[str, Any]:
    """Read each entry alone, so that one over which the parser breaks costs none of the others."""
    head, *pieces = _ENTRY.split(body)
    found: Entry = {}
    entries: list[Any] = []
    for piece in pieces[:MAX_ENTRIES]:
        with contextlib.suppress(Exception):
            found = dict(_read(head + piece, headers))
            entries += found.get("entries", [])
    return {**found, "entries": entries}


def plain_text(html: str) -> str:
    """Return what a reader of the HTML would see, one line per block, scripts and styles left out."""
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return "\n".join(line for line in lines if line)


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen_depth += 1
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen_depth = max(0, self._unseen_depth - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen_depth:
            self.parts.append(data)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    # macOS knows this limit but refuses to set it.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _cut(value: object) -> str:
    return value[:MAX_CHARACTERS] if isinstance(value, str) else ""


def _plain(holder: Mapping[str, Any], name: str) -> str:
    value = _cut(holder.get(name))
    detail = holder.get(f"{name}_detail") or {}
    return plain_text(value) if "html" in (detail.get("type") or "") else value.strip()


def _entry(entry: Mapping[str, Any], location: str) -> Entry:
    contents = entry.get("content") or [{}]
    text = _plain(entry, "summary")
    # An Atom entry without a summary gets its content as one, without saying
    # that it is HTML.
    if not text or "summary_detail" not in entry:
        text = _plain({"content": contents[0].get("value"), "content_detail": contents[0]}, "content") or text
    author = entry.get("author_detail") or {}
    return {
        "id": _cut(entry.get("id")),
        "link": _joined(location, _cut(entry.get("link"))),
        "title": _plain(entry, "title"),
        "text": text,
        "author": _cut(author.get("name") or entry.get("author")),
        "author_url": _cut(author.get("href")),
        "language": _cut(contents[0].get("language") or (entry.get("title_detail") or {}).get("language")),
        "published": _cut(_first(entry, "published", "updated", "created")),
        "published_at": _moment(_first(entry, "published_parsed", "updated_parsed", "created_parsed")),
        "updated": _cut(entry["updated"]) if "updated" in entry else "",
        "tags": [_cut(tag.get("term"))[:200] for tag in entry.get("tags", [])[:50]],
        "pictures": [(_joined(location, url), alt) for url, alt in _pictures(entry)],
    }


def _pictures(entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return addresses and descriptions of an entry's pictures; small copies only where nothing else is a picture."""
    attached = [each for each in _objects(entry.get("links")) if each.get("rel") == "enclosure"]
    found = [(each.get("url"), each) for each in _objects(entry.get("media_content"))]
    found += [(each.get("href"), each) for each in attached]
    found = [(url, each) for url, each in found if _is_picture(each)]
    found = found or [(each.get("url"), each) for each in _objects(entry.get("media_thumbnail"))]
    widest: dict[str, tuple[int, str, str]] = {}
    for url, each in found:
        address, width = _cut(url).strip(), _cut(each.get("width"))
        pixels = int(width) if width.isascii() and width.isdecimal() and len(width) < 6 else 0
        # Several feeds tell of one picture in several widths, by addresses that differ in their question only.
        key = address.partition("?")[0] if pixels else address
        if address and (key not in widest or pixels > widest[key][0]):
            widest[key] = (pixels, address, _cut(each.get("title")).strip())
    return [(address, alt) for _pixels, address, alt in widest.values()][:MAX_PICTURES]


def _is_picture(media: Mapping[str, Any]) -> bool:
    kind = _cut(media.get("type")).lower()
    return kind.startswith("image/") or (not kind and _cut(media.get("medium")).lower() == "image")


def _objects(value: object) -> list[Mapping[str, Any]]:
    # An element that bears the parser's own name for a list stands there as its text.
    return [each for each in value[:MAX_LINKS] if isinstance(each, Mapping)] if isinstance(value, list) else []


def _links(link: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return relation and address of a link of the whole feed; it may have several relations."""
    return [(relation, _cut(link.get("href"))) for relation in _cut(link.get("rel")).lower().split()[:5]]


def _first(entry: Mapping[str, Any], *names: str) -> Any:
    # Asking with ``in`` first: the parser warns when it answers for another name.
    return next((entry[name] for name in names if entry.get(name)), None)


def _joined(location: str, link: str) -> str:
    try:
        return urljoin(location, link) if link else ""
    except ValueError:
        return link


def _moment(parsed: time.struct_time | None) -> int | None:
    try:
        return calendar.timegm(parsed) if parsed else None
    except (ValueError, OverflowError):
        return None


def _json_feed(body: bytes) -> Entry:
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError):
        feed = {}
    items = feed.get("items")
    if "jsonfeed.org" not in str(feed.get("version", "")) or not isinstance(items, list):
        return {"version": "", "title": "", "author": "", "language": "", "links": [], "entries": []}
    return {
        "version": "json",
        "title": _cut(feed.get("title")).strip(),
        "author": _json_author(feed)[0],
        "language": _cut(feed.get("language")),
        "links": _json_links(feed),
        "entries": [_json_entry(item) for item in items[:MAX_ENTRIES] if isinstance(item, dict)],
    }


def _json_entry(item: Entry) -> Entry:
    author, author_url = _json_author(item)
    identity = item.get("id")
    text = _cut(item.get("summary")) or _cut(item.get("content_text")) or plain_text(_cut(item.get("content_html")))
    published = _cut(item.get("date_published")) or _cut(item.get("date_modified"))
    tags = item.get("tags")
    return {
        "id": str(identity)[:MAX_CHARACTERS] if isinstance(identity, str | int | float) else "",
        "link": _cut(item.get("url") or item.get("external_url")),
        "title": _cut(item.get("title")).strip(),
        "text": text.strip(),
        "author": author,
        "author_url": author_url,
        "language": _cut(item.get("language")),
        "published": published,
        "published_at": _iso_moment(published),
        "updated": _cut(item.get("date_modified")),
        "tags": [_cut(tag)[:200] for tag in tags[:50]] if isinstance(tags, list) else [],
        "pictures": _json_pictures(item),
    }


def _json_pictures(item: Entry) -> list[tuple[str, str]]:
    attached = [each for each in _objects(item.get("attachments")) if _cut(each.get("mime_type")).startswith("image/")]
    found = [(_cut(item.get("image")), ""), *((_cut(each.get("url")), _cut(each.get("title"))) for each in attached)]
    return [(url, alt) for url, alt in found if url][:MAX_PICTURES]


def _json_links(feed: Entry) -> list[tuple[str, str]]:
    hubs = feed.get("hubs")
    told = [hub for hub in hubs[:MAX_LINKS] if isinstance(hub, dict)] if isinstance(hubs, list) else []
    found = [("hub", _cut(hub.get("url"))) for hub in told if str(hub.get("type")).lower() == "websub"]
    return [*found, ("self", _cut(feed.get("feed_url")))]


def _json_author(holder: Entry) -> tuple[str, str]:
    authors = holder.get("authors") or [holder.get("author")]
    first = authors[0] if isinstance(authors, list) else None
    return (_cut(first.get("name")), _cut(first.get("url"))) if isinstance(first, dict) else ("", "")


def _iso_moment(value: str) -> int | None:
    try:
        moment = datetime.fromisoformat(value)
        return int(moment.timestamp()) if moment.tzinfo else calendar.timegm(moment.timetuple())
    except (ValueError, OverflowError):
        return None


if __name__ == "__main__":
    main()
