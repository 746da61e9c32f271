"""What stands beside the words of a message: pages and posts that it quotes, and pictures without a copy, as links.

Nothing is loaded from other servers while somebody reads: that would tell them who reads, and may never come.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from listening.connectors.bluesky.answers import post_page

# A post has fewer; what a server makes up is cut.
MOST = 10
MOST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Beside:
    """One thing beside a message; without an ``url`` it is only told of."""

    label: str
    text: str = ""
    url: str = ""


def beside(*, media: object, embed: object, quoted: object, url: str, has_pictures: bool = False) -> tuple[Beside, ...]:
    """Return what a message shows beside its words, as it was heard; ``url`` is where the message itself is.

    Where we keep its pictures (``has_pictures``) they are shown, and not told of here.
    """
    found = [Beside(_("Picture or recording"), url=address) for address in _addresses(media)]
    found += _embedded(embed, url, has_pictures) if isinstance(embed, dict) else []
    if isinstance(quoted, dict):
        name = _text(quoted, "name")
        label = _("Quotes %(name)s") % {"name": name} if name else _("Quotes a post")
        found.append(Beside(label, _text(quoted, "text"), _address(_text(quoted, "url"))))
    if len(found) > MOST:
        more = len(found) - MOST
        told = ngettext("%(count)d more stands there", "%(count)d more stand there", more) % {"count": more}
        found[MOST:] = [Beside(told, url=_address(url))]
    return tuple(found)


def _embedded(embed: Mapping[str, Any], url: str, has_pictures: bool) -> list[Beside]:
    """Read what Bluesky calls an embed: pictures, a recording, a page, a quoted post, or two of these."""
    found = []
    inner, images, external = embed.get("media"), embed.get("images"), embed.get("external")
    if isinstance(inner, dict):
        found += _embedded(inner, url, has_pictures)
    for image in images if isinstance(images, list) and not has_pictures else []:
        alt = _text(image, "alt") if isinstance(image, dict) else ""
        found.append(Beside(_("Picture"), alt or _("Nobody has described it."), _address(url)))
    if isinstance(embed.get("video"), dict):
        alt = _text(embed, "alt") or _("Nobody has described it.")
        found.append(Beside(_("Recording"), alt, _address(url)))
    if isinstance(external, dict):
        title = _text(external, "title") or _text(external, "uri")
        found.append(Beside(_("Page"), title, _address(_text(external, "uri"))))
    record = embed.get("record")
    if isinstance(record, dict):
        # With media beside it, the quoted post is one level further down.
        inside = record.get("record")
        uri = _text(record, "uri") or (_text(inside, "uri") if isinstance(inside, dict) else "")
        if uri:
            found.append(Beside(_("Quotes a post"), url=_address(post_page(uri))))
    return found


def _addresses(media: object) -> list[str]:
    if not isinstance(media, list):
        return []
    return [address for one in media if isinstance(one, str) and (address := _address(one))]


def _address(address: str) -> str:
    """Return an address that a browser may be led to, or nothing."""
    return address if address.startswith(("https://", "http://")) else ""


def _text(mapping: Mapping[str, Any], name: str) -> str:
    value = mapping.get(name)
    return value.strip()[:MOST_TEXT] if isinstance(value, str) else ""
