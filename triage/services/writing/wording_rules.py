"""Which characters and links a text may have, and where it has one that it may not have."""

import ipaddress
import re
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from socialhub.lib.errors import Invalid

# Line ends and the tabulator are the only control characters that people type.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]|[\ud800-\udfff]")
# They change how the text around them reads, invisibly. Marks (U+200E, U+200F, U+061C) do not, and stay.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LINK = re.compile(r"\bhttps?://[^\s<>\"]+", re.IGNORECASE)
# Names that are no names in the world's DNS (RFC 6761, 6762, 8375), or that companies use at home.
_AT_HOME = ("localhost", "local", "internal", "intranet", "lan", "corp", "home.arpa")


def check_note(text: str) -> None:
    """Refuse what nobody can have meant to write to colleagues.

    Signs that turn the direction of writing stay: a note is shown apart from its surroundings.

    :raises Invalid: there is a control character; the sentence says where.
    """
    _refuse(_CONTROL, text, _("Line %(line)d, character %(place)d is a control character (%(code)s). Delete it."))


def check_answer(text: str) -> None:
    """Refuse what must not go out in the company's name.

    :raises Invalid: there is a control character, a sign that turns the direction of writing, or a
        link that only works inside.
    """
    check_note(text)
    _refuse(
        _TURNING,
        text,
        _("Line %(line)d, character %(place)d turns the direction of writing unseen (%(code)s). Delete it."),
    )
    for link in _LINK.finditer(text):
        host = _host_of(link[0])
        if _is_internal(host):
            line = text.count("\n", 0, link.start()) + 1
            sentence = _("Line %(line)d links to %(host)s, which nobody outside can open. Delete the link.")
            raise Invalid(sentence % {"line": line, "host": host or link[0]}, field="body")


def _host_of(link: str) -> str:
    """Return the host of a link, or nothing where it has none."""
    try:
        return (urlsplit(link).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def _is_internal(host: str) -> bool:
    """Tell whether a host is known inside only, by its name alone: nobody is asked for it."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(tuple(f".{name}" for name in _AT_HOME))


def _refuse(pattern: re.Pattern[str], text: str, sentence: str) -> None:
    lines = text.replace("\r\n", "\n")
    found = pattern.search(lines)
    if found is None:
        return
    before = lines[: found.start()]
    told = {
        "line": before.count("\n") + 1,
        "place": found.start() - (before.rfind("\n") + 1) + 1,
        "code": f"U+{ord(found.group()):04X}",
    }
    raise Invalid(sentence % told, field="body")
