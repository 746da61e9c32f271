"""The HTML of a fediverse post as the plain text that its readers see."""

import re
from html import unescape
from html.parser import HTMLParser

import nh3

from listening.connectors.html_cost import Budget

MAX_HTML = 200_000

_TAGS = {"p", "br", "div", "blockquote", "pre", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "a"}
_PARAGRAPHS = _TAGS - {"br", "li", "a", "ul", "ol"}
_PARAGRAPH = re.compile(rf"</?(?:{'|'.join(sorted(_PARAGRAPHS))})(?:\s[^<>]*)?>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]*>")
_MANY_LINES = re.compile(r"\n{3,}")
_BLANKS = re.compile(r"[^\S\n]+")


def text_of_post(html: str) -> str:
    """Return the text with its paragraphs; links say where they lead, mentions and hashtags stay as they are shown.

    What is costly to understand, as no honest post is, is told without its links.
    """
    html = html[:MAX_HTML]
    text = _read(html) if Budget().covers(html) else _skim(html)
    lines = _BLANKS.sub(" ", text).split("\n")
    return _MANY_LINES.sub("\n\n", "\n".join(line.strip() for line in lines)).strip()


def _read(html: str) -> str:
    # Cleaned first: what comes out is well formed, and the parser is slow with what is not.
    clean = nh3.clean(
        html, tags=_TAGS, attributes={"a": {"href", "class"}}, link_rel=None, url_schemes={"http", "https"}
    )
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return "".join(reader.parts)


def _skim(html: str) -> str:
    """Keep the words and the paragraphs, and leave the tags without understanding them."""
    text = _PARAGRAPH.sub("\n\n", html.replace("\n", " "))
    return unescape(_ANY_TAG.sub("", _BREAK.sub("\n", text)))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._href = ""
        self._link_at = 0
        self._is_as_written = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href, self._link_at = dict(attrs).get("href") or "", len(self.parts)
        elif tag in _PARAGRAPHS:
            self.parts.append("\n\n")
            self._is_as_written = tag == "pre" or self._is_as_written
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self.parts.append("\n\n")
            self._is_as_written = tag != "pre" and self._is_as_written
        elif tag in {"ul", "ol"}:
            self.parts.append("\n")
        elif tag == "a" and self._href:
            shown = "".join(self.parts[self._link_at :]).strip()
            self.parts[self._link_at :] = [_link(shown, self._href)]
            self._href = ""

    def handle_data(self, data: str) -> None:
        # Where HTML breaks a line, its readers see a space.
        self.parts.append(data if self._is_as_written else data.replace("\n", " "))


def _link(shown: str, href: str) -> str:
    if shown[:1] in {"@", "#", "＃"}:
        return shown
    whole, told = (address.split("://", 1)[-1].removesuffix("/") for address in (href, shown))
    start = told.removesuffix("…").removesuffix("...")
    if not start or told == whole or (start != told and whole.startswith(start)):
        return href
    return f"{shown} ({href})"
