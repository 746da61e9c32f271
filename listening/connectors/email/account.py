"""One mailbox as the settings of its channel describe it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from listening.connectors.base import PermanentFailure
from socialhub.lib.told import told as _


class Security(StrEnum):
    """How a connection is kept secret."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class SignIn(StrEnum):
    """How a server knows us."""

    PASSWORD = "password"  # noqa: S105 - the name of a way, not a password
    XOAUTH2 = "xoauth2"


class SentCopy(StrEnum):
    """Who keeps a copy of what was sent."""

    OURS = "ours"
    SERVER = "server"


IMAP_PORTS = {Security.TLS: 993, Security.STARTTLS: 143, Security.NONE: 143}
SMTP_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}
# How far back a mailbox is read when it is connected; empty is everything.
FIRST_LOOK_DAYS = "14"

T = TypeVar("T", bound=StrEnum)

_ADDRESS = re.compile(r"[^@\s<>\"(),;:\\]+@[^@\s<>\"(),;:\\]+\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Server:
    """Where a service is, and how one speaks to it."""

    host: str
    port: int
    security: Security


@dataclass(frozen=True, slots=True)
class Account:
    """A mailbox. Its secrets never show in its ``repr``."""

    address: str
    sender_name: str
    user: str
    sign_in: SignIn
    password: str = field(repr=False)
    access_token: str = field(repr=False)
    imap: Server
    smtp: Server
    folder: str
    first_look_days: int | None
    sent_copy: SentCopy
    our_addresses: frozenset[str]

    @property
    def domain(self) -> str:
        """The domain of our address, under which we name our mails."""
        return self.address.rpartition("@")[2]


def account_of(settings: Mapping[str, object]) -> Account:
    """Read a mailbox from the settings of its channel.

    :raises PermanentFailure: something is missing or cannot be.
    """
    address = text_of(settings, "address").lower()
    if not is_address(address):
        raise PermanentFailure(_("The channel names no mail address of ours."))
    handles = settings.get("our_handles")
    ours = {str(handle).strip().lower() for handle in handles} if isinstance(handles, list | tuple) else set()
    days = text_of(settings, "first_look_days") or FIRST_LOOK_DAYS
    return Account(
        address=address,
        sender_name=text_of(settings, "sender_name"),
        user=text_of(settings, "user") or address,
        sign_in=_choice(SignIn, settings, "sign_in", SignIn.PASSWORD),
        password=_secret(settings, "password"),
        access_token=_secret(settings, "access_token"),
        imap=_server(settings, "imap", IMAP_PORTS),
        smtp=_server(settings, "smtp", SMTP_PORTS),
        folder=text_of(settings, "folder") or "INBOX",
        first_look_days=int(days) if days.isdecimal() else None,
        sent_copy=_choice(SentCopy, settings, "sent_copy", SentCopy.OURS),
        our_addresses=frozenset(ours | {address}),
    )


def is_address(value: str) -> bool:
    """Tell whether a text is one mail address and nothing else."""
    return bool(_ADDRESS.match(value)) and not _CONTROL.search(value)


def text_of(settings: Mapping[str, object], name: str) -> str:
    """Return one setting as a text on one line.

    :raises PermanentFailure: it has control characters, with which a command could be smuggled in.
    """
    value = settings.get(name)
    text = str(value).strip() if isinstance(value, str | int) else ""
    if _CONTROL.search(text):
        raise PermanentFailure(
            _("The setting “%(name)s” contains a line break or another control character.") % {"name": name}
        )
    return text


def _secret(settings: Mapping[str, object], name: str) -> str:
    value = settings.get(name)
    text = value if isinstance(value, str) else ""
    if _CONTROL.search(text):
        raise PermanentFailure(_("The password or token contains a line break or another control character."))
    return text


def _choice(kind: type[T], settings: Mapping[str, object], name: str, default: T) -> T:
    value = text_of(settings, name)
    return next((choice for choice in kind if choice == value), default)


def _server(settings: Mapping[str, object], prefix: str, ports: Mapping[Security, int]) -> Server:
    host = text_of(settings, f"{prefix}_host")
    if not host:
        raise PermanentFailure(_("The channel names no %(service)s server.") % {"service": prefix.upper()})
    security = _choice(Security, settings, f"{prefix}_security", Security.TLS)
    port = text_of(settings, f"{prefix}_port")
    if not port:
        return Server(host, ports[security], security)
    if not port.isdecimal() or not 0 < int(port) < 2**16:
        raise PermanentFailure(_("“%(port)s” is not a port.") % {"port": port})
    return Server(host, int(port), security)
