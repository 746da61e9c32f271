"""The headers of a mail, read so that nothing in them can break anything."""

import re
import unicodedata
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from listening.connectors.email.account import is_address

# A header longer than this is no honest one, and reading it could take minutes.
MAX_HEADER = 20_000
MOST_HEADERS = 20
# Of a longer thread the nearest are kept, and the one that began it.
MAX_REFERENCES = 40

_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f]{1,498}>")
_LONG_HEADER = re.compile(rb"^content-[a-z-]{1,40}:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)
_ENCODED_WORD = r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?="
_ENCODED_WORDS = re.compile(rf"{_ENCODED_WORD}(?:\s+{_ENCODED_WORD})*")
_SURROGATES = re.compile("[\ud800-\udfff]")


def without_long_headers(raw: bytes) -> bytes:
    """Cut the headers whose parameters a parser reads in quadratic time."""
    return _LONG_HEADER.sub(lambda found: found[0][:MAX_HEADER], raw)


def values_of(message: Message, name: str) -> list[str]:
    """Return what every header of this name says, as it was written but decoded where it is not ASCII."""
    wanted = name.lower()
    found = [str(value)[:MAX_HEADER] for known, value in message.raw_items() if known.lower() == wanted]
    return [as_meant(value) for value in found[:MOST_HEADERS]]


def as_meant(value: str) -> str:
    """Decode what the parser left undecoded: it keeps bytes that are not ASCII as halves of characters."""
    if value.isascii():
        return value
    try:
        return decode_bytes(value.encode("utf-8", "surrogateescape"), None)
    except UnicodeEncodeError:
        return storable(value)


def header(message: Message, name: str) -> str:
    """Return a header on one line; empty if there is none. Of several, the first."""
    return one_line(next(iter(values_of(message, name)), ""))


def words_of(message: Message, name: str) -> str:
    """Return the words of a header, decoded, on one line."""
    return decode_words(next(iter(values_of(message, name)), ""))


def decode_words(written: str) -> str:
    """Decode the encoded words in a text, and put all of it on one line."""
    return one_line(_ENCODED_WORDS.sub(lambda found: _decode_run(found[0]), written[:MAX_HEADER]))


def decode_bytes(content: bytes, charset: str | None) -> str:
    """Decode a text; where its charset is unknown or a lie, as UTF-8, else as what Western mails mostly are."""
    for name in (charset, "utf-8"):
        if name:
            try:
                return storable(content.decode(name))
            except (LookupError, ValueError):
                continue
    return storable(content.decode("cp1252", "replace"))


def storable(text: str) -> str:
    """Return the text without what no database takes: NUL, and halves of characters."""
    return _SURROGATES.sub("\ufffd", text.replace("\x00", ""))


def one_line(text: str) -> str:
    """Return the text on one line and without control characters: safe in a header of ours."""
    spaced = "".join(" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in text)
    return " ".join(storable(spaced).split())


def addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """Return the names and addresses in a header, the addresses in lower case."""
    # Names are decoded after they were told apart: a comma inside an encoded name is part of it.
    try:
        told = getaddresses([one_line(value) for value in values_of(message, name)])
    except RecursionError:
        # Thousands of brackets inside each other name nobody.
        return []
    return [(decode_words(written), address.lower()) for written, address in told if is_address(address)]


def message_ids(message: Message, name: str) -> list[str]:
    """Return the ids in a header, in order, each once: there may be prose around them, or several such headers."""
    return list(dict.fromkeys(_ID.findall(" ".join(values_of(message, name)))))


def references_of(message: Message) -> list[str]:
    """Return the ids of what came before a mail in its thread, oldest first."""
    found = message_ids(message, "References")
    parents = [one for one in message_ids(message, "In-Reply-To") if one not in found]
    line = found + parents
    return line if len(line) <= MAX_REFERENCES else line[:1] + line[1 - MAX_REFERENCES :]


def date_of(message: Message) -> datetime | None:
    """Return when a mail says that it was written, if it says so in a way that can be read."""
    try:
        moment = parsedate_to_datetime(header(message, "Date"))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _decode_run(run: str) -> str:
    try:
        parts = decode_header(run)
    except (MessageError, ValueError):
        return run
    return "".join(decode_bytes(part, charset) if isinstance(part, bytes) else part for part, charset in parts)
