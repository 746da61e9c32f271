"""Which hub tells what is new in a feed, as its publisher says with the answer or in the document."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, Protocol, runtime_checkable
from urllib.parse import urljoin, urlsplit

# More than any publisher names; the rest of a longer header is not read.
LONGEST_HEADER: Final = 8_000

_TARGET = re.compile(r"<([^<>]*)>([^<]*)")
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
_ANCHOR = re.compile(r";\s*anchor\s*=", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f\ud800-\udfff]{1,1990}", re.IGNORECASE)


class Offer(NamedTuple):
    """Where to ask, and how the hub calls what we want to be told of."""

    hub: str
    topic: str


@runtime_checkable
class OffersHub(Protocol):
    """A connector whose publishers may have a hub that calls us."""

    def hub_offer(self, settings: Mapping[str, object], cursor: Mapping[str, object]) -> Offer | None:
        """Return what the publisher offered at the last look; it is not asked again."""


def read_offer(*, link_header: str, links: Iterable[tuple[str, str]], base: str) -> Offer | None:
    """Return the hub and the feed's name there, if the publisher named both.

    ``links`` are relation and address of those in the document; the header goes before them,
    and of several hubs the first one that can be asked without anybody reading along.
    """
    told = [(relation.lower(), address) for relation, address in (*_header_links(link_header), *links)]
    hubs = [whole for relation, address in told if relation == "hub" and (whole := _whole(address, base))]
    topics = [whole for relation, address in told if relation == "self" and (whole := _whole(address, base))]
    if not hubs or not topics:
        return None
    return Offer(next((hub for hub in hubs if hub.lower().startswith("https:")), hubs[0]), topics[0])


def _header_links(header: str) -> Iterator[tuple[str, str]]:
    for target, parameters in _TARGET.findall(header[:LONGEST_HEADER]):
        found = _RELATION.search(parameters)
        # With an anchor it would speak of another page.
        if found and not _ANCHOR.search(parameters):
            for relation in (found[1] or found[2] or "").split():
                yield relation, target


def _whole(address: str, base: str) -> str:
    """Return the whole address, untouched if it was whole; empty when it is none of the web."""
    address = address.strip()
    try:
        whole = address if _ADDRESS.fullmatch(address) else urljoin(base, address) if address else ""
        has_host = bool(urlsplit(whole).hostname)
    except ValueError:
        return ""
    return whole if has_host and _ADDRESS.fullmatch(whole) else ""
