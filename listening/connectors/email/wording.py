"""What a mail says: its text out of all its parts, what is attached, and where the quoting begins."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

import nh3

from listening.connectors.email.headers import as_meant, decode_bytes, decode_words, one_line, words_of
from listening.connectors.html_cost import Budget

MAX_HTML = 500_000

_BLOCKS = ("p", "div", "tr", "table", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr")
_TAGS = {*_BLOCKS, "br", "li", "td", "th"}
_UNSEEN = {"script", "style", "title", "head", "template", "noscript"}
_SPACES = re.compile(r"\s+")
_BREAKS = re.compile(rf"<br>|</?(?:{'|'.join(_BLOCKS)})(?: [^>]*)?>")
_ITEMS = re.compile(r"<li>")
_CELLS = re.compile(r"</t[dh]>")
_ANY_TAG = re.compile(r"<[^<>]*>")
_EMPTY_LINES = re.compile(r"\n\s*\n\s*\n+")
_DIVIDER = re.compile(
    r"\s*-{3,} ?(?:original message|ursprüngliche nachricht|message d'origine|mensaje original) ?-{3,}\s*\Z",
    re.IGNORECASE,
)
# "On Monday Anna wrote:" may be folded over a few lines.
_ATTRIBUTION_LINES = 3


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail; the file itself is not kept."""

    name: str
    size: int
    content_type: str


def text_and_attachments(message: Message) -> tuple[str, list[Attachment]]:
    """Return what a mail says as plain text, and what is attached to it: to a report, nothing for people."""
    attached = [] if message.get_content_type() == "multipart/report" else filter(_is_attachment, leaves(message))
    return _tidy(_Reader().text(message)), [_attachment(part) for part in attached]


def leaves(message: Message) -> Iterator[Message]:
    """Go through the parts that hold something; a mail inside the mail is one of them."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting += reversed(inner_mails(part))
        else:
            yield part


def inner_mails(part: Message) -> list[Message]:
    """Return what a part is made of, or the mail in it; nothing where it is not made of others."""
    # The parser trips over charsets when it is asked for the payload of other parts.
    payload = part.get_payload() if part.is_multipart() else []
    return [inner for inner in payload if isinstance(inner, Message)] if isinstance(payload, list) else []


def split_history(text: str) -> tuple[str, str]:
    """Split an answer from the history quoted below it; where that is not certain, everything is the answer."""
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if _DIVIDER.match(line)), None)
    if start is None:
        start = _start_of_quote(lines)
    kept = "\n".join(lines[:start]).rstrip()
    return (kept, "\n".join(lines[start:]).strip()) if kept.strip() else (text, "")


def text_of_html(source: str) -> str:
    """Return the text that a reader of the HTML would see."""
    # Cleaned first: what comes out is well formed, so that looking for its tags is enough.
    clean = nh3.clean(source, tags=_TAGS, clean_content_tags=_UNSEEN, attributes={}, strip_comments=True)
    text = _SPACES.sub(" ", clean)
    text = _CELLS.sub(" ", _ITEMS.sub("\n- ", _BREAKS.sub("\n", text)))
    return html.unescape(_ANY_TAG.sub("", text))


class _Reader:
    """Reads the text out of the parts of one mail; where they are costly in all, without understanding the tags."""

    def __init__(self) -> None:
        # More than a long newsletter has.
        self._budget = Budget(tags=20_000, growing=1_500, references=100_000)

    def text(self, part: Message) -> str:
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            return self._text_of_parts(part)
        if _is_attachment(part):
            return ""
        text = decode_bytes(_content(part), part.get_content_charset())
        if part.get_content_type() != "text/html":
            return text.replace("\r\n", "\n").replace("\r", "\n")
        text = text[:MAX_HTML]
        return text_of_html(text) if self._budget.covers(text) else html.unescape(_ANY_TAG.sub(" ", text))

    def _text_of_parts(self, part: Message) -> str:
        texts = [(inner, text) for inner in inner_mails(part) if (text := self.text(inner)).strip()]
        if part.get_content_subtype() != "alternative":
            return "\n\n".join(text for _inner, text in texts)
        # Alternatives say the same, the plainest first; some senders leave that one empty.
        plain = [text for inner, text in texts if inner.get_content_type() == "text/plain"]
        return next(iter(plain or [text for _inner, text in texts]), "")


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _is_attachment(part: Message) -> bool:
    if part.get_content_maintype() == "multipart":
        # Its parts could not be told apart, so it is read as it stands.
        return False
    if part.get_content_type() not in {"text/plain", "text/html"}:
        return True
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _attachment(part: Message) -> Attachment:
    if inner := inner_mails(part):
        name, size = words_of(inner[0], "Subject"), sum(len(_content(leaf)) for leaf in leaves(inner[0]))
    else:
        name, size = decode_words(as_meant(str(part.get_filename() or ""))), len(_content(part))
    return Attachment(name[:200], size, one_line(part.get_content_type())[:100])


def _tidy(text: str) -> str:
    return _EMPTY_LINES.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


def _start_of_quote(lines: list[str]) -> int:
    """Return where the quoting begins with which the text ends, its introduction included."""
    start = len(lines)
    while start and (not lines[start - 1].strip() or lines[start - 1].startswith(">")):
        start -= 1
    if not any(line.startswith(">") for line in lines[start:]):
        return len(lines)
    if start and lines[start - 1].rstrip().endswith(":"):
        first = start - 1
        while first and start - first < _ATTRIBUTION_LINES and lines[first - 1].strip():
            first -= 1
        # Only a paragraph of its own is an introduction; else its last line is.
        return first if not first or not lines[first - 1].strip() else start - 1
    return start
