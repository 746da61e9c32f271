"""RSS, Atom and JSON feeds: fetched guarded, parsed in a limited child process, told apart by their ids."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.utils.translation import gettext, ngettext

from listening.connectors.asking import ask
from listening.connectors.base import (
    MAX_EXCERPT,
    FetchResult,
    PermanentFailure,
    Rejected,
    SettingField,
    TemporaryFailure,
)
from listening.connectors.one_way import HearsOnly
from listening.heard import EARLIEST_YEAR, MAX_ID_LENGTH, MAX_NAME_LENGTH, HeardItem, HeardPicture, Unusable, clean_item
from listening.websub.offers import Offer, read_offer
from socialhub.lib import fetch
from socialhub.lib.told import Told
from socialhub.lib.told import told as _

PARSE_SECONDS = 20
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
# A page that stands where a feed was is mostly maintenance: ask again, but not soon.
NOT_A_FEED_RETRY_SECONDS = 3600

_PARSER = Path(__file__).with_name("feed_parsing.py")
# What an interpreter may need to start; no secret of ours reaches the parser.
_PARSER_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


class FeedConnector(HearsOnly):
    """Listens to one feed; ``settings`` holds its ``url``. Nobody can be answered through a feed."""

    kind = "feed"
    no_way_out = _("A feed can only be read, so nothing can be sent through it.")
    can_search = False
    poll_seconds: int | None = 300

    @property
    def title(self) -> str:
        """Name the kind for people."""
        return gettext("RSS, Atom or JSON feed")

    @property
    def summary(self) -> str:
        """Say what is heard there."""
        return gettext("Hear what a news site, blog, forum or search alert publishes; no account is needed.")

    @property
    def fields(self) -> tuple[SettingField, ...]:
        """Return what has to be entered to connect such a channel."""
        return (
            SettingField(
                "url",
                gettext("Address of the feed"),
                gettext("RSS, Atom or JSON. It is fetched once before anything is saved."),
                input_type="url",
            ),
        )

    def fetch(self, settings: Mapping[str, object], cursor: Mapping[str, object], *, at: datetime) -> FetchResult:
        """Fetch the feed unless it is unchanged, and return its entries.

        :raises TemporaryFailure: it cannot be had or read now.
        :raises PermanentFailure: its address is forbidden or gone.
        """
        url = _url(settings)
        # What was remembered about another address says nothing about this one.
        known = cursor if cursor.get("url") == url else {}
        page, moved_to = _fetch_known(url, known)
        if page.is_unchanged:
            return FetchResult(cursor=dict(cursor), is_unchanged=True)
        feed = parse_feed(page)
        items, rejected = heard_entries(feed, feed_url=url, at=at)
        offer = read_offer(link_header=page.headers.get("link", ""), links=feed["links"], base=page.final_url)
        return FetchResult(
            items=items,
            rejected=rejected,
            cursor={
                "url": url,
                "etag": page.headers.get("etag", ""),
                "modified": page.headers.get("last-modified", ""),
                "moved_to": moved_to,
                **(offer._asdict() if offer else {}),
            },
        )

    def hub_offer(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> Offer | None:
        """Return the hub that the feed named when it was last read."""
        offer = Offer(_text(cursor, "hub"), _text(cursor, "topic"))
        return offer if all(offer) and cursor.get("url") == _text(settings, "url").strip() else None

    def check(self, settings: Mapping[str, object]) -> str:
        """Fetch the feed once and say what is in it."""
        url = _url(settings)
        feed = parse_feed(_fetch(url, {}))
        count = len(feed["entries"])
        return ngettext(
            "The feed “%(title)s” can be read and has %(count)d entry.",
            "The feed “%(title)s” can be read and has %(count)d entries.",
            count,
        ) % {"title": feed["title"] or url, "count": count}


def parse_feed(page: fetch.FetchedPage) -> dict[str, Any]:
    """Parse a feed in a child process that cannot outlive its limits.

    :raises TemporaryFailure: it is not a feed, or reading it takes more than it may.
    """
    told = json.dumps({"content_type": page.headers.get("content-type", ""), "location": page.final_url})
    try:
        child = subprocess.run(  # noqa: S603 - our own file, by its own path
            [sys.executable, "-I", str(_PARSER)],
            input=told.encode() + b"\n" + page.body,
            capture_output=True,
            timeout=PARSE_SECONDS,
            env={name: os.environ[name] for name in _PARSER_ENVIRONMENT if name in os.environ},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _unreadable(_("Reading this feed takes too long, so it was given up.")) from error
    if child.returncode != 0:
        raise _unreadable(_("This feed is too large, too deep or too broken to be read."))
    feed: dict[str, Any] = json.loads(child.stdout)
    if not feed["version"]:
        raise _unreadable(_("What the address answers is not a feed."))
    return feed


def heard_entries(feed: Mapping[str, Any], *, feed_url: str, at: datetime) -> tuple[list[HeardItem], list[Rejected]]:
    """Return the usable entries of a parsed feed, each once, and what was wrong with the others."""
    items: dict[str, HeardItem] = {}
    rejected = []
    for entry in feed["entries"]:
        try:
            item = clean_item(_heard(entry, feed, feed_url, at), at=at)
        except Unusable as refusal:
            excerpt = entry["title"] or entry["text"] or entry["link"] or entry["id"]
            rejected.append(Rejected(raw_excerpt=excerpt[:MAX_EXCERPT], reason=refusal.told))
        else:
            items.setdefault(item.external_id, item)
    return list(items.values()), rejected


def entry_key(entry: Mapping[str, Any]) -> str:
    """Return what makes an entry the same entry next time: its id, its link, its title and date, or its text."""
    key = entry["id"].strip() or _without_campaign(entry["link"].strip())
    if key and len(key) <= MAX_ID_LENGTH:
        return key
    told = key or f"{entry['title']}\n{entry['published']}".strip() or entry["text"]
    return f"sha256:{hashlib.sha256(told.encode(errors='replace')).hexdigest()}" if told else ""


def _heard(entry: Mapping[str, Any], feed: Mapping[str, Any], feed_url: str, at: datetime) -> HeardItem:
    title, text = entry["title"], entry["text"]
    author = (entry["author"] or feed["author"] or feed["title"] or urlsplit(feed_url).hostname or "").strip()
    return HeardItem(
        external_id=entry_key(entry),
        text=text if text.startswith(title) else f"{title}\n\n{text}".strip(),
        title=title,
        published_at=_published_at(entry["published_at"], at),
        author_id=author[:MAX_NAME_LENGTH],
        author_name=author,
        author_url=entry["author_url"],
        url=entry["link"],
        language=entry["language"] or feed["language"],
        pictures=tuple(HeardPicture(url, alt) for url, alt in entry["pictures"]),
        raw={name: entry[name] for name in ("id", "link", "published", "updated", "tags") if entry[name]},
    )


def _published_at(seconds: int | None, at: datetime) -> datetime:
    """Return when the entry appeared; without a date, or with an impossible one, that is when it was first seen."""
    try:
        moment = at if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return at
    return at if moment.year < EARLIEST_YEAR else min(moment, at)


def _without_campaign(link: str) -> str:
    try:
        parts = urlsplit(link)
    except ValueError:
        return link
    if "utm_" not in parts.query.lower():
        return link
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not pair[0].lower().startswith("utm_")]
    return parts._replace(query=urlencode(kept)).geturl()


def _text(mapping: Mapping[str, object], name: str) -> str:
    value = mapping.get(name, "")
    return value if isinstance(value, str) else ""


def _url(settings: Mapping[str, object]) -> str:
    url = _text(settings, "url").strip()
    if not url:
        raise PermanentFailure(_("The channel has no address of a feed."))
    return url


def _unreadable(sentence: Told) -> TemporaryFailure:
    return TemporaryFailure(sentence, retry_after=NOT_A_FEED_RETRY_SECONDS)


def _fetch_known(url: str, known: Mapping[str, object]) -> tuple[fetch.FetchedPage, str]:
    """Fetch the feed from where it moved to, else from where it was; return it with where it lives for good."""
    moved_to = _text(known, "moved_to")
    if moved_to:
        try:
            page = _fetch(moved_to, known)
        except (TemporaryFailure, PermanentFailure):
            known = {}
        else:
            return page, page.moved_to or moved_to
    page = _fetch(url, known)
    return page, page.moved_to


def _fetch(url: str, known: Mapping[str, object]) -> fetch.FetchedPage:
    return ask(url, accept=ACCEPT, etag=_text(known, "etag"), last_modified=_text(known, "modified"))
