"""Find what is a link, a mention or a hashtag in a text: Bluesky shows and tells only what is marked as such."""

import re
from collections.abc import Callable, Iterator

_LINK = re.compile(r"(?<![^\s(])https?://[^\s<>\"]+")
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_MENTION = re.compile(rf"(?<![^\s(])@((?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?)")
_TAG = re.compile(r"(?<![^\s(])[#＃]([^\s#＃]+)")
_PUNCTUATION = ".,;:!?…'\"»”"
MOST_TAG_LETTERS = 64
# Each is a request to find out whose it is.
MOST_MENTIONS = 10

Facet = dict[str, object]


def facets_of(text: str, *, did_of: Callable[[str], str]) -> list[Facet]:
    """Return what is to be marked, in the order of the text; ``did_of`` tells whose a handle is, empty if nobody's.

    Places are counted in bytes of UTF-8, as the protocol wants it.
    """
    found = [*_links(text), *_tags(text), *_mentions(text, did_of)]
    return [
        {
            "index": {"byteStart": _bytes_before(text, begin), "byteEnd": _bytes_before(text, end)},
            "features": [feature],
        }
        for begin, end, feature in sorted(found, key=lambda entry: entry[0])
    ]


_Found = tuple[int, int, dict[str, str]]


def _links(text: str) -> Iterator[_Found]:
    for match in _LINK.finditer(text):
        address = match[0].rstrip(_PUNCTUATION)
        # A bracket that the address did not open belongs to the sentence.
        while address.endswith(")") and address.count("(") < address.count(")"):
            address = address[:-1].rstrip(_PUNCTUATION)
        if address.rstrip("/") not in {"http:", "https:"}:
            yield (
                match.start(),
                match.start() + len(address),
                {"$type": "app.bsky.richtext.facet#link", "uri": address},
            )


def _tags(text: str) -> Iterator[_Found]:
    for match in _TAG.finditer(text):
        tag = match[1].rstrip(_PUNCTUATION + ")")
        if tag and not tag.isdigit() and len(tag) <= MOST_TAG_LETTERS:
            yield match.start(), match.start(1) + len(tag), {"$type": "app.bsky.richtext.facet#tag", "tag": tag}


def _mentions(text: str, did_of: Callable[[str], str]) -> Iterator[_Found]:
    for match in list(_MENTION.finditer(text))[:MOST_MENTIONS]:
        did = did_of(match[1].lower())
        if did:
            yield match.start(), match.end(), {"$type": "app.bsky.richtext.facet#mention", "did": did}


def _bytes_before(text: str, place: int) -> int:
    return len(text[:place].encode())
