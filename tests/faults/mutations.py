"""Feeds and mails, and what chance makes of them."""

import base64
import gzip
import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FEEDS = ("feeds_realworld", "feeds_conformance")
MAILS = ("emails_mime",)

# What parsers stumble over: ends of tags and parts, references, encodings, dates, depths.
TOKENS = (
    b"<", b">", b"</", b"]]>", b"<![CDATA[", b"<!--", b"&", b"&#0;", b"&#x110000;", b"&lol;", b"\x00", b"\xff\xfe",
    b"\xed\xa0\x80", b"\r\n\r\n", b"--", b"=?utf-8?q?=ff?=", b"=?unknown?b?////?=", b"charset=utf-7", b"charset=\"",
    b"Content-Type: message/rfc822\r\n", b"Content-Transfer-Encoding: base64\r\n", b"encoding='utf-16'",
    b"9999-99-99T99:99:99Z", b"Thu, 99 Foo -1 25:61:61 +9999", b"<item>" * 50, b"<div>" * 500, b"{", b"[" * 500,
    b"http://[::", b"A" * 5_000, "\u202e\ufeff\U0001f642".encode(),
)  # fmt: skip

_FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><link>https://news.example/</link>
<item><guid>1</guid><title>The power is out</title><description>&lt;p&gt;In <![CDATA[<b>all</b>]]> streets.&lt;/p&gt;
</description><pubDate>Wed, 04 Mar 2026 11:00:00 GMT</pubDate></item>
<item><guid>2</guid><title>It is back</title><pubDate>Wed, 04 Mar 2026 11:30:00 GMT</pubDate></item></channel></rss>"""
_JSON_FEED = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": [{"id": "1", "content_html":
"<p>The power is out.</p>", "date_published": "2026-03-04T11:00:00Z", "authors": [{"name": "Anna"}]}]}"""
_MAIL = b"""From: =?utf-8?q?Anna_=C3=85lm?= <anna@mail.example>\r\nTo: help@nordlys.example\r\nSubject: Re: The power\r
Message-ID: <1@mail.example>\r\nReferences: <0@mail.example>\r\nDate: Wed, 04 Mar 2026 11:00:00 +0100\r
MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r
It is dark.\r\n--x\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r
<p>It is =\r\ndark.</p>\r\n--x--\r\n"""


@dataclass(frozen=True, slots=True)
class Document:
    """One feed or mail."""

    is_mail: bool
    body: bytes


def documents() -> list[Document]:
    """Return the real ones of the folder that SOCIALHUB_REALDATA names, else three of our own."""
    if "SOCIALHUB_REALDATA" not in os.environ:
        return [Document(False, _FEED), Document(False, _JSON_FEED), Document(True, _MAIL)]
    folder = Path(os.environ["SOCIALHUB_REALDATA"])
    return [
        Document(name in MAILS, body) for name in (*FEEDS, *MAILS) for body in _bodies(folder / f"{name}.ndjson.gz")
    ]


def _bodies(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield row["text"].encode() if row.get("text") else base64.b64decode(row.get("base64") or "")


def mutated(document: Document, others: list[Document], chance: random.Random) -> Document:
    """Return the document with one to eight things done to it."""
    body = document.body
    for _ in range(chance.randint(1, 8)):
        begin = chance.randint(0, len(body))
        end = min(len(body), begin + int(chance.expovariate(1 / 40)))
        match chance.randrange(7):
            case 0:
                body = body[:begin] + body[end:]
            case 1:
                body = body[:end] + body[begin:end] * chance.randint(1, 20) + body[end:]
            case 2:
                body = body[:begin] + chance.choice(TOKENS) + body[begin:]
            case 3:
                body = body[:begin] + chance.choice(TOKENS) + body[end:]
            case 4:
                body = body[:begin] + chance.randbytes(end - begin) + body[end:]
            case 5:
                other = chance.choice(others).body
                cut = chance.randint(0, len(other))
                body = body[:begin] + other[cut : cut + 2_000] + body[end:]
            case 6:
                body = body[:begin] if chance.random() < 0.2 else body[:begin] + body[begin:].swapcase()
    return Document(document.is_mail, body)
